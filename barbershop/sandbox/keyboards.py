"""reply_markup: read, checked and kept in one plain form (`inline_keyboard`, `keyboard`, ...)."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from barbershop.sandbox.errors import ApiError, bad_request
from barbershop.sandbox.rules import Rules

Markup = dict[str, Any]
Button = dict[str, Any]

MAX_DATA_BYTES = 64
MAX_BUTTONS = 100
KINDS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_REPLY_OPTIONS = (
    "is_persistent",
    "resize_keyboard",
    "one_time_keyboard",
    "input_field_placeholder",
    "selective",
)


def read_markup(raw: str, rules: Rules, *, inline_only: bool = False) -> Markup | None:
    """`None` is no keyboard, also for an empty one. `inline_only` is how edits take it."""
    if not raw:
        return None
    try:
        markup = _normal_form(_decoded(raw))
    except ApiError:
        if "reply_markup_json" in rules:
            raise
        return None
    if markup is None:
        return None
    if inline_only and "inline_keyboard" not in markup and "inline_keyboard_on_edit" in rules:
        raise bad_request("inline keyboard expected")
    check_buttons(markup, rules)
    return markup


def check_buttons(markup: Markup, rules: Rules) -> None:
    rows = markup.get("inline_keyboard") or markup.get("keyboard") or []
    buttons = [button for row in rows for button in row]
    if "inline_keyboard" in markup:
        for button in buttons:
            _check_kind(button, rules)
            _check_data(button, rules)
            _check_url(button, rules)
    if len(buttons) > MAX_BUTTONS and "keyboard_size" in rules:
        raise bad_request("reply markup is too long")


def buttons_of(markup: Markup | None) -> Iterable[Button]:
    for row in (markup or {}).get("inline_keyboard", []):
        yield from row


def _decoded(raw: str) -> Markup:
    try:
        value = json.loads(raw)
    except ValueError:
        raise bad_request("can't parse reply keyboard markup JSON object") from None
    if not isinstance(value, dict):
        raise bad_request("object expected as reply markup")
    return value


def _normal_form(value: Markup) -> Markup | None:
    if value.get("keyboard"):
        rows = [[_reply_button(button) for button in row] for row in _rows(value, "keyboard")]
        options = {name: value[name] for name in _REPLY_OPTIONS if value.get(name)}
        return {"keyboard": rows, **options}
    if value.get("inline_keyboard"):
        rows = [[_inline_button(button) for button in row] for row in _rows(value, "inline_keyboard")]
        return {"inline_keyboard": rows} if rows else None
    for name in ("remove_keyboard", "force_reply"):
        if value.get(name):
            return {name: True}
    return None


def _rows(value: Markup, name: str) -> list[list[Any]]:
    rows = value[name]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        tail = " of the InlineKeyboardMarkup" if name == "inline_keyboard" else ""
        raise bad_request(f'field "{name}"{tail} must be an Array of Arrays')
    return [row for row in rows if row]


def _reply_button(button: object) -> Button:
    if isinstance(button, str):
        return {"text": button}
    if isinstance(button, dict) and isinstance(button.get("text"), str):
        return button
    raise bad_request("can't parse keyboard button: KeyboardButton must be a String or an Object")


def _inline_button(button: object) -> Button:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    text = button.get("text")
    if not isinstance(text, str):
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    if not text.strip():
        raise bad_request("inline keyboard button text must be non-empty")
    return {name: value for name, value in button.items() if value is not None}


def _check_kind(button: Button, rules: Rules) -> None:
    if "button_kind" not in rules:
        return
    kinds = [name for name in KINDS if name in button]
    empty = len(kinds) == 1 and kinds[0] in {"url", "callback_data"} and button[kinds[0]] == ""
    if not kinds or empty:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(kinds) > 1:
        raise bad_request("BUTTON_TYPE_INVALID")


def _check_data(button: Button, rules: Rules) -> None:
    data = button.get("callback_data")
    if data is None or "callback_data_length" not in rules:
        return
    if not isinstance(data, str) or not 1 <= len(data.encode()) <= MAX_DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")


def _check_url(button: Button, rules: Rules) -> None:
    if "url" not in button or "button_url" not in rules:
        return
    problem = _url_problem(str(button["url"]))
    if problem:
        raise bad_request(f"inline keyboard button URL '{button['url']}' is invalid: {problem}")


def _url_problem(url: str) -> str | None:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return "Wrong port number specified in the URL"
    if parts.scheme in {"tg", "ton", "tonsite"}:
        return None
    if parts.scheme not in {"http", "https"}:
        return "Unsupported URL protocol"
    if not host or any(c.isspace() for c in url):
        return "Host is invalid" if host else "URL host is empty"
    return "Wrong HTTP URL" if "." not in host and ":" not in host else None

"""Text with formatting: HTML in, plain text and MessageEntity objects out.

Offsets and lengths are in UTF-16 code units, byte offsets in refusals in UTF-8, both as in
https://core.telegram.org/bots/api#messageentity and #html-style.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from barbershop.sandbox.errors import bad_request

Entity = dict[str, Any]

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
}
_CHARACTERS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#x(?P<hex>[0-9a-fA-F]{1,6})|#(?P<dec>[0-9]{1,7})|(?P<name>[A-Za-z]+));?")
_START_NAME = re.compile(r"<(?P<name>[^\s>]*)(?=[\s>])")
_ATTRIBUTE = r"""\s+[^\s=>/"']+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9.-]+(?=[\s>])))?"""
_START_TAG = re.compile(rf"<[^\s>]*(?P<attributes>(?:{_ATTRIBUTE})*)\s*>")
_PAIR = re.compile(r"""([^\s=>/"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([A-Za-z0-9.-]+)))?""")
_END_TAG = re.compile(r"</(?P<name>[^\s>]*)\s*>")
_COMMAND = re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])")
_USER_LINK = re.compile(r"tg://user\?id=(\d+)$")
_MAX_CODE_POINT = 0x10FFFF


@dataclass
class FormattedText:
    text: str
    entities: list[Entity] = field(default_factory=list)


@dataclass
class _Open:
    name: str
    attributes: dict[str, str]
    offset: int
    starts_at: int


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(source: str) -> FormattedText:
    return _Reader(source).read()


def trimmed(formatted: FormattedText) -> FormattedText:
    """Without the white space at both ends, which Telegram drops; the entities follow."""
    text = formatted.text.rstrip()
    lead = len(text) - len(text.lstrip())
    shift, text = utf16_length(text[:lead]), text[lead:]
    total, kept = utf16_length(text), []
    for entity in formatted.entities:
        start = max(entity["offset"] - shift, 0)
        end = min(entity["offset"] + entity["length"] - shift, total)
        if end > start:
            kept.append({**entity, "offset": start, "length": end - start})
    return FormattedText(text, kept)


def find_commands(text: str) -> list[Entity]:
    """The `/commands` in a text, as Telegram marks them in what people and bots write."""
    return [
        {"type": "bot_command", "offset": utf16_length(text[: m.start()]), "length": utf16_length(m.group())}
        for m in _COMMAND.finditer(text)
    ]


def with_commands(formatted: FormattedText) -> FormattedText:
    """With the commands marked that lie in no code and are not marked yet."""
    taken = [e for e in formatted.entities if e["type"] in {"code", "pre", "bot_command"}]
    commands = [
        command
        for command in find_commands(formatted.text)
        if not any(e["offset"] <= command["offset"] < e["offset"] + e["length"] for e in taken)
    ]
    entities = sorted(formatted.entities + commands, key=lambda entity: (entity["offset"], -entity["length"]))
    return FormattedText(formatted.text, entities)


def decode_references(text: str) -> str:
    return _REFERENCE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    if match["name"]:
        return _CHARACTERS.get(match["name"], match.group())
    code = int(match["hex"], 16) if match["hex"] else int(match["dec"])
    return chr(code) if 0 < code < _MAX_CODE_POINT else match.group()


class _Reader:
    def __init__(self, source: str) -> None:
        self.source = source
        self.text = ""
        self.open: list[_Open] = []
        self.found: list[Entity] = []

    def read(self) -> FormattedText:
        at = 0
        while at < len(self.source):
            bracket = self.source.find("<", at)
            end = len(self.source) if bracket < 0 else bracket
            self.text += decode_references(self.source[at:end])
            if bracket < 0:
                break
            at = self._end_tag(bracket) if self.source[bracket + 1 : bracket + 2] == "/" else self._start_tag(bracket)
        if self.open:
            raise _cannot_parse(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')
        self.found.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return FormattedText(self.text, self.found)

    def _start_tag(self, at: int) -> int:
        where = f"at byte offset {self._bytes(at)}"
        start = _START_NAME.match(self.source, at)
        if start is None:
            raise _cannot_parse(f"Unclosed start tag {where}")
        name = start["name"].lower()
        if name not in _KINDS:
            raise _cannot_parse(f'Unsupported start tag "{name}" {where}')
        tag = _START_TAG.match(self.source, at)
        if tag is None:
            raise _cannot_parse(f'Unclosed start tag "{name}" {where}')
        attributes = {
            pair[0].lower(): decode_references(pair[1] or pair[2] or pair[3])
            for pair in _PAIR.findall(tag["attributes"])
        }
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise _cannot_parse(f'Tag "span" must have class "tg-spoiler" {where}')
        self.open.append(_Open(name, attributes, utf16_length(self.text), len(self.text)))
        return tag.end()

    def _end_tag(self, at: int) -> int:
        where = f"at byte offset {self._bytes(at)}"
        if not self.open:
            raise _cannot_parse(f"Unexpected end tag {where}")
        tag = _END_TAG.match(self.source, at)
        if tag is None:
            raise _cannot_parse(f"Unclosed end tag {where}")
        opened, name = self.open.pop(), tag["name"].lower()
        if name and name != opened.name:
            raise _cannot_parse(f'Unmatched end tag {where}, expected "</{opened.name}>", found "</{name}>"')
        length = utf16_length(self.text) - opened.offset
        if length:
            self._add(opened, length)
        return tag.end()

    def _add(self, opened: _Open, length: int) -> None:
        entity: Entity = {"type": _KINDS[opened.name], "offset": opened.offset, "length": length}
        if opened.name == "a":
            url = opened.attributes.get("href") or self.text[opened.starts_at :]
            if _USER_LINK.match(url) is None and "." not in url and ":" not in url:
                return
            entity["url"] = url
        elif opened.name == "code" and opened.attributes.get("class", "").startswith("language-"):
            entity["language"] = opened.attributes["class"].removeprefix("language-")
        elif opened.name == "pre":
            self._take_language(entity)
        elif opened.name == "blockquote" and "expandable" in opened.attributes:
            entity["type"] = "expandable_blockquote"
        elif opened.name == "tg-emoji":
            entity["custom_emoji_id"] = opened.attributes.get("emoji-id", "")
        self.found.append(entity)

    def _take_language(self, pre: Entity) -> None:
        """<pre><code class="language-x"> is one `pre` with a language."""
        inner = self.found[-1] if self.found else {}
        if inner.get("language") and (inner["offset"], inner["length"]) == (pre["offset"], pre["length"]):
            pre["language"] = self.found.pop()["language"]

    def _bytes(self, at: int) -> int:
        return len(self.source[:at].encode())


def _cannot_parse(what: str) -> Exception:
    return bad_request(f"can't parse entities: {what}")

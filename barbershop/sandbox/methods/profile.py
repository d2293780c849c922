"""What the bot says about itself: commands, descriptions, the menu button."""

import re
from typing import Any

from barbershop.sandbox.call import Call, method
from barbershop.sandbox.errors import bad_request
from barbershop.sandbox.state import Json

MAX_COMMANDS = 100
MAX_COMMAND = 32
MAX_DESCRIPTION = 256
MAX_TEXTS = {"description": 512, "short_description": 120, "name": 64}
_LANGUAGE = re.compile(r"([a-z]{2})?")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_PLAIN_SCOPES = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})


@method("setMyCommands", "commands", "scope", "language_code")
async def set_my_commands(call: Call) -> bool:
    given = call.params.json("commands")
    if given is None:
        raise bad_request("can't parse commands JSON object")
    if not isinstance(given, list):
        raise bad_request("expected an Array of BotCommand")
    commands = [_command(call, value) for value in given]
    if len(commands) > MAX_COMMANDS and "command_count" in call.world.rules:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    call.world.profile.commands[_scope(call), _language(call)] = commands
    call.world.feed.add("profile")
    return True


@method("getMyCommands", "scope", "language_code")
async def get_my_commands(call: Call) -> list[Json]:
    return call.world.profile.commands.get((_scope(call), _language(call)), [])


@method("deleteMyCommands", "scope", "language_code")
async def delete_my_commands(call: Call) -> bool:
    call.world.profile.commands.pop((_scope(call), _language(call)), None)
    call.world.feed.add("profile")
    return True


@method("setMyDescription", "description", "language_code")
async def set_my_description(call: Call) -> bool:
    return _set_text(call, "description")


@method("setMyShortDescription", "short_description", "language_code")
async def set_my_short_description(call: Call) -> bool:
    return _set_text(call, "short_description")


@method("setMyName", "name", "language_code")
async def set_my_name(call: Call) -> bool:
    return _set_text(call, "name")


@method("getMyDescription", "language_code")
async def get_my_description(call: Call) -> Json:
    return _get_text(call, "description")


@method("getMyShortDescription", "language_code")
async def get_my_short_description(call: Call) -> Json:
    return _get_text(call, "short_description")


@method("getMyName", "language_code")
async def get_my_name(call: Call) -> Json:
    return {"name": _get_text(call, "name")["name"] or call.world.bot["first_name"]}


@method("setChatMenuButton", "chat_id", "menu_button")
async def set_chat_menu_button(call: Call) -> bool:
    chat_id = call.chat().id if call.params.text("chat_id") else None
    button = call.params.json("menu_button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in {"default", "commands", "web_app"}:
        raise bad_request("can't parse menu button: MenuButton has unsupported type")
    call.world.profile.menu_buttons[chat_id] = button
    call.world.feed.add("profile")
    return True


@method("getChatMenuButton", "chat_id")
async def get_chat_menu_button(call: Call) -> Json:
    return call.world.profile.menu_button(call.chat().id if call.params.text("chat_id") else None)


def _command(call: Call, value: Any) -> Json:
    if not isinstance(value, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if not isinstance(value.get(name), str):
            raise bad_request(f"can't parse BotCommand: Can't find field \"{name}\"")
    command = value["command"].strip().removeprefix("/")
    description = value["description"].strip()
    if "command_format" in call.world.rules:
        _check_command(command)
    if "command_description" in call.world.rules:
        _check_description(description)
    return {"command": command, "description": description}


def _check_command(command: str) -> None:
    if not command:
        raise bad_request("command must be non-empty")
    if len(command) > MAX_COMMAND:
        raise bad_request(f"command length must not exceed {MAX_COMMAND}")
    if not _COMMAND.fullmatch(command):
        raise bad_request("BOT_COMMAND_INVALID")


def _check_description(description: str) -> None:
    if not description:
        raise bad_request("command description must be non-empty")
    if len(description) > MAX_DESCRIPTION:
        raise bad_request(f"command description length must not exceed {MAX_DESCRIPTION}")


def _language(call: Call) -> str:
    code = call.params.text("language_code")
    if not _LANGUAGE.fullmatch(code) and "language_code" in call.world.rules:
        raise bad_request("Invalid language code specified")
    return code


def _scope(call: Call) -> str:
    scope = call.params.json("scope") or {"type": "default"}
    kind = scope.get("type") if isinstance(scope, dict) else None
    if kind in _PLAIN_SCOPES:
        return str(kind)
    if kind not in {"chat", "chat_administrators", "chat_member"}:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    scoped = Call(call.world, call.method, type(call.params)({"chat_id": str(scope.get("chat_id", ""))}))
    user = f":{scope.get('user_id')}" if kind == "chat_member" else ""
    return f"{kind}:{scoped.chat().id}{user}"


def _set_text(call: Call, kind: str) -> bool:
    """Empty takes the text away. The words of the refusal are not documented."""
    text = call.params.text(kind).strip()
    if len(text) > MAX_TEXTS[kind] and f"{kind}_length" in call.world.rules:
        raise bad_request(f"{kind.replace('_', ' ')} is too long")
    call.world.profile.texts[kind, _language(call)] = text
    call.world.feed.add("profile")
    return True


def _get_text(call: Call, kind: str) -> Json:
    return {kind: call.world.profile.text(kind, _language(call))}

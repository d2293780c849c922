"""One Bot API call: its parameters, read as Telegram reads them, and the registry of methods."""

import hmac
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from barbershop.sandbox.entities import Entity, FormattedText, parse_html, trimmed, with_commands
from barbershop.sandbox.errors import ApiError, bad_request, blocked, too_large, too_many_requests
from barbershop.sandbox.groups import Chat, Group
from barbershop.sandbox.state import Person
from barbershop.sandbox.world import World

MAX_TEXT = 4096
MAX_CAPTION = 1024
_TRUE = frozenset({"true", "1", "yes", "t", "y"})


@dataclass(frozen=True)
class Upload:
    name: str
    mime_type: str
    content: bytes = field(repr=False)


@dataclass
class Params:
    """Query string, urlencoded, multipart or JSON body: all end as strings, as on Telegram's side."""

    values: dict[str, str] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.values.get(name, "")

    def integer(self, name: str, default: int = 0) -> int:
        try:
            return int(self.values.get(name, "") or default)
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        return self.text(name).strip().lower() in _TRUE

    def json(self, name: str) -> Any:
        """`None` when absent or no JSON."""
        try:
            return json.loads(self.text(name))
        except ValueError:
            return None


async def read_params(request: web.Request) -> Params:
    params = Params(dict(request.query))
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            raise bad_request("can't parse JSON object") from None
        if not isinstance(body, dict):
            raise bad_request("object expected")
        params.values |= {name: _as_string(value) for name, value in body.items() if value is not None}
    else:
        for name, value in (await _read_form(request)).items():
            if isinstance(value, web.FileField):
                params.files[name] = Upload(value.filename, value.content_type, value.file.read())
                value.file.close()
            else:
                params.values[name] = str(value)
    for value in params.values.values():
        if any("\ud800" <= c <= "\udfff" for c in value):
            raise bad_request("strings must be encoded in UTF-8")
    return params


async def _read_form(request: web.Request) -> Mapping[str, str | bytes | bytearray | web.FileField]:
    try:
        return await request.post()
    except web.HTTPRequestEntityTooLarge:
        raise too_large() from None
    except ValueError:
        raise bad_request("can't parse the form") from None


def _as_string(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@dataclass
class Call:
    world: World
    method: str
    params: Params

    @property
    def chat_id(self) -> int | None:
        """For the log and for faults, when there is one."""
        return self.params.integer("chat_id") or None

    def chat(self, name: str = "chat_id") -> Chat:
        """The chat behind chat_id: a group the bot knows, or a person who has written first."""
        raw, rules = self.params.text(name), self.world.rules
        if not raw and "chat_id_required" in rules:
            raise bad_request(f"{name} is empty")
        if not raw:
            return next(iter(self.world.people.values()))
        if (group := self.world.groups.get(self.params.integer(name))) is not None:
            return group
        person = self.world.people.get(self.params.integer(name))
        if person is not None and person.started:
            return person
        if "chat_started" in rules:
            raise bad_request("chat not found")
        return person or self.world.add_person(Person(self.params.integer(name), raw))

    def joined_chat(self) -> Chat:
        """Not a group that the bot has left."""
        chat = self.chat()
        if isinstance(chat, Group) and not chat.joined and "group_member" in self.world.rules:
            raise ApiError(403, chat.refusal)
        return chat

    def writable_chat(self) -> Chat:
        chat = self.joined_chat()
        if isinstance(chat, Person) and chat.blocked and "blocked" in self.world.rules:
            raise blocked()
        if "flood" in self.world.rules:
            seconds = self.world.flood.retry_after(chat.id)
            if seconds:
                raise too_many_requests(seconds)
        return chat

    def formatted(self, name: str, entities: str, *, required: bool, limit: int) -> FormattedText:
        """A text or caption after entities parsing, within its limits."""
        raw, rules = self.params.text(name), self.world.rules
        if required and not raw and "text_required" in rules:
            raise bad_request("message text is empty")
        result = trimmed(self._parsed(raw, entities))
        if required and raw and not result.text and "text_required" in rules:
            raise bad_request("text must be non-empty")
        rule, what = ("text_length", "message") if required else ("caption_length", "message caption")
        if len(result.text) > limit and rule in rules:
            raise bad_request(f"{what} is too long")
        return with_commands(result)

    def _parsed(self, raw: str, entities: str) -> FormattedText:
        mode = self.params.text("parse_mode").lower()
        if mode == "html":
            return parse_html(raw) if "html" in self.world.rules else FormattedText(raw)
        if mode and mode != "none":
            raise bad_request("unsupported parse_mode (the sandbox knows HTML only)")
        given = self.params.json(entities)
        return FormattedText(raw, [_entity(e) for e in given] if isinstance(given, list) else [])


def _entity(value: object) -> Entity:
    entity: Entity = value if isinstance(value, dict) else {}
    numbers = (entity.get("offset"), entity.get("length"))
    if not isinstance(entity.get("type"), str) or not all(isinstance(number, int) for number in numbers):
        raise bad_request("can't parse MessageEntity: expected an Object")
    return dict(entity)


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True)
class Method:
    name: str
    parameters: frozenset[str]
    handler: Handler


METHODS: dict[str, Method] = {}


def method(name: str, *parameters: str) -> Callable[[Handler], Handler]:
    """Register a handler; `parameters` are those the documentation lists, others are complained of."""

    def register(handler: Handler) -> Handler:
        METHODS[name.lower()] = Method(name, frozenset(parameters), handler)
        return handler

    return register


def same_token(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())

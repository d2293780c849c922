"""People, their private chats with the bot, messages, queries and files; groups are in `groups.py`."""

from dataclasses import asdict, dataclass, field
from typing import Any

from barbershop.sandbox.entities import Entity
from barbershop.sandbox.keyboards import Markup

Json = dict[str, Any]


@dataclass
class Person:
    """Somebody with a Telegram account. The private chat with the bot has the same id."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str = "ru"
    phone_number: str = ""
    label: str = ""
    started: bool = False
    blocked: bool = False
    messages: list["Message"] = field(default_factory=list, repr=False)
    deleted: list["Message"] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        if not self.phone_number:
            self.phone_number = f"+7900{self.id % 10**7:07d}"

    def user(self) -> Json:
        return {"id": self.id, "is_bot": False, "language_code": self.language_code, **self._names()}

    def chat(self) -> Json:
        return {"id": self.id, "type": "private", **self._names()}

    def card(self) -> Json:
        """For the control API: everything but the messages."""
        names = ("id", "language_code", "phone_number", "label", "started", "blocked")
        return {**{name: getattr(self, name) for name in names}, **self._names()}

    def _names(self) -> Json:
        names = {name: getattr(self, name) for name in ("first_name", "last_name", "username")}
        return {name: value for name, value in names.items() if value}


@dataclass
class StoredFile:
    file_id: str
    file_name: str
    mime_type: str
    content: bytes = field(repr=False)

    def document(self) -> Json:
        return {
            "file_id": self.file_id,
            "file_unique_id": self.file_id[-12:],
            "file_name": self.file_name,
            "mime_type": self.mime_type,
            "file_size": len(self.content),
        }


@dataclass
class Message:
    """One bubble. `source` is the text as the bot sent it, `text` is after entities parsing."""

    message_id: int
    chat_id: int
    from_bot: bool
    date: int
    text: str = ""
    entities: list[Entity] = field(default_factory=list)
    source: str = ""
    markup: Markup | None = None
    document: StoredFile | None = None
    contact: Json | None = None
    sender_id: int = 0  # the person who wrote it
    extra: Json = field(default_factory=dict)  # fields of the API that are carried as they are
    lost: bool = False  # the bot can't see it any more, the person can
    edit_date: int | None = None
    edits: int = 0
    changed: int = 0  # the feed's sequence number of the last change

    def content(self) -> tuple[str, list[Entity], Markup | None]:
        return self.text, self.entities, self.markup

    def to_api(self, *, sender: Json | None, chat: Json) -> Json:
        result: Json = {"message_id": self.message_id, "chat": chat, "date": self.date, **self.extra}
        if sender is not None:
            result["from"] = sender
        if self.edit_date is not None:
            result["edit_date"] = self.edit_date
        result |= self._body()
        if self.markup and "inline_keyboard" in self.markup:
            result["reply_markup"] = self.markup
        return result

    def view(self) -> Json:
        """For the control API and the page."""
        view = {name: value for name, value in asdict(self).items() if name != "document"}
        view["id"] = view.pop("message_id")
        view["document"] = self.document.document() if self.document else None
        return view

    def _body(self) -> Json:
        if self.contact:
            return {"contact": self.contact}
        if self.document:
            caption = {"caption": self.text} if self.text else {}
            entities = {"caption_entities": self.entities} if self.entities else {}
            return {"document": self.document.document(), **caption, **entities}
        if not self.text and self.extra:
            return {}
        return {"text": self.text, **({"entities": self.entities} if self.entities else {})}


@dataclass
class CallbackQuery:
    """A tap on an inline button, waiting for answerCallbackQuery."""

    id: str
    person_id: int
    chat_id: int
    message_id: int
    data: str
    at: float
    answer: Json | None = None
    answered_after: float | None = None

    def view(self) -> Json:
        return asdict(self)


@dataclass
class InlineQuery:
    """What somebody typed after the bot's name in any chat, waiting for answerInlineQuery."""

    id: str
    person_id: int
    query: str
    at: float
    answer: Json | None = None

    def view(self) -> Json:
        return asdict(self)

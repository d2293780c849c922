"""What a person of the sandbox sees: messages, buttons, the answer to a tap."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


class SandboxError(AssertionError):
    """The sandbox refused, or what was waited for did not come; the message shows the chat."""


@dataclass(frozen=True)
class Person:
    id: int
    first_name: str = ""


@dataclass(frozen=True)
class Group:
    """A group, supergroup or channel; `status` is the bot's: member, administrator, left or kicked."""

    id: int
    title: str
    kind: str
    status: str


Who = Person | Group | int


@dataclass(frozen=True)
class Button:
    text: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Message:
    """A message as the person sees it; `source` is the text as the bot sent it, HTML and all."""

    id: int
    chat_id: int
    from_bot: bool
    text: str
    source: str
    edits: int
    changed: int
    buttons: tuple[tuple[Button, ...], ...] = ()
    keyboard: tuple[tuple[str, ...], ...] = ()
    document: Json | None = None
    contact: Json | None = None
    entities: tuple[Json, ...] = field(default=(), repr=False)

    @property
    def button_texts(self) -> list[str]:
        return [button.text for row in self.buttons for button in row]

    def button(self, text: str) -> Button:
        """The button whose text or data is `text`, else whose text contains it."""
        every = [button for row in self.buttons for button in row]
        exact = [b for b in every if text in (b.text, b.data)]
        found = exact or [b for b in every if text in b.text]
        if not found:
            raise SandboxError(f"no button {text!r} in {self.button_texts}")
        return found[0]

    def has_button(self, text: str) -> bool:
        return any(text in button.text or text == button.data for row in self.buttons for button in row)

    def shows(self, words: str) -> bool:
        return words in self.text or self.has_button(words)

    @classmethod
    def read(cls, view: Json) -> "Message":
        markup = view["markup"] or {}
        rows = markup.get("inline_keyboard", [])
        return cls(
            **{name: view[name] for name in ("id", "chat_id", "from_bot", "text", "source", "edits", "changed")},
            buttons=tuple(tuple(Button(b["text"], b.get("callback_data"), b.get("url")) for b in row) for row in rows),
            keyboard=tuple(tuple(str(b["text"]) for b in row) for row in markup.get("keyboard", [])),
            document=view["document"],
            contact=view["contact"],
            entities=tuple(view["entities"]),
        )


@dataclass(frozen=True)
class Tap:
    """A tap; ask `client.answer(tap)` for what the bot answered."""

    query_id: str
    data: str
    message_id: int


@dataclass(frozen=True)
class Inline:
    """An inline query; ask `client.inline_answer(inline)` for what the bot answered."""

    id: str
    query: str

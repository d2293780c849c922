"""What the bot says about itself: commands per scope and language, descriptions, menu buttons."""

from typing import Any

from barbershop.sandbox.state import Person

Json = dict[str, Any]
DEFAULT_SCOPE = "default"


class BotProfile:
    def __init__(self) -> None:
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.texts: dict[tuple[str, str], str] = {}
        self.menu_buttons: dict[int | None, Json] = {}

    def commands_for(self, person: Person) -> list[Json]:
        """The first list that is set, in the order of
        https://core.telegram.org/bots/api#determining-list-of-commands for a private chat."""
        for scope in (f"chat:{person.id}", "all_private_chats", DEFAULT_SCOPE):
            for language in (person.language_code, ""):
                if (scope, language) in self.commands:
                    return self.commands[scope, language]
        return []

    def text(self, kind: str, language: str) -> str:
        return self.texts.get((kind, language)) or self.texts.get((kind, ""), "")

    def menu_button(self, chat_id: int | None) -> Json:
        return self.menu_buttons.get(chat_id) or self.menu_buttons.get(None) or {"type": "default"}

    def view(self, language: str) -> Json:
        """For the control API."""
        lists = [
            {"scope": scope, "language_code": code, "commands": commands}
            for (scope, code), commands in self.commands.items()
        ]
        texts = {kind: self.text(kind, language) for kind in ("name", "description", "short_description")}
        return {**texts, "commands": lists}

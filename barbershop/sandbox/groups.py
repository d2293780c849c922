"""Groups, supergroups and channels: https://core.telegram.org/bots/api#chat."""

from dataclasses import dataclass, field

from barbershop.sandbox.entities import find_commands
from barbershop.sandbox.state import Json, Message, Person

KINDS = ("group", "supergroup", "channel")
_RIGHTS = (
    "is_anonymous",
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
    "can_post_messages",
    "can_edit_messages",
)


@dataclass
class Group:
    """A chat of many. `status` is the bot's own: left, member, administrator or kicked."""

    id: int
    title: str
    kind: str = "group"
    status: str = "left"
    messages: list[Message] = field(default_factory=list, repr=False)
    deleted: list[Message] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            msg = f"a group is one of {', '.join(KINDS)}"
            raise ValueError(msg)

    def chat(self) -> Json:
        return {"id": self.id, "type": self.kind, "title": self.title}

    def card(self) -> Json:
        """For the control API: everything but the messages."""
        return {"id": self.id, "title": self.title, "kind": self.kind, "status": self.status}

    @property
    def joined(self) -> bool:
        return self.status in {"member", "administrator"}

    @property
    def refusal(self) -> str:
        how = "was kicked from" if self.status == "kicked" else "is not a member of"
        return f"Forbidden: bot {how} the {self.kind} chat"

    def shows_to_bot(self, text: str, *, bot_name: str) -> bool:
        """Privacy mode: a member sees commands that may be its own, an administrator sees everything."""
        if self.status == "administrator":
            return True
        commands = [entity for entity in find_commands(text) if entity["offset"] == 0]
        if not commands:
            return False
        _command, at, name = text[: commands[0]["length"]].partition("@")
        return not at or name.lower() == bot_name.lower()


Chat = Person | Group


def membership(bot: Json, status: str) -> Json:
    """A ChatMember for the bot."""
    if status == "kicked":
        return {"user": bot, "status": status, "until_date": 0}
    if status == "administrator":
        return {"user": bot, "status": status, "can_be_edited": False, **dict.fromkeys(_RIGHTS, True)}
    return {"user": bot, "status": status}

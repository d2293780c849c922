"""What Telegram refuses, one named rule each, with the document it comes from.

A rule can be switched off, for the test that proves that nothing else enforces it (and for a look at
what a bot would do on a laxer server). `source` is the section that states the rule; the words of a
refusal, which the documentation mostly leaves out, are those of the open server
(github.com/tdlib/telegram-bot-api, github.com/tdlib/td).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

API = "https://core.telegram.org/bots/api"
FAQ = "https://core.telegram.org/bots/faq"
FEATURES = "https://core.telegram.org/bots/features"
BOTS = "https://core.telegram.org/bots"
MTPROTO = "https://core.telegram.org/method"


@dataclass(frozen=True)
class Rule:
    name: str
    source: str
    says: str


_CATALOGUE = (
    Rule("token", f"{API}#authorizing-your-bot", "A request with another token is unauthorized."),
    Rule("known_method", f"{API}#available-methods", "A method that is not in the API is not found."),
    Rule("chat_id_required", f"{API}#sendmessage", "chat_id is required."),
    Rule("text_required", f"{API}#sendmessage", "A text has at least one character after entities parsing."),
    Rule("text_length", f"{API}#sendmessage", "A text has at most 4096 characters after entities parsing."),
    Rule("caption_length", f"{API}#senddocument", "A caption has at most 1024 characters."),
    Rule("document_size", f"{API}#sending-files", "A bot uploads files of at most 50 MB."),
    Rule("document_not_empty", f"{API}#sending-files", "A file has content."),
    Rule("html", f"{API}#html-style", "Only the listed tags, each closed; <, > and & are escaped."),
    Rule("callback_data_length", f"{API}#inlinekeyboardbutton", "callback_data has 1 to 64 bytes."),
    Rule("button_kind", f"{API}#inlinekeyboardbutton", "Exactly one optional field says what a button does."),
    Rule("button_url", f"{API}#inlinekeyboardbutton", "The URL of a button is an HTTP or tg:// URL."),
    Rule("reply_markup_json", f"{API}#inlinekeyboardmarkup", "reply_markup is a JSON object of a known form."),
    Rule("keyboard_size", f"{MTPROTO}/messages.sendMessage", "A keyboard has at most 100 buttons."),
    Rule("inline_keyboard_on_edit", f"{API}#updating-messages", "An edit takes an inline keyboard only."),
    Rule("not_modified", f"{MTPROTO}/messages.editMessage", "An edit has to change something."),
    Rule("message_to_edit", f"{API}#editmessagetext", "The message to edit exists."),
    Rule("own_message", f"{API}#updating-messages", "A bot edits its own messages without a reply keyboard."),
    Rule("text_to_edit", f"{API}#editmessagetext", "editMessageText edits text messages; a file has a caption."),
    Rule("message_to_delete", f"{API}#deletemessage", "The message to delete exists."),
    Rule("delete_within_48_hours", f"{API}#deletemessage", "A message is deleted within 48 hours only."),
    Rule("chat_started", f"{BOTS}#how-are-bots-different-from-users", "A bot can't write to a person first."),
    Rule("blocked", f"{MTPROTO}/messages.sendMessage", "A person who blocked the bot gets nothing."),
    Rule("group_member", f"{API}#chatmemberleft", "A bot writes to a group or channel only while it is in it."),
    Rule("privacy_mode", f"{FEATURES}#privacy-mode", "In a group a bot sees what may be a command for it."),
    Rule("leave_groups_only", f"{API}#leavechat", "A bot leaves groups, supergroups and channels."),
    Rule("old_messages_inaccessible", f"{API}#maybeinaccessiblemessage", "A tap on an old message shows no message."),
    Rule("start_payload", f"{FEATURES}#deep-linking", "A deep link's payload: up to 64 A-Z, a-z, 0-9, _ and -."),
    Rule("inline_results", f"{API}#answerinlinequery", "At most 50 results."),
    Rule(
        "inline_button", f"{API}#inlinequeryresultsbutton", "A button starts the bot with 1 to 64 A-Z, a-z, 0-9, _, -."
    ),
    Rule("query_age", f"{API}#answercallbackquery", "A callback query is answered soon, by its own id."),
    Rule("answer_length", f"{API}#answercallbackquery", "The answer to a callback query: 0 to 200 characters."),
    Rule("offset_acknowledges", f"{API}#getupdates", "An offset above an update's id confirms the update."),
    Rule("updates_limit", f"{API}#getupdates", "At most 100 updates at once."),
    Rule("allowed_updates", f"{API}#getupdates", "Only the asked types come, by default not chat_member."),
    Rule("one_poller", f"{API}#getting-updates", "A second getUpdates ends the first one's long poll."),
    Rule("webhook_or_polling", f"{API}#getupdates", "getUpdates doesn't work while a webhook is set."),
    Rule("webhook_https", f"{API}#setwebhook", "A webhook is an HTTPS URL; HTTP to loopback, as on a local server."),
    Rule("webhook_port", f"{API}#setwebhook", "A webhook listens on port 443, 80, 88 or 8443."),
    Rule("webhook_secret", f"{API}#setwebhook", "A secret token: 1 to 256 letters, digits, underscores, hyphens."),
    Rule("updates_kept_24_hours", f"{API}#getting-updates", "An update is kept for 24 hours at most."),
    Rule("query_updates_expire", f"{API}#getting-updates", "A tap waits 150 seconds for the bot, inline queries 30."),
    Rule("command_format", f"{API}#botcommand", "A command: 1 to 32 lowercase letters, digits, underscores."),
    Rule("command_description", f"{API}#botcommand", "A command's description has 1 to 256 characters."),
    Rule("command_count", f"{API}#setmycommands", "At most 100 commands."),
    Rule("language_code", f"{API}#setmycommands", "A language code has two letters, or is empty."),
    Rule("description_length", f"{API}#setmydescription", "A description: 0 to 512 characters."),
    Rule("short_description_length", f"{API}#setmyshortdescription", "A short description: 0 to 120 characters."),
    Rule("name_length", f"{API}#setmyname", "The bot's name: 0 to 64 characters."),
    Rule("chat_action", f"{API}#sendchataction", "The action is one of the listed ones."),
    Rule(
        "flood",
        f"{FAQ}#my-bot-is-hitting-limits-how-do-i-avoid-this",
        "One message a second to a chat, 30 in all.",
    ),
)
RULES = {rule.name: rule for rule in _CATALOGUE}

# The real limits are unpublished and forgive bursts; a test that plays twenty taps a second would trip
# over any number chosen here. So flood control is there to be switched on.
OFF_BY_DEFAULT = frozenset({"flood"})


class Rules:
    """The rules in force: `"html" in rules` asks, `rules.switch("html", on=False)` turns."""

    def __init__(self, names: Iterable[str] | None = None) -> None:
        self._on = set(RULES) - OFF_BY_DEFAULT if names is None else {known(name) for name in names}

    def __contains__(self, name: object) -> bool:
        return known(str(name)) in self._on

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._on))

    def switch(self, name: str, *, on: bool) -> None:
        (self._on.add if on else self._on.discard)(known(name))

    def without(self, *names: str) -> "Rules":
        return Rules(self._on - {known(name) for name in names})

    def adding(self, *names: str) -> "Rules":
        return Rules(self._on | {known(name) for name in names})


def known(name: str) -> str:
    if name not in RULES:
        msg = f"no such rule: {name}"
        raise KeyError(msg)
    return name

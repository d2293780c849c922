"""The whole state of one sandbox, and what people can do in it."""

import asyncio
import itertools
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace

from barbershop.sandbox.counters import Counters
from barbershop.sandbox.entities import FormattedText, find_commands
from barbershop.sandbox.faults import Faults
from barbershop.sandbox.feed import Feed
from barbershop.sandbox.flood import FloodControl
from barbershop.sandbox.keyboards import Markup, buttons_of
from barbershop.sandbox.profile import BotProfile
from barbershop.sandbox.rules import Rules
from barbershop.sandbox.state import CallbackQuery, Json, Message, Person, StoredFile
from barbershop.sandbox.updates import UpdateQueue

DEFAULT_PEOPLE = (
    Person(1001, "Анна", username="anna_client", label="client"),
    Person(1002, "Виктор", username="viktor_client", label="client"),
)
# Telegram doesn't publish it; bots see the refusal after about this long.
QUERY_ANSWER_SECONDS = 15.0
MESSAGES_KEPT = 2000
QUERIES_KEPT = 5000
FILE_BYTES_KEPT = 64 << 20
_EPOCH = 1_767_225_600  # 2026-01-01 UTC
_IDS_PER_SECOND = 16


class RefusedError(Exception):
    """A person can't do that here; the message says why."""


class World:
    """Ids of updates and messages start from the clock, so that they go on growing over restarts:
    a bot that remembers the last update id, or a message id, is not fooled by a fresh sandbox."""

    def __init__(
        self,
        *,
        token: str,
        rules: Rules | None = None,
        people: Iterable[Person] = DEFAULT_PEOPLE,
        query_answer_seconds: float = QUERY_ANSWER_SECONDS,
    ) -> None:
        self.token = token
        self.rules = rules or Rules()
        self.query_answer_seconds = query_answer_seconds
        self.ahead = 0.0
        self.feed = Feed()
        self.stopping = asyncio.Event()
        self._first_people = tuple(people)
        first_id = int((time.time() - _EPOCH) * _IDS_PER_SECOND) % (1 << 31)
        self._message_ids = itertools.count(max(int(time.time() - _EPOCH) // 10, 1))
        self.updates = UpdateQueue(rules=self.rules, clock=self.clock, first_id=first_id)
        bot_id = token.split(":", 1)[0]
        self.bot: Json = {
            "id": int(bot_id) if bot_id.isdigit() else 1,
            "is_bot": True,
            "first_name": "Sandbox",
            "username": "sandbox_bot",
        }
        self._start_over()

    def _start_over(self) -> None:
        self.people: dict[int, Person] = {}
        self.queries: OrderedDict[str, CallbackQuery] = OrderedDict()
        self.files: OrderedDict[str, StoredFile] = OrderedDict()
        self.counters = Counters()
        self.faults = Faults()
        self.profile = BotProfile()
        self.flood = FloodControl(self.clock)
        for person in self._first_people:
            self.add_person(replace(person, messages=[]))

    def reset(self) -> None:
        """As after a restart, but for a poller that is waiting and the rules in force."""
        self.updates.drop_pending()
        self.updates.set_webhook(None)
        self.faults.clear()
        self._start_over()
        self.feed.add("reset")

    def stop(self) -> None:
        self.stopping.set()
        self.updates.stop()
        self.feed.stop()

    def clock(self) -> float:
        return time.time() + self.ahead

    # --- people

    def add_person(self, person: Person) -> Person:
        known = self.people.get(person.id)
        if known is not None:
            person = replace(person, started=known.started, blocked=known.blocked, messages=known.messages)
        self.people[person.id] = person
        self.feed.add("people", person=person.id)
        return person

    def person(self, person_id: int) -> Person:
        if person_id not in self.people:
            msg = f"nobody has the id {person_id}"
            raise RefusedError(msg)
        return self.people[person_id]

    def say(self, person: Person, text: str) -> Message:
        """A typed message; the first one, usually /start, opens the chat."""
        self._check_can_write(person)
        text = text.strip()
        if not text:
            msg = "an empty text can't be sent"
            raise RefusedError(msg)
        person.started = True
        message = self.add_message(
            person, from_bot=False, formatted=FormattedText(text, find_commands(text)), source=text
        )
        self._push_message(person, message)
        return message

    def share_contact(self, person: Person, contact: Json) -> Message:
        self._check_can_write(person)
        person.started = True
        message = self.add_message(person, from_bot=False, formatted=FormattedText(""))
        message.contact = contact
        self._push_message(person, message)
        return message

    def tap(self, person: Person, message: Message, data: str) -> CallbackQuery:
        self._check_can_write(person)
        query = CallbackQuery(str(secrets.randbits(62)), person.id, message.message_id, data, at=self.clock())
        self.queries[query.id] = query
        while len(self.queries) > QUERIES_KEPT:
            self.queries.popitem(last=False)
        body = {
            "id": query.id,
            "from": person.user(),
            "message": message.to_api(bot=self.bot, person=person),
            "chat_instance": str(self.bot["id"] * 1_000_003 + person.id),
            "data": data,
        }
        self.feed.add("tap", person=person.id, query=query.id, message=message.message_id)
        self.updates.push("callback_query", body)
        return query

    def block(self, person: Person, *, blocked: bool) -> None:
        if person.blocked == blocked:
            return
        person.blocked = blocked
        before, after = ("member", "kicked") if blocked else ("kicked", "member")
        self.updates.push(
            "my_chat_member",
            {
                "chat": person.chat(),
                "from": person.user(),
                "date": int(self.clock()),
                "old_chat_member": self._membership(before),
                "new_chat_member": self._membership(after),
            },
        )
        self.feed.add("people", person=person.id)

    # --- messages

    def add_message(
        self,
        person: Person,
        *,
        from_bot: bool,
        formatted: FormattedText,
        source: str = "",
        markup: Markup | None = None,
        document: StoredFile | None = None,
    ) -> Message:
        message = Message(
            next(self._message_ids),
            person.id,
            from_bot,
            int(self.clock()),
            formatted.text,
            formatted.entities,
            source,
            markup,
            document,
        )
        person.messages.append(message)
        del person.messages[:-MESSAGES_KEPT]
        self.mark_changed(message)
        return message

    def mark_changed(self, message: Message) -> None:
        message.changed = self.feed.add("message", person=message.chat_id, message=message.message_id)

    def delete(self, person: Person, message: Message) -> None:
        person.messages.remove(message)
        self.feed.add("deleted", person=person.id, message=message.message_id)

    def message(self, person: Person, message_id: int) -> Message | None:
        return next((m for m in reversed(person.messages) if m.message_id == message_id), None)

    def add_file(self, name: str, mime_type: str, content: bytes) -> StoredFile:
        stored = StoredFile(f"sandbox-{secrets.token_hex(12)}", name, mime_type, content)
        self.files[stored.file_id] = stored
        while sum(len(file.content) for file in self.files.values()) > FILE_BYTES_KEPT:
            self.files.popitem(last=False)
        return stored

    def unanswered(self) -> list[CallbackQuery]:
        return [query for query in self.queries.values() if query.answer is None]

    def _push_message(self, person: Person, message: Message) -> None:
        self.updates.push("message", message.to_api(bot=self.bot, person=person))

    def _check_can_write(self, person: Person) -> None:
        if person.blocked:
            msg = "this person has blocked the bot"
            raise RefusedError(msg)

    def _membership(self, status: str) -> Json:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"user": self.bot, "status": status, **until}


def find_button(messages: Iterable[Message], wanted: str) -> tuple[Message, Json]:
    """The callback button whose data or text is `wanted`, else whose text contains it, on the newest
    message that has one."""
    for message in reversed(list(messages)):
        buttons = [button for button in buttons_of(message.markup) if "callback_data" in button]
        exact = [b for b in buttons if wanted in (b["callback_data"], b["text"])]
        found = exact or [b for b in buttons if wanted in b["text"]]
        if len({b["callback_data"] for b in found}) > 1:
            msg = f"several buttons fit {wanted!r}: {[b['text'] for b in found]}"
            raise RefusedError(msg)
        if found:
            return message, found[0]
    msg = f"no button {wanted!r}"
    raise RefusedError(msg)

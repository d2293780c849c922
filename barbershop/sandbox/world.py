"""The whole state of one sandbox. What people do in it is in `acts.py`."""

import asyncio
import itertools
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace

from barbershop.sandbox.counters import Counters
from barbershop.sandbox.entities import FormattedText
from barbershop.sandbox.faults import Faults
from barbershop.sandbox.feed import Feed
from barbershop.sandbox.flood import FloodControl
from barbershop.sandbox.groups import Chat, Group
from barbershop.sandbox.keyboards import Markup
from barbershop.sandbox.profile import BotProfile
from barbershop.sandbox.push import READ_TIMEOUT_SECONDS, Delivery, Pusher
from barbershop.sandbox.rules import Rules
from barbershop.sandbox.state import CallbackQuery, InlineQuery, Json, Message, Person, StoredFile
from barbershop.sandbox.updates import UpdateQueue

DEFAULT_PEOPLE = (
    Person(1001, "Анна", username="anna_client", label="client"),
    Person(1002, "Виктор", username="viktor_client", label="client"),
)
# Telegram doesn't publish it; bots see the refusal after about this long.
QUERY_ANSWER_SECONDS = 15.0
MESSAGES_KEPT = 2000
QUERIES_KEPT = 5000
MAX_FILE_BYTES = 50 << 20  # what a bot may upload: https://core.telegram.org/bots/api#sending-files
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
        webhook_second: float = 1.0,
        webhook_timeout: float = READ_TIMEOUT_SECONDS,
    ) -> None:
        self.token = token
        self.rules = rules or Rules()
        self.query_answer_seconds = query_answer_seconds
        self.max_file_bytes = MAX_FILE_BYTES
        self.ahead = 0.0
        self.feed = Feed()
        self.stopping = asyncio.Event()
        self._first_people = tuple(people)
        first_id = int((time.time() - _EPOCH) * _IDS_PER_SECOND) % (1 << 31)
        self._group_ids = itertools.count(50_001)
        self._message_ids = itertools.count(max(int(time.time() - _EPOCH) // 10, 1))
        self.updates = UpdateQueue(rules=self.rules, clock=self.clock, first_id=first_id)
        self.push = Pusher(
            self.updates,
            clock=self.clock,
            told=self._note_delivery,
            second=webhook_second,
            read_timeout=webhook_timeout,
        )
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
        self.groups: dict[int, Group] = {}
        self.inline_queries: OrderedDict[str, InlineQuery] = OrderedDict()
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
        self.push.set(None)
        self.faults.clear()
        self._start_over()
        self.feed.add("reset")

    async def stop(self) -> None:
        self.stopping.set()
        self.updates.stop()
        self.feed.stop()
        await self.push.close()

    def clock(self) -> float:
        return time.time() + self.ahead

    # --- people

    def add_person(self, person: Person) -> Person:
        known = self.people.get(person.id)
        if known is not None:
            kept = ("started", "blocked", "messages", "deleted")
            person = replace(person, **{name: getattr(known, name) for name in kept})
        self.people[person.id] = person
        self.feed.add("people", person=person.id)
        return person

    def person(self, person_id: int) -> Person:
        if person_id not in self.people:
            msg = f"nobody has the id {person_id}"
            raise RefusedError(msg)
        return self.people[person_id]

    def chat(self, chat_id: int) -> Chat:
        return self.groups[chat_id] if chat_id in self.groups else self.person(chat_id)

    def add_group(self, title: str, kind: str) -> Group:
        bare = next(self._group_ids)
        group = Group(-bare if kind == "group" else -1_000_000_000_000 - bare, title, kind)
        self.groups[group.id] = group
        return group

    # --- messages

    def add_message(
        self,
        chat: Chat,
        *,
        sender: Person | None = None,
        formatted: FormattedText,
        source: str = "",
        markup: Markup | None = None,
        document: StoredFile | None = None,
        extra: Json | None = None,
    ) -> Message:
        """Without a sender it is the bot's; in a channel nobody's name is shown."""
        message = Message(
            message_id=next(self._message_ids),
            chat_id=chat.id,
            from_bot=sender is None,
            date=int(self.clock()),
            text=formatted.text,
            entities=formatted.entities,
            source=source,
            markup=markup,
            document=document,
            sender_id=sender.id if sender else 0,
            extra=extra or {},
        )
        chat.messages.append(message)
        del chat.messages[:-MESSAGES_KEPT]
        self.mark_changed(message)
        return message

    def render(self, message: Message) -> Json:
        """The message as the Bot API shows it."""
        chat = self.chat(message.chat_id)
        if isinstance(chat, Group) and chat.kind == "channel":
            return message.to_api(sender=None, chat=chat.chat()) | {"sender_chat": chat.chat()}
        sender = self.bot if message.from_bot else self.person(message.sender_id).user()
        return message.to_api(sender=sender, chat=chat.chat())

    def mark_changed(self, message: Message) -> None:
        message.changed = self.feed.add("message", person=message.chat_id, message=message.message_id)

    def delete(self, chat: Chat, message: Message) -> None:
        chat.messages.remove(message)
        chat.deleted.append(message)
        del chat.deleted[:-MESSAGES_KEPT]
        self.feed.add("deleted", person=chat.id, message=message.message_id)

    def message(self, chat: Chat, message_id: int) -> Message | None:
        """As the bot finds it."""
        return next((m for m in reversed(chat.messages) if m.message_id == message_id and not m.lost), None)

    def add_file(self, name: str, mime_type: str, content: bytes) -> StoredFile:
        stored = StoredFile(f"sandbox-{secrets.token_hex(12)}", name, mime_type, content)
        self.files[stored.file_id] = stored
        while sum(len(file.content) for file in self.files.values()) > FILE_BYTES_KEPT:
            self.files.popitem(last=False)
        return stored

    def add_query(self, query: CallbackQuery) -> None:
        self.queries[query.id] = query
        while len(self.queries) > QUERIES_KEPT:
            self.queries.popitem(last=False)

    def expire_queries(self) -> int:
        """Let all open callback and inline queries be too old; how many."""
        waiting: list[CallbackQuery | InlineQuery] = [q for q in self.queries.values() if q.answer is None]
        waiting += [q for q in self.inline_queries.values() if q.answer is None]
        for query in waiting:
            query.at = float("-inf")
        return len(waiting)

    def unanswered(self) -> list[CallbackQuery]:
        return [query for query in self.queries.values() if query.answer is None]

    def _note_delivery(self, made: Delivery) -> None:
        self.feed.add("delivery", update=made.update_id, code=made.code, error=made.error)

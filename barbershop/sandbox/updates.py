"""The queue behind getUpdates and the webhook: https://core.telegram.org/bots/api#getting-updates."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from barbershop.sandbox.errors import OTHER_POLLER, OTHER_WEBHOOK, WEBHOOK_ACTIVE, conflict
from barbershop.sandbox.rules import Rules

KEPT_SECONDS = 24 * 3600
# telegram-bot-api, Client.cpp: what somebody waits for is no use later.
QUERY_KEPT_SECONDS = {"callback_query": 150, "inline_query": 30}
MAX_LIMIT = 100
MAX_TIMEOUT = 50
# Types that come only when asked for: https://core.telegram.org/bots/api#getupdates, allowed_updates.
ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
# An offset further ahead than this is taken for a mistake and confirms nothing (td, TQueue::get).
_FUTURE = 10
_REMEMBERED = 500
_RECENT_SECONDS = 3.0

Update = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Stored:
    """An update that waits; a redelivered one is another object with the same update."""

    update: Update
    at: float

    @property
    def id(self) -> int:
        return int(self.update["update_id"])

    @cached_property
    def queue(self) -> object:
        """What a webhook gets in order, one after another: one kind of updates from one chat or person."""
        for kind, body in self.update.items():
            owner = (body.get("chat") or body.get("from")) if isinstance(body, dict) else None
            if isinstance(owner, dict):
                return kind, owner.get("id")
        return self.id


class UpdateQueue:
    def __init__(self, *, rules: Rules, clock: Callable[[], float], first_id: int) -> None:
        self._rules = rules
        self._clock = clock
        self._next_id = first_id
        self._stored: deque[Stored] = deque()
        self._again: list[Stored] = []
        self._handed_out: deque[Update] = deque(maxlen=_REMEMBERED)
        self._waiting: list[asyncio.Future[str]] = []
        self._polled_at = float("-inf")
        self.allowed: frozenset[str] = frozenset()
        self.changed = asyncio.Event()
        self.has_webhook = False

    def __len__(self) -> int:
        return len(self._stored)

    def seen_recently(self) -> bool:
        """Somebody polls, or did a moment ago: between two polls nobody waits."""
        return bool(self._waiting) or time.monotonic() - self._polled_at < _RECENT_SECONDS

    @property
    def pollers(self) -> int:
        return len(self._waiting)

    def push(self, kind: str, body: Update) -> int | None:
        """The update's id, or `None` when the bot didn't ask for this type."""
        if "allowed_updates" in self._rules and not self._wants(kind):
            return None
        return self.push_raw({kind: body})

    def push_raw(self, update: Update) -> int:
        given = update.get("update_id")
        update_id = given if isinstance(given, int) else self._next_id
        self._next_id = max(self._next_id, update_id + 1)
        self._stored.append(Stored({**update, "update_id": update_id}, self._clock()))
        self._wake("")
        return update_id

    def redeliver(self, update_id: int | None = None) -> Update:
        """Hand an update out once more, whether it was confirmed or not; by default the last one."""
        seen = [update for update in self._handed_out if update_id in (None, update["update_id"])]
        if not seen:
            msg = "no such update was handed out"
            raise LookupError(msg)
        self._again.append(Stored(seen[-1], self._clock()))
        self._wake("")
        return seen[-1]

    def webhook_set(self, *, on: bool) -> None:
        self.has_webhook = on
        if on:
            self._wake(OTHER_WEBHOOK)

    def pending(self) -> list[Stored]:
        """For a webhook: what waits, what is to come again first."""
        self._forget_old()
        return [*self._again, *self._stored]

    def taken(self, item: Stored) -> None:
        """A webhook has it; nothing happens when it was dropped meanwhile."""
        for waiting in (self._again, self._stored):
            if item in waiting:
                waiting.remove(item)
        self._handed_out.append(item.update)

    def drop_pending(self) -> None:
        self._stored.clear()
        self._again.clear()

    def stop(self) -> None:
        """End the long polls that are waiting, with empty answers."""
        self._wake("stop")

    async def fetch(
        self,
        *,
        offset: int = 0,
        limit: int = MAX_LIMIT,
        timeout: float = 0,  # noqa: ASYNC109 -- the Bot API's own name
        allowed: Iterable[str] | None = None,
    ) -> list[Update]:
        if self.has_webhook and "webhook_or_polling" in self._rules:
            raise conflict(WEBHOOK_ACTIVE)
        self._polled_at = time.monotonic()
        if allowed is not None:
            self.allowed = frozenset(allowed)
        offset = self._acknowledge(offset)
        if "updates_limit" in self._rules:
            limit = min(limit, MAX_LIMIT)
        ends_at = time.monotonic() + min(timeout, MAX_TIMEOUT)
        while not (batch := self._take(offset, max(limit, 1))):
            left = ends_at - time.monotonic()
            if left <= 0 or not await self._wait(left):
                break
        self._handed_out.extend(batch)
        return batch

    def _wants(self, kind: str) -> bool:
        return kind in self.allowed if self.allowed else kind not in ON_REQUEST

    def _acknowledge(self, offset: int) -> int:
        """Forget what the offset confirms; the offset that holds afterwards."""
        if "offset_acknowledges" not in self._rules:
            return 0
        if offset < 0:
            while len(self._stored) > -offset:
                self._stored.popleft()
            return 0
        if offset > self._next_id + _FUTURE:
            return 0
        self._stored = deque(item for item in self._stored if item.id >= offset)
        return offset

    def _take(self, offset: int, limit: int) -> list[Update]:
        self._forget_old()
        again, self._again = self._again[:limit], self._again[limit:]
        fresh = [item for item in self._stored if item.id >= offset]
        return [item.update for item in (again + fresh)[:limit]]

    def _forget_old(self) -> None:
        self._stored = deque(item for item in self._stored if not self._too_old(item))

    def _too_old(self, item: Stored) -> bool:
        age = self._clock() - item.at
        if "updates_kept_24_hours" in self._rules and age >= KEPT_SECONDS:
            return True
        kept = [seconds for kind, seconds in QUERY_KEPT_SECONDS.items() if kind in item.update]
        return bool(kept) and "query_updates_expire" in self._rules and age > kept[0]

    async def _wait(self, seconds: float) -> bool:
        """True: look again. A later poller or a webhook ends the wait with 409."""
        if "one_poller" in self._rules:
            self._wake(OTHER_POLLER)
        waiter: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            outcome = await asyncio.wait_for(waiter, seconds)
        except TimeoutError:
            return False
        finally:
            self._waiting.remove(waiter)
        if outcome.startswith("Conflict"):
            raise conflict(outcome)
        return outcome != "stop"

    def _wake(self, outcome: str) -> None:
        self.changed.set()
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(outcome)

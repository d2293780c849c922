"""From the inbox to the handlers: one lane per user keeps order, lanes run in parallel."""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from aiogram import Bot, Dispatcher
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.types import Update
from aiogram.types.update import UpdateTypeLookupError
from django.db import DatabaseError, InterfaceError, OperationalError
from django.utils import translation
from psycopg_pool import PoolTimeout
from pydantic import ValidationError

from accounts import inbox, texts
from accounts.inbox import Delivery
from accounts.keyboards import keyboard, way_back
from accounts.services import language_with
from accounts.threads import in_thread
from barbershop.shared_throttle import build_throttle
from barbershop.shedding import shed
from barbershop.throttle import Throttle, Verdict
from observability.correlation import correlated
from observability.events import emit

logger = logging.getLogger(__name__)

MAX_LANES = 64
# A lane that is over its limit is looked at again so soon, because taps want an answer while they are young.
REST_SECONDS = 1.0
_POLL_SECONDS = 2.0
_LONGEST_PAUSE_SECONDS = 30.0
_DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)
_TELEGRAM_AWAY = (TelegramRetryAfter, TelegramServerError, TelegramNetworkError, ClientDecodeError)


class Consumer:
    """Works on every lane that has something pending, at most MAX_LANES at once beside those that rest.

    `clock` says what time it is for the throttle, in seconds since the epoch.
    """

    def __init__(
        self,
        bot: Bot,
        dispatcher: Dispatcher,
        *,
        throttle: Throttle | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._bot = bot
        self._dispatcher = dispatcher
        self._throttle = throttle or build_throttle()
        self._clock = clock
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self._resting: set[int] = set()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()

    def wake(self, lanes: str = "") -> None:
        """There may be something new; in these lanes if any are named. One that is being worked on looks by itself."""
        if not lanes or any(int(lane) not in self._lanes for lane in lanes.split(",")):
            self._wake.set()

    async def run(self) -> None:
        """Start lanes as updates come, for ever; woken by NOTIFY and, in case one was missed, every two seconds."""
        while True:
            self._wake.clear()
            try:
                await self._start_lanes()
            except (DatabaseError, PoolTimeout) as error:
                emit("consume_failed", level=logging.WARNING, reason_code=type(error).__name__)
            await wait_at_most(self._wake, _POLL_SECONDS)

    async def drain(self, seconds: float) -> None:
        """Finish the updates in hand, take no more; what is left after `seconds` stays pending."""
        self._stopping.set()
        if self._lanes:
            _, late = await asyncio.wait(self._lanes.values(), timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._throttle.close()

    async def _start_lanes(self) -> None:
        room = MAX_LANES + len(self._resting) - len(self._lanes)
        if room <= 0:
            return
        for head in await in_thread(inbox.take_heads, busy=list(self._lanes), limit=room):
            task = asyncio.create_task(self._work(head), name=f"lane {head.lane}")
            self._lanes[head.lane] = task
            task.add_done_callback(partial(self._close_lane, head.lane))

    def _close_lane(self, lane: int, _task: asyncio.Task[None]) -> None:
        del self._lanes[lane]
        self.wake()

    async def _work(self, head: Delivery) -> None:
        """Handle a lane's updates one after the other until none is pending."""
        delivery: Delivery | None = head
        try:
            while delivery is not None and not self._stopping.is_set():
                with correlated(f"tg-{delivery.update_id}"):
                    is_handled = await self._handle(delivery)
                delivery = await self._go_on(delivery, is_handled=is_handled)
        except (DatabaseError, PoolTimeout) as error:
            emit("consume_failed", level=logging.WARNING, reason_code=type(error).__name__)
            await wait_at_most(self._stopping, 1.0)

    async def _go_on(self, last: Delivery, *, is_handled: bool) -> Delivery | None:
        """The lane's next update; the last one is written off in the same hop."""
        if not self._stopping.is_set():
            return await in_thread(inbox.take_next, last.lane, done=last.update_id if is_handled else None)
        if is_handled:
            await in_thread(inbox.mark_handled, last.update_id)
        return None

    async def _handle(self, delivery: Delivery) -> bool:
        """Whether it is done with; else it was marked already, or is pending still."""
        if delivery.attempt > inbox.MAX_ATTEMPTS:
            await in_thread(inbox.mark_failed, delivery.update_id, "AttemptsExhausted")
            return False
        try:
            update = Update.model_validate(json.loads(delivery.payload), context={"bot": self._bot})
            update.event_type  # noqa: B018 - of an unknown kind the dispatcher would write all it says to the log
        except (ValidationError, ValueError, RecursionError, UpdateTypeLookupError) as error:
            await in_thread(inbox.mark_failed, delivery.update_id, type(error).__name__)
            return False
        return await self._is_its_turn(update, delivery) and await self._feed(update, delivery)

    async def _is_its_turn(self, update: Update, delivery: Delivery) -> bool:
        """Take a token, once for all attempts; False when the lane has none and was shed, or when the bot stops."""
        if delivery.attempt > 1:
            return True
        verdict = await self._throttle.take(delivery.lane, now=self._clock())
        if verdict.is_over:
            await self._rest(update, delivery.lane, verdict)
            return False
        if verdict.is_first:
            emit("abuse_throttled", level=logging.WARNING, source="everybody", what="global")
        if verdict.wait:
            await wait_at_most(self._stopping, verdict.wait)
        return not self._stopping.is_set()

    async def _rest(self, update: Update, lane: int, verdict: Verdict) -> None:
        """Shed the lane and leave it alone for a while; its place is another's meanwhile."""
        self._resting.add(lane)
        self.wake()
        try:
            await shed(self._bot, update, lane=lane, is_first=verdict.is_first)
            await wait_at_most(self._stopping, min(verdict.wait, REST_SECONDS))
        finally:
            self._resting.discard(lane)

    async def _feed(self, update: Update, delivery: Delivery) -> bool:
        """Let the dispatcher handle it; try again what failed because the database or Telegram was away."""
        try:
            await self._dispatcher.feed_update(self._bot, update)
        except _DATABASE_AWAY + _TELEGRAM_AWAY as error:
            if delivery.attempt >= inbox.MAX_ATTEMPTS:
                await in_thread(inbox.mark_failed, delivery.update_id, type(error).__name__)
                await self._apologise(update)
            else:
                emit("update_retried", attempt=delivery.attempt, reason_code=type(error).__name__)
                await wait_at_most(self._stopping, _pause_seconds(error, delivery.attempt))
        except Exception as error:
            logger.exception("an update could not be handled")
            await in_thread(inbox.mark_failed, delivery.update_id, type(error).__name__)
            await self._apologise(update)
        else:
            return True
        return False

    async def _apologise(self, update: Update) -> None:
        """Tell the person what to do next, with the reference that the operator finds in the logs."""
        event = update.callback_query or update.message
        if event is None or event.from_user is None:
            return
        person = event.from_user
        language = await in_thread(language_with, telegram_id=person.id, language_code=person.language_code)
        with translation.override(language):
            words, ways = texts.failed(f"tg-{update.update_id}"), keyboard(way_back())
        with suppress(TelegramAPIError, ClientDecodeError):
            await self._bot.send_message(person.id, words, reply_markup=ways)


async def wait_at_most(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but not longer. Before Python 3.12 `asyncio.wait_for` could swallow a cancellation."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _pause_seconds(error: Exception, attempt: int) -> float:
    if isinstance(error, TelegramRetryAfter):
        return float(error.retry_after)
    return float(min(2.0 ** (attempt - 1) / 2, _LONGEST_PAUSE_SECONDS))

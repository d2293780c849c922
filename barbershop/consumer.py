"""From the inbox to the handlers: one lane per user keeps order, lanes run in parallel."""

import asyncio
import json
import logging
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
from django.db import DatabaseError, InterfaceError, OperationalError
from django.utils import translation
from psycopg_pool import PoolTimeout
from pydantic import ValidationError

from accounts import inbox, texts
from accounts.inbox import Delivery
from accounts.threads import in_thread
from observability.correlation import correlated
from observability.events import emit

logger = logging.getLogger(__name__)

MAX_LANES = 64
_POLL_SECONDS = 2.0
_LONGEST_PAUSE_SECONDS = 30.0
_DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)
_TELEGRAM_AWAY = (TelegramRetryAfter, TelegramServerError, TelegramNetworkError, ClientDecodeError)


class Consumer:
    """Works on every lane that has something pending, at most MAX_LANES at once."""

    def __init__(self, bot: Bot, dispatcher: Dispatcher) -> None:
        self._bot = bot
        self._dispatcher = dispatcher
        self._lanes: dict[int, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()

    def wake(self) -> None:
        """There may be something new."""
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

    async def _start_lanes(self) -> None:
        room = MAX_LANES - len(self._lanes)
        if not room:
            return
        for lane in await in_thread(inbox.waiting_lanes, busy=list(self._lanes), limit=room):
            task = asyncio.create_task(self._work(lane), name=f"lane {lane}")
            self._lanes[lane] = task
            task.add_done_callback(partial(self._close_lane, lane))

    def _close_lane(self, lane: int, _task: asyncio.Task[None]) -> None:
        del self._lanes[lane]
        self.wake()

    async def _work(self, lane: int) -> None:
        """Handle the lane's updates one after the other until none is pending."""
        try:
            while not self._stopping.is_set():
                delivery = await in_thread(inbox.take_next, lane)
                if delivery is None:
                    return
                await self._handle(delivery)
        except (DatabaseError, PoolTimeout) as error:
            emit("consume_failed", level=logging.WARNING, reason_code=type(error).__name__)
            await wait_at_most(self._stopping, 1.0)

    async def _handle(self, delivery: Delivery) -> None:
        with correlated(f"tg-{delivery.update_id}"):
            if delivery.attempt > inbox.MAX_ATTEMPTS:
                await in_thread(inbox.mark_failed, delivery.update_id, "AttemptsExhausted")
                return
            try:
                update = Update.model_validate(json.loads(delivery.payload), context={"bot": self._bot})
            except (ValidationError, ValueError, RecursionError) as error:
                await in_thread(inbox.mark_failed, delivery.update_id, type(error).__name__)
                return
            await self._feed(update, delivery)

    async def _feed(self, update: Update, delivery: Delivery) -> None:
        """Let the dispatcher handle it; try again what failed because the database or Telegram was away."""
        try:
            await self._dispatcher.feed_update(self._bot, update)
        except _DATABASE_AWAY + _TELEGRAM_AWAY as error:
            if delivery.attempt >= inbox.MAX_ATTEMPTS:
                await in_thread(inbox.mark_failed, delivery.update_id, type(error).__name__)
            else:
                emit("update_retried", attempt=delivery.attempt, reason_code=type(error).__name__)
                await wait_at_most(self._stopping, _pause_seconds(error, delivery.attempt))
        except Exception as error:
            logger.exception("an update could not be handled")
            await in_thread(inbox.mark_failed, delivery.update_id, type(error).__name__)
            await self._apologise(update)
        else:
            await in_thread(inbox.mark_handled, delivery.update_id)

    async def _apologise(self, update: Update) -> None:
        """Tell the person what to do next, with the reference that the operator finds in the logs."""
        event = update.callback_query or update.message
        if event is None or event.from_user is None:
            return
        with translation.override(event.from_user.language_code or "ru"):
            words = texts.failed(f"tg-{update.update_id}")
        with suppress(TelegramAPIError, ClientDecodeError):
            await self._bot.send_message(event.from_user.id, words)


async def wait_at_most(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, but not longer. Before Python 3.12 `asyncio.wait_for` could swallow a cancellation."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _pause_seconds(error: Exception, attempt: int) -> float:
    if isinstance(error, TelegramRetryAfter):
        return float(error.retry_after)
    return float(min(2.0 ** (attempt - 1) / 2, _LONGEST_PAUSE_SECONDS))

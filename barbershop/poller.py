"""From Telegram into the inbox by asking: nothing is acknowledged before it is committed. `webhook.py` is the other."""

import asyncio
import logging
from typing import Any

from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramConflictError,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.methods import TelegramMethod
from django.db import DatabaseError
from psycopg_pool import PoolTimeout

from accounts.inbox import is_update, store_updates
from accounts.threads import in_thread
from barbershop.bot import ALLOWED_UPDATES
from observability.events import emit

POLL_SECONDS = 25
_GRACE_SECONDS = 10
_LONGEST_PAUSE_SECONDS = 30.0


class GetRawUpdates(TelegramMethod[list[Any]]):
    """getUpdates without a model: one update that can't be parsed must not hold up the others.

    Source: https://core.telegram.org/bots/api#getupdates
    """

    __returning__ = list[Any]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int = POLL_SECONDS
    allowed_updates: list[str] = ALLOWED_UPDATES


async def poll(bot: Bot) -> None:
    """Fetch and store for ever; the next call's offset acknowledges what has been committed.

    A webhook is deleted before, also one that appears later, because with one set Telegram refuses to be asked.
    Waiting updates stay. Raises TelegramUnauthorizedError when the token is wrong; waits out everything else.
    """
    offset: int | None = None
    pause = 0.0
    refused = True
    while True:
        try:
            if refused:
                await bot.delete_webhook(drop_pending_updates=False)
                refused = False
            offset = await _poll_once(bot, offset)
            pause = 0.0
        except TelegramUnauthorizedError:
            raise
        except TelegramRetryAfter as error:
            pause = float(error.retry_after)
        except (TelegramAPIError, ClientDecodeError, DatabaseError, PoolTimeout) as error:
            refused = refused or isinstance(error, TelegramConflictError)
            pause = min(max(1.0, pause * 2), _LONGEST_PAUSE_SECONDS)
            emit("poll_failed", level=logging.WARNING, reason_code=type(error).__name__)
        await asyncio.sleep(pause)


async def _poll_once(bot: Bot, offset: int | None) -> int | None:
    """Store one batch; the offset that acknowledges it."""
    batch = await bot(GetRawUpdates(offset=offset), request_timeout=POLL_SECONDS + _GRACE_SECONDS)
    updates = [update for update in batch if is_update(update)]
    if not updates:
        return offset
    await in_thread(store_updates, updates)
    return int(max(update["update_id"] for update in updates)) + 1

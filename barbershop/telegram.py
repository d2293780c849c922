"""The one way to Telegram's Bot API."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramRetryAfter, TelegramUnauthorizedError
from django.conf import settings
from django.core.management import CommandError

from observability.events import emit

REQUEST_TIMEOUT_SECONDS = 15.0
_LONGEST_PAUSE_SECONDS = 60.0
T = TypeVar("T")


def build_bot() -> Bot:
    """A bot on the configured server; one per event loop, its connections are kept and shared.

    Raises CommandError when no token is configured.
    """
    if not settings.TELEGRAM_BOT_TOKEN:
        raise CommandError("TELEGRAM_BOT_TOKEN is missing: set it, or run `make demo` to do without.", returncode=2)
    server = TelegramAPIServer.from_base(settings.TELEGRAM_API_BASE)
    session = AiohttpSession(api=server, timeout=REQUEST_TIMEOUT_SECONDS)
    return Bot(settings.TELEGRAM_BOT_TOKEN, session=session, default=DefaultBotProperties(parse_mode=ParseMode.HTML))


async def until_taken(what: str, ask: Callable[[], Awaitable[T]]) -> T:
    """Ask Telegram until it agrees, with growing pauses, and return what it answered; `what` names it in the log.

    Raises TelegramUnauthorizedError when the token is wrong: asking again would not help.
    """
    pause = 0.0
    while True:
        try:
            return await ask()
        except TelegramUnauthorizedError:
            raise
        except TelegramRetryAfter as error:
            pause = float(error.retry_after)
        except (TelegramAPIError, ClientDecodeError) as error:
            pause = min(max(1.0, pause * 2), _LONGEST_PAUSE_SECONDS)
            emit("telegram_refused", level=logging.WARNING, what=what, reason_code=type(error).__name__)
        await asyncio.sleep(pause)

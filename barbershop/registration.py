"""What Telegram is told about this shop's webhook, and what it tells of its pushes."""

import asyncio
import logging
from functools import partial

from aiogram import Bot
from aiogram.types import WebhookInfo
from django.conf import settings
from django.core.management import CommandError

from barbershop import webhook
from barbershop.bot import ALLOWED_UPDATES
from barbershop.telegram import until_taken
from observability.events import emit

# One push at a time: more would overtake one another, and what a person taps must be stored in order.
MAX_CONNECTIONS = 1
LOOK_SECONDS = 60.0


def check_configured() -> None:
    """CommandError when webhook mode lacks what it needs; no Telegram is asked."""
    if settings.TELEGRAM_MODE == "webhook" and not (settings.TELEGRAM_WEBHOOK_SECRET and settings.PUBLIC_URL):
        problem = "TELEGRAM_MODE=webhook needs PUBLIC_URL, and TELEGRAM_WEBHOOK_SECRET or TELEGRAM_WEBHOOK_SECRET_FILE."
        raise CommandError(problem, returncode=2)


async def keep_webhook(bot: Bot) -> None:
    """Have Telegram push to this shop, for ever: set the webhook, and set it again when somebody else changed it.

    Waiting updates stay. Raises TelegramUnauthorizedError when the token is wrong; waits out everything else.
    """
    told = 0
    await until_taken("setWebhook", partial(_set_webhook, bot))
    while True:
        info = await until_taken("getWebhookInfo", bot.get_webhook_info)
        if not _is_ours(info):
            emit("webhook_changed", level=logging.WARNING)
            await until_taken("setWebhook", partial(_set_webhook, bot))
        told = _tell_errors(info, told)
        await asyncio.sleep(LOOK_SECONDS)


def _url() -> str:
    return f"{settings.PUBLIC_URL}/{webhook.PATH}"


async def _set_webhook(bot: Bot) -> None:
    await bot.set_webhook(
        _url(),
        secret_token=settings.TELEGRAM_WEBHOOK_SECRET,
        max_connections=MAX_CONNECTIONS,
        allowed_updates=ALLOWED_UPDATES,
        drop_pending_updates=False,
    )


def _is_ours(info: WebhookInfo) -> bool:
    """Whether Telegram pushes what and where it was told to; the secret can't be asked for."""
    return (
        info.url == _url()
        and info.max_connections == MAX_CONNECTIONS
        and set(info.allowed_updates or ()) == set(ALLOWED_UPDATES)
    )


def _tell_errors(info: WebhookInfo, told: int) -> int:
    """Log the last push that failed, once; when it was."""
    failed_at = int(info.last_error_date.timestamp()) if info.last_error_date else 0
    if failed_at > told:
        said, waiting = info.last_error_message, info.pending_update_count
        emit("webhook_failing", level=logging.WARNING, what=said, pending_updates=waiting)
    return max(failed_at, told)

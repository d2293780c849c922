"""The one way to Telegram's Bot API."""

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from django.conf import settings
from django.core.management import CommandError

REQUEST_TIMEOUT_SECONDS = 15.0


def build_bot() -> Bot:
    """A bot on the configured server; one per event loop, its connections are kept and shared.

    Raises CommandError when no token is configured.
    """
    if not settings.TELEGRAM_BOT_TOKEN:
        raise CommandError("TELEGRAM_BOT_TOKEN is missing: set it, or run `make demo` to do without.", returncode=2)
    server = TelegramAPIServer.from_base(settings.TELEGRAM_API_BASE)
    session = AiohttpSession(api=server, timeout=REQUEST_TIMEOUT_SECONDS)
    return Bot(settings.TELEGRAM_BOT_TOKEN, session=session, default=DefaultBotProperties(parse_mode=ParseMode.HTML))

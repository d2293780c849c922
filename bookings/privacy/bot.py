"""The conversation about what is stored: parse, one call, reply."""

import logging

from aiogram import Router
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramNotFound
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from accounts.callbacks import Privacy
from accounts.documents import send
from accounts.models import User
from accounts.screens import show
from bookings.privacy import screens
from bookings.privacy.callbacks import AskErase, Erase, Export

logger = logging.getLogger(__name__)


async def on_privacy(event: Message | CallbackQuery, user: User) -> None:
    await show(event, user, screens.what_is_stored)


async def on_export(callback: CallbackQuery, user: User) -> None:
    await send(callback, user, screens.export)


async def on_ask_erase(callback: CallbackQuery, user: User) -> None:
    await show(callback, user, screens.ask_erase)


async def on_erase(callback: CallbackQuery, callback_data: Erase, user: User) -> None:
    """Forget the person, and tell them if Telegram lets us: an update that fails is kept, and this one must not be."""
    try:
        await show(callback, user, screens.erase, callback_data)
    except (TelegramBadRequest, TelegramForbiddenError, TelegramNotFound) as error:
        logger.warning("who was erased could not be told so: %s", type(error).__name__)


def build_router() -> Router:
    router = Router(name="bookings.privacy")
    router.message.register(on_privacy, Command("privacy"))
    taps = router.callback_query
    taps.register(on_privacy, Privacy.filter())
    taps.register(on_export, Export.filter())
    taps.register(on_ask_erase, AskErase.filter())
    taps.register(on_erase, Erase.filter())
    return router

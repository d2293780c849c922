"""A screen is words and buttons; one message per conversation shows it, edited in place."""

import logging
from collections.abc import Callable
from typing import Concatenate, NamedTuple, ParamSpec

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from django.utils import translation

from accounts.models import User
from accounts.threads import in_thread

logger = logging.getLogger(__name__)
P = ParamSpec("P")

_CANNOT_EDIT = ("message can't be edited", "message to edit not found", "there is no text in the message")


class Screen(NamedTuple):
    """HTML text of at most 4096 characters, and the keyboard below it."""

    text: str
    keyboard: InlineKeyboardMarkup


async def show(
    event: Message | CallbackQuery,
    user: User,
    build: Callable[Concatenate[User, P], Screen],
    *args: P.args,
    **kwargs: P.kwargs,
) -> None:
    """Build a screen in the person's language, in one hop to a thread; a tap edits, a message is answered."""

    def built() -> Screen:
        with translation.override(user.language):
            return build(user, *args, **kwargs)

    screen = await in_thread(built)
    if isinstance(event, Message):
        await event.answer(screen.text, reply_markup=screen.keyboard)
    else:
        await _replace(event, screen)


async def _replace(callback: CallbackQuery, screen: Screen) -> None:
    """Edit the tapped message; send a new one when it is a file or can't be edited; the same content is no error."""
    if callback.bot is None:
        raise RuntimeError("a callback without its bot")
    if isinstance(callback.message, Message) and callback.message.document is None:
        try:
            await callback.message.edit_text(screen.text, reply_markup=screen.keyboard)
        except TelegramBadRequest as error:
            reason = error.message.lower()
            if "message is not modified" in reason:
                return
            if not any(known in reason for known in _CANNOT_EDIT):
                raise
        else:
            return
    await callback.bot.send_message(callback.from_user.id, screen.text, reply_markup=screen.keyboard)

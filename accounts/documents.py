"""A file for a person: sent as a message of its own below the conversation, with the ways on."""

from collections.abc import Callable
from typing import Concatenate, NamedTuple, ParamSpec

from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardMarkup
from django.utils import translation

from accounts.models import User
from accounts.screens import Screen, show
from accounts.threads import in_thread

P = ParamSpec("P")


class Document(NamedTuple):
    """A file, HTML of at most 1024 characters below it, and the keyboard."""

    name: str
    content: bytes
    caption: str
    keyboard: InlineKeyboardMarkup


async def send(
    callback: CallbackQuery,
    user: User,
    build: Callable[Concatenate[User, P], Document | Screen],
    *args: P.args,
    **kwargs: P.kwargs,
) -> None:
    """Build a file in the person's language, in one hop to a thread, and send it; a screen instead is shown."""

    def built() -> Document | Screen:
        with translation.override(user.language):
            return build(user, *args, **kwargs)

    made = await in_thread(built)
    if isinstance(made, Screen):
        await show(callback, user, _as_it_is, made)
        return
    if callback.bot is None:
        raise RuntimeError("a callback without its bot")
    file = BufferedInputFile(made.content, filename=made.name)
    await callback.bot.send_document(callback.from_user.id, file, caption=made.caption, reply_markup=made.keyboard)


def _as_it_is(_user: User, screen: Screen) -> Screen:
    return screen

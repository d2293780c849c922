"""The dispatcher, assembled from the apps' routers as `urls.py` is from their urls."""

from aiogram import Bot, Dispatcher
from aiogram.types import BotCommand
from django.utils import translation
from django.utils.translation import gettext as _

import accounts.bot
import bookings.bot
import bookings.desk.bot
from accounts.models import Language
from barbershop.middlewares import AnswerMiddleware, CorrelationMiddleware, IdentityMiddleware

ALLOWED_UPDATES = ["message", "callback_query"]


def build_dispatcher() -> Dispatcher:
    """A dispatcher with every middleware and router. State is in the buttons; for what is typed, in the database."""
    dispatcher = Dispatcher(disable_fsm=True)
    dispatcher.update.outer_middleware(CorrelationMiddleware())
    for observer in (dispatcher.message, dispatcher.callback_query):
        observer.outer_middleware(IdentityMiddleware())
    dispatcher.callback_query.outer_middleware(AnswerMiddleware())
    dispatcher.include_routers(
        accounts.bot.build_router(),
        bookings.desk.bot.build_router(),
        bookings.bot.build_router(),
        bookings.bot.build_fallback_router(),
    )
    return dispatcher


def commands() -> list[BotCommand]:
    """The menu of commands, in the language that is active."""
    return [
        BotCommand(command="start", description=_("Menu")),
        BotCommand(command="book", description=_("Book a visit")),
        BotCommand(command="my", description=_("My bookings")),
        BotCommand(command="language", description=_("Language")),
        BotCommand(command="help", description=_("Help")),
    ]


async def publish_commands(bot: Bot) -> None:
    """Tell Telegram the commands: Russian for everybody, English for who speaks it."""
    for language, code in ((Language.RU, None), (Language.EN, "en")):
        with translation.override(language):
            await bot.set_my_commands(commands(), language_code=code)

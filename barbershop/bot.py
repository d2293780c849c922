"""The dispatcher, assembled from the apps' routers as `urls.py` is from their urls."""

from aiogram import Dispatcher

import accounts.bot
import accounts.elsewhere
import bookings.bot
import bookings.desk.bot
import bookings.inviting.bot
from barbershop.access import count_from_zero
from barbershop.middlewares import (
    AccessMiddleware,
    AnswerMiddleware,
    CorrelationMiddleware,
    IdentityMiddleware,
    MenuMiddleware,
)

ALLOWED_UPDATES = ["message", "callback_query", "my_chat_member", "inline_query"]


def build_dispatcher() -> Dispatcher:
    """A dispatcher with every middleware and router. State is in the buttons; for what is typed, in the database."""
    count_from_zero()
    dispatcher = Dispatcher(disable_fsm=True)
    dispatcher.update.outer_middleware(CorrelationMiddleware())
    for observer in (dispatcher.message, dispatcher.callback_query):
        observer.outer_middleware(IdentityMiddleware())
        observer.outer_middleware(MenuMiddleware())
        observer.middleware(AccessMiddleware())
    dispatcher.callback_query.outer_middleware(AnswerMiddleware())
    dispatcher.include_routers(
        accounts.elsewhere.build_router(),
        accounts.bot.build_router(),
        bookings.inviting.bot.build_router(),
        bookings.desk.bot.build_router(),
        bookings.bot.build_router(),
        bookings.bot.build_fallback_router(),
    )
    return dispatcher

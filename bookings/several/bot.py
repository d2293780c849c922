"""The conversation about several services: parse, one call, reply."""

from aiogram import Router
from aiogram.types import CallbackQuery

from accounts.models import User
from accounts.screens import show
from bookings.several import screens
from bookings.several.callbacks import ChooseSeveral


async def on_several(callback: CallbackQuery, callback_data: ChooseSeveral, user: User) -> None:
    await show(callback, user, screens.choose_several, callback_data)


def build_router() -> Router:
    router = Router(name="bookings.several")
    router.callback_query.register(on_several, ChooseSeveral.filter())
    return router

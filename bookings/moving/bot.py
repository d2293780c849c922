"""The conversation of moving a visit: parse, one call, reply."""

from aiogram import Router
from aiogram.types import CallbackQuery

from accounts.models import User
from accounts.screens import show
from bookings.moving import screens
from bookings.moving.callbacks import AskMove, ChooseNewDay, ChooseNewTime, Move


async def on_choose_day(callback: CallbackQuery, callback_data: ChooseNewDay, user: User) -> None:
    await show(callback, user, screens.choose_day, callback_data)


async def on_choose_time(callback: CallbackQuery, callback_data: ChooseNewTime, user: User) -> None:
    await show(callback, user, screens.choose_time, callback_data)


async def on_ask(callback: CallbackQuery, callback_data: AskMove, user: User) -> None:
    await show(callback, user, screens.ask, callback_data)


async def on_move(callback: CallbackQuery, callback_data: Move, user: User) -> None:
    await show(callback, user, screens.move, callback_data)


def build_router() -> Router:
    router = Router(name="bookings.moving")
    taps = router.callback_query
    taps.register(on_choose_day, ChooseNewDay.filter())
    taps.register(on_choose_time, ChooseNewTime.filter())
    taps.register(on_ask, AskMove.filter())
    taps.register(on_move, Move.filter())
    return router

"""The conversation about the waiting list and held times: parse, one call, reply."""

from aiogram import Router
from aiogram.types import CallbackQuery

from accounts.models import User
from accounts.screens import show
from bookings.waiting import screens
from bookings.waiting.callbacks import Accept, ChooseFullDay, Decline, Join, Leave


async def on_choose_full_day(callback: CallbackQuery, callback_data: ChooseFullDay, user: User) -> None:
    await show(callback, user, screens.choose_full_day, callback_data)


async def on_join(callback: CallbackQuery, callback_data: Join, user: User) -> None:
    await show(callback, user, screens.join, callback_data)


async def on_leave(callback: CallbackQuery, callback_data: Leave, user: User) -> None:
    await show(callback, user, screens.leave, callback_data.entry)


async def on_accept(callback: CallbackQuery, callback_data: Accept, user: User) -> None:
    await show(callback, user, screens.accept, callback_data.offer)


async def on_decline(callback: CallbackQuery, callback_data: Decline, user: User) -> None:
    await show(callback, user, screens.decline, callback_data.offer)


def build_router() -> Router:
    router = Router(name="bookings.waiting")
    taps = router.callback_query
    taps.register(on_choose_full_day, ChooseFullDay.filter())
    taps.register(on_join, Join.filter())
    taps.register(on_leave, Leave.filter())
    taps.register(on_accept, Accept.filter())
    taps.register(on_decline, Decline.filter())
    return router

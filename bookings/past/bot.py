"""The conversation about past visits: parse, one call, reply."""

from aiogram import Router
from aiogram.types import CallbackQuery

from accounts.models import User
from accounts.screens import show
from bookings.past import screens
from bookings.past.callbacks import BookAgain, PastVisit, PastVisits


async def on_past_visits(callback: CallbackQuery, callback_data: PastVisits, user: User) -> None:
    await show(callback, user, screens.past_visits, callback_data)


async def on_past_visit(callback: CallbackQuery, callback_data: PastVisit, user: User) -> None:
    await show(callback, user, screens.past_visit, callback_data)


async def on_book_again(callback: CallbackQuery, callback_data: BookAgain, user: User) -> None:
    await show(callback, user, screens.book_again, callback_data.booking)


def build_router() -> Router:
    router = Router(name="bookings.past")
    taps = router.callback_query
    taps.register(on_past_visits, PastVisits.filter())
    taps.register(on_past_visit, PastVisit.filter())
    taps.register(on_book_again, BookAgain.filter())
    return router

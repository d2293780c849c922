"""A visit for the calendar: parse, one call, reply."""

from aiogram import Router
from aiogram.types import CallbackQuery

from accounts.documents import send
from accounts.models import User
from bookings.calendars import screens
from bookings.calendars.callbacks import AddToCalendar


async def on_add_to_calendar(callback: CallbackQuery, callback_data: AddToCalendar, user: User) -> None:
    await send(callback, user, screens.visit, callback_data.booking)


def build_router() -> Router:
    router = Router(name="bookings.calendars")
    router.callback_query.register(on_add_to_calendar, AddToCalendar.filter())
    return router

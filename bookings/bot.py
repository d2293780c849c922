"""The client's conversation: parse, one call, reply."""

from aiogram import F, Router
from aiogram.filters import Command, CommandStart
from aiogram.types import CallbackQuery, Message

from accounts.callbacks import Menu
from accounts.models import User
from accounts.screens import show
from bookings import callbacks, screens
from bookings.calendars import bot as calendars
from bookings.moving import bot as moving
from bookings.past import bot as past
from bookings.privacy import bot as privacy
from bookings.several import bot as several
from bookings.waiting import bot as waiting

Event = Message | CallbackQuery


async def on_menu(event: Event, user: User) -> None:
    await show(event, user, screens.menu)


async def on_book(event: Event, user: User) -> None:
    await show(event, user, screens.choose_service)


async def on_service(callback: CallbackQuery, callback_data: callbacks.ChooseMaster, user: User) -> None:
    await show(callback, user, screens.choose_master, callback_data)


async def on_master(callback: CallbackQuery, callback_data: callbacks.ChooseDay, user: User) -> None:
    await show(callback, user, screens.choose_day, callback_data)


async def on_day(callback: CallbackQuery, callback_data: callbacks.ChooseTime, user: User) -> None:
    await show(callback, user, screens.choose_time, callback_data)


async def on_time(callback: CallbackQuery, callback_data: callbacks.Summary, user: User) -> None:
    await show(callback, user, screens.summary, callback_data)


async def on_confirm(callback: CallbackQuery, callback_data: callbacks.Confirm, user: User) -> None:
    await show(callback, user, screens.confirm, callback_data)


async def on_my_bookings(event: Event, user: User) -> None:
    await show(event, user, screens.my_bookings)


async def on_card(callback: CallbackQuery, callback_data: callbacks.Card, user: User) -> None:
    await show(callback, user, screens.card, callback_data.booking)


async def on_ask_cancel(callback: CallbackQuery, callback_data: callbacks.AskCancel, user: User) -> None:
    await show(callback, user, screens.ask_cancel, callback_data.booking)


async def on_cancel(callback: CallbackQuery, callback_data: callbacks.Cancel, user: User) -> None:
    await show(callback, user, screens.cancel, callback_data.booking)


async def on_come(callback: CallbackQuery, callback_data: callbacks.Come, user: User) -> None:
    await show(callback, user, screens.come, callback_data.booking)


async def on_contact(message: Message, user: User) -> None:
    contact = message.contact
    if contact is not None:
        await show(message, user, screens.contact, contact.phone_number, contact.user_id)


async def on_stale_button(callback: CallbackQuery, user: User) -> None:
    await show(callback, user, screens.stale)


async def on_anything_else(message: Message, user: User) -> None:
    await show(message, user, screens.not_understood)


def build_router() -> Router:
    router = Router(name="bookings")
    router.message.register(on_menu, CommandStart())
    router.message.register(on_book, Command("book"))
    router.message.register(on_my_bookings, Command("my"))
    router.message.register(on_contact, F.contact, flags={"access": "contact"})
    taps = router.callback_query
    taps.register(on_menu, Menu.filter())
    taps.register(on_book, callbacks.ChooseService.filter())
    taps.register(on_service, callbacks.ChooseMaster.filter())
    taps.register(on_master, callbacks.ChooseDay.filter())
    taps.register(on_day, callbacks.ChooseTime.filter())
    taps.register(on_time, callbacks.Summary.filter())
    taps.register(on_confirm, callbacks.Confirm.filter())
    taps.register(on_my_bookings, callbacks.MyBookings.filter())
    taps.register(on_card, callbacks.Card.filter())
    taps.register(on_ask_cancel, callbacks.AskCancel.filter())
    taps.register(on_cancel, callbacks.Cancel.filter())
    taps.register(on_come, callbacks.Come.filter())
    router.include_routers(moving.build_router(), past.build_router(), several.build_router(), waiting.build_router())
    router.include_routers(calendars.build_router(), privacy.build_router())
    return router


def build_fallback_router() -> Router:
    """What no other router knew: an old button, or words instead of a tap. It comes last."""
    router = Router(name="fallback")
    router.callback_query.register(on_stale_button, flags={"access": "old_button"})
    router.message.register(on_anything_else, flags={"access": "words"})
    return router

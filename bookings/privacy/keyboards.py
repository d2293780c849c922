"""Buttons about what is stored."""

import datetime as dt

from aiogram.types import InlineKeyboardMarkup

from accounts.callbacks import Help, Privacy
from accounts.keyboards import button, keyboard, way_back
from bookings import texts as words
from bookings.callbacks import Card
from bookings.models import Booking
from bookings.privacy import texts
from bookings.privacy.callbacks import AskErase, Erase, Export
from schedules.calendar import to_minute


def what_is_stored(*, can_erase: bool) -> InlineKeyboardMarkup:
    erase = [button(texts.button_ask_erase(), AskErase())] if can_erase else []
    return keyboard([button(texts.button_export(), Export())], erase, way_back(Help()))


def below_file() -> InlineKeyboardMarkup:
    return keyboard(way_back(Privacy()))


def ask_erase(*, now: dt.datetime) -> InlineKeyboardMarkup:
    return keyboard(
        [button(texts.button_erase(), Erase(minute=to_minute(now)))],
        [button(texts.button_keep(), Privacy())],
        way_back(),
    )


def in_the_way(booking: Booking, *, is_own: bool) -> InlineKeyboardMarkup:
    """The visit to come, when the person can open it: one booked by hand for their phone they can't."""
    visit = [button(words.button_visit(booking), Card(booking=booking.pk))] if is_own else []
    return keyboard(visit, way_back(Privacy()))


def home() -> InlineKeyboardMarkup:
    return keyboard(way_back())

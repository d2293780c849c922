"""The button that sends a visit as a file, and the ways on from there."""

from aiogram.types import InlineKeyboardMarkup

from accounts.keyboards import Row, button, keyboard, way_back
from bookings.calendars import texts
from bookings.calendars.callbacks import AddToCalendar
from bookings.callbacks import Card
from bookings.models import Booking


def row(booking: Booking) -> Row:
    return [button(texts.button(booking), AddToCalendar(booking=booking.pk))]


def below_file(booking: Booking) -> InlineKeyboardMarkup:
    return keyboard(way_back(Card(booking=booking.pk)))

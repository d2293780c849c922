"""The menu of a person: that of the desk, or a client's."""

from aiogram.types import InlineKeyboardMarkup

from accounts.models import User
from accounts.texts import welcome
from bookings import keyboards
from bookings.desk import keyboards as desk
from bookings.desk import texts
from bookings.desk.seats import seat_of


def menu_of(user: User) -> InlineKeyboardMarkup:
    seat = seat_of(user)
    return desk.menu(is_staff=seat.is_staff) if seat else keyboards.menu()


def welcome_of(user: User) -> str:
    """The words above the menu."""
    seat = seat_of(user)
    if seat is None:
        return welcome(user)
    return texts.welcome(seat.own.name if seat.own else user.name, is_staff=seat.is_staff)

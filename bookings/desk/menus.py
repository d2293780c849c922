"""The menu of a person: a master's, or a client's."""

from aiogram.types import InlineKeyboardMarkup

from accounts.models import User
from accounts.texts import welcome
from bookings import keyboards
from bookings.desk import keyboards as desk
from bookings.desk import texts
from bookings.desk.access import master_of


def menu_of(user: User) -> InlineKeyboardMarkup:
    return desk.menu() if master_of(user) else keyboards.menu()


def welcome_of(user: User) -> str:
    """The words above the menu."""
    master = master_of(user)
    return texts.welcome(master) if master else welcome(user)

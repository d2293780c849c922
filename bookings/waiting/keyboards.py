"""Buttons about the waiting list."""

import datetime as dt
from collections.abc import Sequence

from aiogram.types import InlineKeyboardMarkup

from accounts.keyboards import button, keyboard, way_back
from bookings import texts as words
from bookings.callbacks import ChooseDay, MyBookings
from bookings.keyboards import DAYS_A_ROW, DAYS_A_SCREEN, in_rows
from bookings.models import WaitlistEntry
from bookings.waiting import texts
from bookings.waiting.callbacks import ChooseFullDay, Join, Leave


def days(choice: ChooseFullDay, dates: Sequence[dt.date]) -> InlineKeyboardMarkup:
    """A page of the days on which everything is taken."""
    services, master, page = choice.services, choice.master, choice.page
    first = page * DAYS_A_SCREEN
    buttons = [
        button(words.day(date), Join(services=services, master=master, day=date.toordinal()))
        for date in dates[first : first + DAYS_A_SCREEN]
    ]
    later = choice.model_copy(update={"page": page + 1})
    back = ChooseDay(services=services, master=master)
    return keyboard(
        *in_rows(buttons, DAYS_A_ROW),
        [button(words.button_later_days(), later)] if first + DAYS_A_SCREEN < len(dates) else [],
        way_back(choice.model_copy(update={"page": page - 1}) if page else back),
    )


def joined(entry: WaitlistEntry) -> InlineKeyboardMarkup:
    return keyboard([button(texts.button_leave(), Leave(entry=entry.pk))], way_back(MyBookings()))

"""Buttons about the waiting list."""

import datetime as dt
from collections.abc import Sequence

from aiogram.types import InlineKeyboardMarkup

from accounts.keyboards import button, keyboard, way_back
from bookings import texts as words
from bookings.callbacks import ChooseDay, MyBookings
from bookings.keyboards import DAYS_A_ROW, DAYS_A_SCREEN, in_rows
from bookings.models import Service, WaitlistEntry
from bookings.waiting import texts
from bookings.waiting.callbacks import ChooseFullDay, Join, Leave


def days(service: Service, master_id: int, dates: Sequence[dt.date], *, page: int) -> InlineKeyboardMarkup:
    first = page * DAYS_A_SCREEN
    buttons = [
        button(words.day(date), Join(service=service.pk, master=master_id, day=date.toordinal()))
        for date in dates[first : first + DAYS_A_SCREEN]
    ]
    later = ChooseFullDay(service=service.pk, master=master_id, page=page + 1)
    back = ChooseDay(service=service.pk, master=master_id)
    return keyboard(
        *in_rows(buttons, DAYS_A_ROW),
        [button(words.button_later_days(), later)] if first + DAYS_A_SCREEN < len(dates) else [],
        way_back(ChooseFullDay(service=service.pk, master=master_id, page=page - 1) if page else back),
    )


def joined(entry: WaitlistEntry) -> InlineKeyboardMarkup:
    return keyboard([button(texts.button_leave(), Leave(entry=entry.pk))], way_back(MyBookings()))

"""Buttons about past visits."""

import datetime as dt
from collections.abc import Iterable

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardMarkup

from accounts.keyboards import button, keyboard, way_back
from bookings.callbacks import MyBookings
from bookings.models import Booking
from bookings.past import texts
from bookings.past.callbacks import PastVisit, PastVisits


def past_visits(visits: Iterable[Booking], *, page: int, more: bool, now: dt.datetime) -> InlineKeyboardMarkup:
    """A button to each visit of the page; `more` leads to the one before it in time."""
    rows = [
        [button(texts.button_past_visit(visit, now=now), PastVisit(booking=visit.pk, page=page))] for visit in visits
    ]
    back: CallbackData = PastVisits(page=page - 1) if page else MyBookings()
    earlier = [button(texts.button_earlier_visits(), PastVisits(page=page + 1))] if more else []
    return keyboard(*rows, earlier, way_back(back))

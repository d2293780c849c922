"""Buttons about moving a visit."""

import datetime as dt
from collections.abc import Iterable, Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardMarkup

from accounts.keyboards import button, keyboard, way_back
from bookings import texts
from bookings.callbacks import Card
from bookings.keyboards import DAYS_A_ROW, DAYS_A_SCREEN, TIMES_A_ROW, in_rows
from bookings.models import Booking
from bookings.moving.callbacks import AskMove, ChooseNewDay, ChooseNewTime, Move
from schedules.calendar import local_day, to_minute


def days(booking: Booking, dates: Sequence[dt.date], *, page: int) -> InlineKeyboardMarkup:
    first = page * DAYS_A_SCREEN
    buttons = [
        button(texts.day(date), ChooseNewTime(booking=booking.pk, day=date.toordinal()))
        for date in dates[first : first + DAYS_A_SCREEN]
    ]
    later = button(texts.button_later_days(), ChooseNewDay(booking=booking.pk, page=page + 1))
    back: CallbackData = ChooseNewDay(booking=booking.pk, page=page - 1) if page else Card(booking=booking.pk)
    more = first + DAYS_A_SCREEN < len(dates)
    return keyboard(*in_rows(buttons, DAYS_A_ROW), [later] if more else [], way_back(back))


def times(booking: Booking, moments: Iterable[dt.datetime]) -> InlineKeyboardMarkup:
    buttons = [button(texts.time(moment), AskMove(booking=booking.pk, minute=to_minute(moment))) for moment in moments]
    return keyboard(*in_rows(buttons, TIMES_A_ROW), way_back(ChooseNewDay(booking=booking.pk)))


def ask(booking: Booking, starts_at: dt.datetime) -> InlineKeyboardMarkup:
    move = Move(booking=booking.pk, minute=to_minute(starts_at))
    back = ChooseNewTime(booking=booking.pk, day=local_day(starts_at).toordinal())
    return keyboard([button(texts.button_confirm(), move)], way_back(back))

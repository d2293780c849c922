"""Buttons about bookings."""

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardMarkup

from accounts.keyboards import Row, button, help_and_language, keyboard, way_back
from bookings import texts
from bookings.callbacks import (
    AskCancel,
    Cancel,
    Card,
    ChooseDay,
    ChooseMaster,
    ChooseService,
    ChooseTime,
    Confirm,
    MyBookings,
    Summary,
)
from bookings.models import Booking, NotificationKind, Service
from bookings.selectors import ANY_MASTER, OfferTerms
from schedules.calendar import to_minute

DAYS_A_ROW = 2
TIMES_A_ROW = 4
DAYS_A_SCREEN = 14


def menu() -> InlineKeyboardMarkup:
    return keyboard(
        [button(texts.button_book(), ChooseService())],
        [button(texts.button_my_bookings(), MyBookings())],
        help_and_language(),
    )


def services(offered: Iterable[Service]) -> InlineKeyboardMarkup:
    rows = [[button(texts.button_service(service), ChooseMaster(service=service.pk))] for service in offered]
    return keyboard(*rows, way_back())


def masters(service: Service, offers: Sequence[OfferTerms], *, back: CallbackData | None) -> InlineKeyboardMarkup:
    rows = [
        [button(texts.button_master(terms), ChooseDay(service=service.pk, master=terms.master_id))] for terms in offers
    ]
    pool = [button(texts.button_any_master(), ChooseDay(service=service.pk, master=ANY_MASTER))]
    return keyboard(pool, *rows, way_back(back))


def days(
    service: Service, master_id: int, dates: Sequence[dt.date], *, page: int, back: CallbackData | None
) -> InlineKeyboardMarkup:
    first = page * DAYS_A_SCREEN
    buttons = [
        button(texts.day(date), ChooseTime(service=service.pk, master=master_id, day=date.toordinal()))
        for date in dates[first : first + DAYS_A_SCREEN]
    ]
    more = first + DAYS_A_SCREEN < len(dates)
    later = ChooseDay(service=service.pk, master=master_id, page=page + 1)
    return keyboard(
        *_rows(buttons, DAYS_A_ROW),
        [button(texts.button_later_days(), later)] if more else [],
        way_back(back),
    )


def times(service: Service, master_id: int, moments: Iterable[dt.datetime]) -> InlineKeyboardMarkup:
    buttons = [
        button(texts.time(moment), Summary(service=service.pk, master=master_id, minute=to_minute(moment)))
        for moment in moments
    ]
    return keyboard(*_rows(buttons, TIMES_A_ROW), way_back(ChooseDay(service=service.pk, master=master_id)))


def summary(
    service: Service, terms: OfferTerms, starts_at: dt.datetime, *, pool: bool, back: CallbackData
) -> InlineKeyboardMarkup:
    confirm = Confirm(
        service=service.pk,
        master=terms.master_id,
        minute=to_minute(starts_at),
        key=secrets.token_urlsafe(6),
        pool=pool,
    )
    return keyboard([button(texts.button_confirm(), confirm)], way_back(back))


def card(booking: Booking, *, can_cancel: bool) -> InlineKeyboardMarkup:
    cancel = [button(texts.button_cancel(), AskCancel(booking=booking.pk))] if can_cancel else []
    return keyboard(cancel, way_back(MyBookings()))


def ask_cancel(booking: Booking) -> InlineKeyboardMarkup:
    return keyboard(
        [button(texts.button_cancel(), Cancel(booking=booking.pk))],
        [button(texts.button_keep(), Card(booking=booking.pk))],
        way_back(),
    )


def my_bookings(active: Booking | None) -> InlineKeyboardMarkup:
    if active is None:
        return keyboard([button(texts.button_book(), ChooseService())], way_back())
    return keyboard([button(texts.button_cancel(), AskCancel(booking=active.pk))], way_back())


def notification(kind: str) -> InlineKeyboardMarkup:
    if kind == NotificationKind.CLIENT_CONFIRMED:
        return keyboard([button(texts.button_my_bookings(), MyBookings())])
    if kind == NotificationKind.CLIENT_CANCELLED:
        return keyboard([button(texts.button_book(), ChooseService())])
    return keyboard(way_back())


def _rows(buttons: Row, width: int) -> list[Row]:
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]

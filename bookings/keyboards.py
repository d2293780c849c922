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
    Come,
    Confirm,
    MyBookings,
    Summary,
)
from bookings.models import Booking, Service, WaitlistEntry
from bookings.moving.callbacks import ChooseNewDay
from bookings.selectors import ANY_MASTER, OfferTerms
from bookings.waiting import texts as waiting
from bookings.waiting.callbacks import ChooseFullDay, Join, Leave
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
    service: Service,
    master_id: int,
    dates: Sequence[dt.date],
    *,
    page: int,
    back: CallbackData | None,
    some_full: bool,
) -> InlineKeyboardMarkup:
    """A page of the days; `some_full` offers those on which everything is taken, too."""
    first = page * DAYS_A_SCREEN
    buttons = [
        button(texts.day(date), ChooseTime(service=service.pk, master=master_id, day=date.toordinal()))
        for date in dates[first : first + DAYS_A_SCREEN]
    ]
    more = first + DAYS_A_SCREEN < len(dates)
    later = ChooseDay(service=service.pk, master=master_id, page=page + 1)
    tell_me = button(waiting.button_tell_me(), ChooseFullDay(service=service.pk, master=master_id))
    return keyboard(
        *in_rows(buttons, DAYS_A_ROW),
        [button(texts.button_later_days(), later)] if more else [],
        [tell_me] if some_full else [],
        way_back(back),
    )


def times(
    service: Service, master_id: int, moments: Iterable[dt.datetime], *, wait_for: dt.date | None = None
) -> InlineKeyboardMarkup:
    """The times; `wait_for` is a day that has none, but may get some."""
    buttons = [
        button(texts.time(moment), Summary(service=service.pk, master=master_id, minute=to_minute(moment)))
        for moment in moments
    ]
    wait: Row = []
    if wait_for:
        join = Join(service=service.pk, master=master_id, day=wait_for.toordinal())
        wait = [button(waiting.button_tell_me(), join)]
    back = way_back(ChooseDay(service=service.pk, master=master_id))
    return keyboard(*in_rows(buttons, TIMES_A_ROW), wait, back)


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


def card(booking: Booking, *, can_change: bool, can_come: bool) -> InlineKeyboardMarkup:
    come = [button(texts.button_come(), Come(booking=booking.pk))] if can_come else []
    return keyboard(come, _change(booking) if can_change else [], way_back(MyBookings()))


def ask_cancel(booking: Booking) -> InlineKeyboardMarkup:
    return keyboard(
        [button(texts.button_cancel(), Cancel(booking=booking.pk))],
        [button(texts.button_keep(), Card(booking=booking.pk))],
        way_back(),
    )


def my_bookings(
    upcoming: Sequence[Booking], waits: Iterable[WaitlistEntry], *, now: dt.datetime
) -> InlineKeyboardMarkup:
    """What can be done with the only visit before it begins; of several, each opens its card."""
    if not upcoming:
        visits = [[button(texts.button_book(), ChooseService())]]
    elif len(upcoming) == 1 and upcoming[0].starts_at > now:
        visits = [_change(upcoming[0])]
    else:
        visits = [[button(texts.button_visit(booking), Card(booking=booking.pk))] for booking in upcoming]
    leave = [[button(waiting.button_leave_day(entry), Leave(entry=entry.pk))] for entry in waits]
    return keyboard(*visits, *leave, way_back())


def in_rows(buttons: Row, width: int) -> list[Row]:
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


def _change(booking: Booking) -> Row:
    return [
        button(texts.button_move(), ChooseNewDay(booking=booking.pk)),
        button(texts.button_cancel(), AskCancel(booking=booking.pk)),
    ]

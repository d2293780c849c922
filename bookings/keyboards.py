"""Buttons about bookings."""

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardMarkup

from accounts.keyboards import Row, button, help_and_language, keyboard, way_back
from bookings import texts
from bookings.calendars import keyboards as calendars
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
    pack_services,
)
from bookings.models import Booking, Service, WaitlistEntry
from bookings.moving.callbacks import ChooseNewDay
from bookings.past import texts as history
from bookings.past.callbacks import BookAgain, PastVisits
from bookings.selectors import ANY_MASTER, OfferTerms
from bookings.several import texts as ticks
from bookings.several.callbacks import ChooseSeveral
from bookings.waiting import texts as waiting
from bookings.waiting.callbacks import ChooseFullDay, Join, Leave
from schedules.calendar import local_day, to_minute

DAYS_A_ROW = 2
TIMES_A_ROW = 4
DAYS_A_SCREEN = 14


def menu() -> InlineKeyboardMarkup:
    return keyboard(
        [button(texts.button_book(), ChooseService())],
        [button(texts.button_my_bookings(), MyBookings())],
        help_and_language(),
    )


def services(offered: Iterable[Service], *, several: bool) -> InlineKeyboardMarkup:
    """The services, one of which will do; `several` offers the choice of more."""
    rows = [
        [button(texts.button_service(service), ChooseMaster(services=pack_services([service.pk])))]
        for service in offered
    ]
    return keyboard(*rows, [button(ticks.button_several(), ChooseSeveral())] if several else [], way_back())


def masters(services: str, offers: Sequence[OfferTerms], *, back: CallbackData | None) -> InlineKeyboardMarkup:
    """The masters who do the (packed) services, and any of them."""
    rows = [
        [button(texts.button_master(terms), ChooseDay(services=services, master=terms.master_id))] for terms in offers
    ]
    pool = [button(texts.button_any_master(), ChooseDay(services=services, master=ANY_MASTER))]
    return keyboard(pool, *rows, way_back(back))


def days(
    choice: ChooseDay, dates: Sequence[dt.date], *, back: CallbackData | None, some_full: bool
) -> InlineKeyboardMarkup:
    """A page of the days; `some_full` offers those on which everything is taken, too."""
    services, master, first = choice.services, choice.master, choice.page * DAYS_A_SCREEN
    buttons = [
        button(texts.day(date), ChooseTime(services=services, master=master, day=date.toordinal()))
        for date in dates[first : first + DAYS_A_SCREEN]
    ]
    more = first + DAYS_A_SCREEN < len(dates)
    return keyboard(
        *in_rows(buttons, DAYS_A_ROW),
        [button(texts.button_later_days(), choice.model_copy(update={"page": choice.page + 1}))] if more else [],
        [button(waiting.button_tell_me(), ChooseFullDay(services=services, master=master))] if some_full else [],
        way_back(back),
    )


def times(
    services: str, master_id: int, moments: Iterable[dt.datetime], *, wait_for: dt.date | None = None
) -> InlineKeyboardMarkup:
    """The times for the (packed) services; `wait_for` is a day that has none, but may get some."""
    buttons = [
        button(texts.time(moment), Summary(services=services, master=master_id, minute=to_minute(moment)))
        for moment in moments
    ]
    wait: Row = []
    if wait_for:
        join = Join(services=services, master=master_id, day=wait_for.toordinal())
        wait = [button(waiting.button_tell_me(), join)]
    back = way_back(ChooseDay(services=services, master=master_id))
    return keyboard(*in_rows(buttons, TIMES_A_ROW), wait, back)


def summary(choice: Summary, master_id: int) -> InlineKeyboardMarkup:
    """Yes to the choice, with the master who was picked for it; or back to the day's times."""
    confirm = Confirm(
        services=choice.services,
        master=master_id,
        minute=choice.minute,
        key=secrets.token_urlsafe(4),
        pool=choice.master == ANY_MASTER,
    )
    day = local_day(choice.starts_at).toordinal()
    back = ChooseTime(services=choice.services, master=choice.master, day=day)
    return keyboard([button(texts.button_confirm(), confirm)], way_back(back))


def card(
    booking: Booking, *, can_change: bool, can_come: bool, in_calendar: bool, again: bool, back: CallbackData
) -> InlineKeyboardMarkup:
    return keyboard(
        [button(texts.button_come(), Come(booking=booking.pk))] if can_come else [],
        _change(booking) if can_change else [],
        calendars.row(booking) if in_calendar else [],
        [button(history.button_again(), BookAgain(booking=booking.pk))] if again else [],
        way_back(back),
    )


def ask_cancel(booking: Booking) -> InlineKeyboardMarkup:
    return keyboard(
        [button(texts.button_cancel(), Cancel(booking=booking.pk))],
        [button(texts.button_keep(), Card(booking=booking.pk))],
        way_back(),
    )


def my_bookings(
    upcoming: Sequence[Booking], waits: Iterable[WaitlistEntry], *, past: bool, now: dt.datetime
) -> InlineKeyboardMarkup:
    """What can be done with the only visit before it begins; of several, each opens its card. Then the past ones."""
    if not upcoming:
        visits = [[button(texts.button_book(), ChooseService())]]
    elif len(upcoming) == 1 and upcoming[0].starts_at > now:
        visits = [_change(upcoming[0]), calendars.row(upcoming[0])]
    else:
        visits = [[button(texts.button_visit(booking), Card(booking=booking.pk))] for booking in upcoming]
    leave = [[button(waiting.button_leave_day(entry), Leave(entry=entry.pk))] for entry in waits]
    earlier = [button(history.button_past_visits(), PastVisits())] if past else []
    return keyboard(*visits, *leave, earlier, way_back())


def in_rows(buttons: Row, width: int) -> list[Row]:
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


def _change(booking: Booking) -> Row:
    return [
        button(texts.button_move(), ChooseNewDay(booking=booking.pk)),
        button(texts.button_cancel(), AskCancel(booking=booking.pk)),
    ]

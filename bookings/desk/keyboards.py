"""The desk's buttons, row by row."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from accounts.callbacks import Answer
from accounts.keyboards import Row, button, help_and_language, keyboard, way_back
from bookings.desk import callbacks, labels, off_texts, texts
from bookings.desk.selectors import DayView
from bookings.models import Booking, Service
from bookings.texts import button_later_days, button_move, day, time
from schedules.calendar import day_starts_at, to_minute
from schedules.plans import LunchHours

_DAYS_A_ROW, _DAYS_A_SCREEN = 2, 14
_TIMES_A_ROW = 4
_VISITS_A_ROW = 2
_STRETCHES = 15
_LUNCH_BEGINS = range(10, 20)
_A_DAY = dt.timedelta(days=1)


def menu() -> InlineKeyboardMarkup:
    return keyboard(
        [button(labels.schedule(), callbacks.Today()), button(labels.new_booking(), callbacks.New())],
        [button(labels.day_off(), callbacks.Off()), button(labels.lunch(), callbacks.LunchHours())],
        help_and_language(),
    )


def only_back(back: CallbackData | None = None) -> InlineKeyboardMarkup:
    return keyboard(way_back(back))


def schedule(view: DayView, *, today: dt.date) -> InlineKeyboardMarkup:
    """A button to each visit, a day back and forth, the week."""
    visits = [button(labels.visit(visit), callbacks.Visit(booking=visit.pk)) for visit in view.visits]
    before, after = view.date - _A_DAY, view.date + _A_DAY
    return keyboard(
        *rows(visits, _VISITS_A_ROW),
        [
            button(labels.earlier(before), callbacks.Day(day=before.toordinal())),
            button(labels.later(after), callbacks.Day(day=after.toordinal())),
        ],
        [
            *([button(labels.today(), callbacks.Today())] if view.date != today else []),
            button(labels.week(), callbacks.Week(day=view.date.toordinal())),
        ],
        way_back(),
    )


def week(views: Sequence[DayView]) -> InlineKeyboardMarkup:
    first = views[0].date
    days = [button(day(view.date), callbacks.Day(day=view.date.toordinal())) for view in views]
    before, after = first - 7 * _A_DAY, first + 7 * _A_DAY
    return keyboard(
        *rows(days, _DAYS_A_ROW),
        [
            button(labels.earlier(before), callbacks.Week(day=before.toordinal())),
            button(labels.later(after), callbacks.Week(day=after.toordinal())),
        ],
        way_back(callbacks.Today()),
    )


def card(visit: Booking, date: dt.date, *, can_change: bool, can_mark: bool) -> InlineKeyboardMarkup:
    return keyboard(
        [button(button_move(), callbacks.MoveDays(booking=visit.pk))] if can_change else [],
        [button(labels.cancel_with_reason(), callbacks.AskReason(booking=visit.pk))] if can_change else [],
        [button(labels.no_show(), callbacks.NoShow(booking=visit.pk, sure=False))] if can_mark else [],
        way_back(callbacks.Day(day=date.toordinal())),
    )


def ready_reasons(
    choose: Callable[[int], CallbackData], *, back: CallbackData, none: bool = False
) -> InlineKeyboardMarkup:
    """The ready-made reasons, counted from 1; 0 is none."""
    without = [button(labels.without_reason(), choose(0))] if none else []
    ready = [[button(words, choose(number))] for number, words in enumerate(texts.reasons(), start=1)]
    return keyboard(without, *ready, way_back(back))


def ask_no_show(visit: Booking) -> InlineKeyboardMarkup:
    sure = callbacks.NoShow(booking=visit.pk, sure=True)
    return keyboard([button(labels.no_show(), sure)], way_back(callbacks.Visit(booking=visit.pk)))


def services(offered: Iterable[Service]) -> InlineKeyboardMarkup:
    return keyboard(
        *([button(service.label, callbacks.NewDays(service=service.pk))] for service in offered), way_back()
    )


def without_phone(key: str) -> InlineKeyboardMarkup:
    return keyboard([button(labels.without_phone(), Answer(key=key))], way_back())


def days(
    dates: Sequence[dt.date],
    choose: Callable[[dt.date], CallbackData],
    turn: Callable[[int], CallbackData],
    *,
    page: int,
    back: CallbackData | None,
) -> InlineKeyboardMarkup:
    """A page of days; `choose` is what a day's button does, `turn` opens another page. Back turns the pages back."""
    first = page * _DAYS_A_SCREEN
    buttons = [button(day(date), choose(date)) for date in dates[first : first + _DAYS_A_SCREEN]]
    more = first + _DAYS_A_SCREEN < len(dates)
    return keyboard(
        *rows(buttons, _DAYS_A_ROW),
        [button(button_later_days(), turn(page + 1))] if more else [],
        way_back(turn(page - 1) if page else back),
    )


def times(
    moments: Iterable[dt.datetime], choose: Callable[[int], CallbackData], *, back: CallbackData
) -> InlineKeyboardMarkup:
    """The moments as times of day; `choose` is what the button of a minute does."""
    buttons = [button(time(moment), choose(to_minute(moment))) for moment in moments]
    return keyboard(*rows(buttons, _TIMES_A_ROW), way_back(back))


def time_off(stretches: Sequence[off_texts.Stretch]) -> InlineKeyboardMarkup:
    """What can be taken, and what there is, to be taken back."""
    taken = [
        [button(labels.take_back(*each), callbacks.OffBack(begins=to_minute(each[0]), ends=to_minute(each[1])))]
        for each in stretches[:_STRETCHES]
    ]
    return keyboard(
        [button(labels.whole_day(), callbacks.OffDays(kind="day"))],
        [button(labels.several_days(), callbacks.OffDays(kind="span"))],
        [button(labels.part_of_a_day(), callbacks.OffDays(kind="part"))],
        *taken,
        way_back(),
    )


def in_the_way(begins: int, ends: int) -> InlineKeyboardMarkup:
    return keyboard(
        [button(labels.cancel_all(), callbacks.OffAskCancel(begins=begins, ends=ends))],
        [button(labels.offer_other_times(), callbacks.OffMove(begins=begins, ends=ends))],
        way_back(callbacks.Off()),
    )


def lunch(chosen: LunchHours, date: dt.date | None) -> InlineKeyboardMarkup:
    """The hours at which lunch can begin, the present one ticked."""
    ordinal = date.toordinal() if date else 0
    choices = [callbacks.SetLunch(day=ordinal, hour=hour) for hour in (*_LUNCH_BEGINS, callbacks.NO_LUNCH)]
    *hours, none = [
        button(labels.ticked(labels.lunch_at(choice.lunch), chosen=choice.lunch == chosen), choice)
        for choice in choices
    ]
    return keyboard(
        *rows(hours, _TIMES_A_ROW),
        [none],
        [button(labels.one_day_only(), callbacks.LunchDays())] if date is None else [],
        way_back(callbacks.LunchDays() if date else None),
    )


def rows(buttons: Row | list[InlineKeyboardButton], width: int) -> list[Row]:
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


def whole_days(first: dt.date, last: dt.date) -> tuple[int, int]:
    """The minutes at which the days begin and end."""
    return to_minute(day_starts_at(first)), to_minute(day_starts_at(last + _A_DAY))

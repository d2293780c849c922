"""The desk's buttons, row by row."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from accounts.callbacks import Answer
from accounts.keyboards import Row, button, help_and_language, keyboard, way_back
from bookings.callbacks import MOST_SERVICES, pack_services
from bookings.desk import callbacks, labels, off_texts, texts
from bookings.desk.seats import Desk
from bookings.desk.selectors import DayView
from bookings.inviting import texts as inviting
from bookings.inviting.callbacks import Invite
from bookings.models import Booking, Service
from bookings.several import texts as words
from bookings.texts import button_later_days, button_move, day, time
from schedules.calendar import day_starts_at, to_minute
from schedules.plans import LunchHours

_DAYS_A_ROW, _DAYS_A_SCREEN = 2, 14
_TIMES_A_ROW = 4
_VISITS_A_ROW = 2
_STRETCHES = 15
_LUNCH_BEGINS = range(10, 20)
_A_DAY = dt.timedelta(days=1)


def menu(*, is_staff: bool = False) -> InlineKeyboardMarkup:
    return keyboard(
        [button(labels.schedule(), callbacks.Today()), button(labels.new_booking(), callbacks.New())],
        [button(labels.day_off(), callbacks.Off()), button(labels.lunch(), callbacks.LunchHours())],
        [button(inviting.button_invite(), Invite())] if is_staff else [],
        help_and_language(),
    )


def only_back(back: CallbackData | None = None) -> InlineKeyboardMarkup:
    return keyboard(way_back(back))


def schedule(desk: Desk, view: DayView, *, today: dt.date, ways: Sequence[Row]) -> InlineKeyboardMarkup:
    """A button to each visit, a day back and forth, the week; `ways` lead out."""
    visits = [button(labels.visit(visit), callbacks.Visit(booking=visit.pk)) for visit in view.visits]
    this_day = [button(labels.today(), callbacks.Today(master=desk.master.pk))] if view.date != today else []
    this_week = callbacks.Week(master=desk.master.pk, day=view.date.toordinal())
    return keyboard(
        *rows(visits, _VISITS_A_ROW),
        _earlier_and_later(callbacks.Day, desk, view.date, _A_DAY),
        [*this_day, button(labels.week(), this_week)],
        *ways,
    )


def week(desk: Desk, views: Sequence[DayView]) -> InlineKeyboardMarkup:
    master_id = desk.master.pk
    days = [button(day(view.date), callbacks.Day(master=master_id, day=view.date.toordinal())) for view in views]
    return keyboard(
        *rows(days, _DAYS_A_ROW),
        _earlier_and_later(callbacks.Week, desk, views[0].date, 7 * _A_DAY),
        way_back(callbacks.Today(master=master_id)),
    )


def _earlier_and_later(
    opens: type[callbacks.Day] | type[callbacks.Week], desk: Desk, date: dt.date, step: dt.timedelta
) -> Row:
    before, after = date - step, date + step
    return [
        button(labels.earlier(before), opens(master=desk.master.pk, day=before.toordinal())),
        button(labels.later(after), opens(master=desk.master.pk, day=after.toordinal())),
    ]


def card(visit: Booking, date: dt.date, *, can_change: bool, can_mark: bool) -> InlineKeyboardMarkup:
    return keyboard(
        [button(button_move(), callbacks.MoveDays(booking=visit.pk))] if can_change else [],
        [button(labels.cancel_with_reason(), callbacks.AskReason(booking=visit.pk))] if can_change else [],
        [button(labels.no_show(), callbacks.NoShow(booking=visit.pk, sure=False))] if can_mark else [],
        way_back(callbacks.Day(master=visit.master_id, day=date.toordinal())),
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


def services(desk: Desk, offered: Sequence[Service], *, ways: Sequence[Row]) -> InlineKeyboardMarkup:
    """One tap goes on with one service; or several are ticked."""
    master_id = desk.master.pk
    each = [
        [button(service.label, callbacks.NewDays(services=pack_services([service.pk]), master=master_id))]
        for service in offered
    ]
    several = button(words.button_several(), callbacks.NewSeveral(master=master_id))
    return keyboard(*each, [several] if len(offered) > 1 else [], *ways)


def several(desk: Desk, offered: Sequence[Service], ticked: Sequence[int]) -> InlineKeyboardMarkup:
    """A tap ticks a service, another takes the tick away; with as many as a visit holds, only those are there."""
    master_id = desk.master.pk

    def toggled(service_id: int) -> callbacks.NewSeveral:
        wanted = {*ticked} ^ {service_id}
        packed = pack_services(each.pk for each in offered if each.pk in wanted)
        return callbacks.NewSeveral(master=master_id, services=packed)

    choices = [
        [button(words.button_tick(service, ticked=service.pk in ticked), toggled(service.pk))]
        for service in offered
        if service.pk in ticked or len(ticked) < MOST_SERVICES
    ]
    onward = callbacks.NewDays(services=pack_services(ticked), master=master_id) if ticked else None
    return keyboard(
        *choices,
        [button(words.button_next(), onward)] if onward else [],
        way_back(callbacks.New(master=master_id)),
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


def time_off(desk: Desk, stretches: Sequence[off_texts.Stretch], *, ways: Sequence[Row]) -> InlineKeyboardMarkup:
    """What can be taken, and what there is, to be taken back."""
    master_id = desk.master.pk
    taken = [
        [
            button(
                labels.take_back(begins, ends),
                callbacks.OffBack(master=master_id, begins=to_minute(begins), ends=to_minute(ends)),
            )
        ]
        for begins, ends in stretches[:_STRETCHES]
    ]
    return keyboard(
        [button(labels.whole_day(), callbacks.OffDays(master=master_id, kind="day"))],
        [button(labels.several_days(), callbacks.OffDays(master=master_id, kind="span"))],
        [button(labels.part_of_a_day(), callbacks.OffDays(master=master_id, kind="part"))],
        *taken,
        *ways,
    )


def in_the_way(stretch: callbacks.Stretch) -> InlineKeyboardMarkup:
    bounds = stretch.model_dump()
    return keyboard(
        [button(labels.cancel_all(), callbacks.OffAskCancel(**bounds))],
        [button(labels.offer_other_times(), callbacks.OffMove(**bounds))],
        way_back(callbacks.Off(master=stretch.master)),
    )


def lunch(desk: Desk, chosen: LunchHours, date: dt.date | None, *, ways: Sequence[Row]) -> InlineKeyboardMarkup:
    """The hours at which lunch can begin, the present one ticked; `ways` lead out of the choice for all days."""
    ordinal, days = date.toordinal() if date else 0, callbacks.LunchDays(master=desk.master.pk)
    choices = [
        callbacks.SetLunch(master=desk.master.pk, day=ordinal, hour=hour)
        for hour in (*_LUNCH_BEGINS, callbacks.NO_LUNCH)
    ]
    *hours, none = [
        button(labels.ticked(labels.lunch_at(choice.lunch), chosen=choice.lunch == chosen), choice)
        for choice in choices
    ]
    onward = [way_back(days)] if date else [[button(labels.one_day_only(), days)], *ways]
    return keyboard(*rows(hours, _TIMES_A_ROW), [none], *onward)


def rows(buttons: Row | list[InlineKeyboardButton], width: int) -> list[Row]:
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


def whole_days(first: dt.date, last: dt.date) -> tuple[int, int]:
    """The minutes at which the days begin and end."""
    return to_minute(day_starts_at(first)), to_minute(day_starts_at(last + _A_DAY))

"""Screens of time off: a day, several, or a part of one; what becomes of the bookings in the way. In a thread."""

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone

from accounts.expectations import expect_input
from accounts.models import ExpectedInput
from accounts.screens import Screen
from bookings import services
from bookings import texts as shared
from bookings.desk import callbacks, keyboards, off_texts, selectors, texts
from bookings.desk.access import Desk
from bookings.errors import BookingsInTheWay, NoTimeOff, NoTimeToOffer, ReasonRequired, ReasonTooLong
from bookings.models import Booking
from bookings.services import Conflicts
from schedules.calendar import from_minute, to_minute

OFF_REASON, OFF_CANCEL = "off_reason", "off_cancel"
_AHEAD_DAYS = 364
_HOUR = 60
_TOO_LONG_OR_NONE = (ReasonRequired, ReasonTooLong)


def overview(desk: Desk, *, note: str = "") -> Screen:
    stretches = selectors.time_off_to_come(desk.master, now=timezone.now())
    return Screen(shared.paragraphs(note, off_texts.time_off(stretches)), keyboards.time_off(stretches))


def choose_day(desk: Desk, choice: callbacks.OffDays) -> Screen:
    """The working days to come; for the last day of several, those from the first one on."""
    first = dt.date.fromordinal(choice.first) if choice.first else None
    dates = selectors.working_days(desk.master, now=timezone.now(), count_days=_AHEAD_DAYS)
    dates = [date for date in dates if first is None or date >= first]
    if not dates:
        return Screen(off_texts.no_working_days(), keyboards.only_back(callbacks.Off()))
    board = keyboards.days(
        dates,
        lambda date: _after_day(choice, first, date),
        lambda page: callbacks.OffDays(kind=choice.kind, first=choice.first, page=page),
        page=choice.page,
        back=callbacks.OffDays(kind="span") if first else callbacks.Off(),
    )
    return Screen(off_texts.ask_off_day(choice.kind, first), board)


def choose_hours(desk: Desk, choice: callbacks.OffHours) -> Screen:
    """From when, and then until when, hour by hour of the day's shifts."""
    date = dt.date.fromordinal(choice.day)
    bounds = selectors.hours_of(desk.master, date)
    back = callbacks.OffHours(day=choice.day) if choice.begins else callbacks.OffDays(kind="part")
    if bounds is None:
        return Screen(off_texts.no_working_days(), keyboards.only_back(back))
    opens, closes = bounds
    if choice.begins:
        ends = [*range(choice.begins + _HOUR, closes, _HOUR), closes] if choice.begins < closes else []
        moments = [from_minute(minute) for minute in ends]
        board = keyboards.times(moments, lambda minute: _stretch_until(choice.begins, minute), back=back)
        return Screen(off_texts.ask_off_hour(date, from_minute(choice.begins)), board)
    to_come = [minute for minute in range(opens, closes, _HOUR) if minute + _HOUR > to_minute(timezone.now())]
    board = keyboards.times(
        [from_minute(minute) for minute in to_come],
        lambda minute: callbacks.OffHours(day=choice.day, begins=minute),
        back=back,
    )
    return Screen(off_texts.ask_off_hour(date, None), board)


def ask(desk: Desk, choice: callbacks.OffAsk) -> Screen:
    """Open the question why; when there are bookings in the way, ask what becomes of them first."""
    if _in_the_way(desk, choice):
        return _ask_conflicts(desk, choice)
    return _ask_reason(desk, choice)


def take(desk: Desk, choice: callbacks.OffTake) -> Screen:
    """Take the time off for a ready-made reason, or for none."""
    return _take(desk, choice, reason=_ready(choice.reason))


def take_with_words(desk: Desk, words: str | None, question: ExpectedInput) -> Screen:
    """Take the time off for the reason that was typed."""
    stretch = _stretch_of(question)
    if words is None:
        return _ask_reason(desk, stretch, note=texts.only_words())
    try:
        return _take(desk, stretch, reason=words)
    except _TOO_LONG_OR_NONE as error:
        return _ask_reason(desk, stretch, note=shared.refusal(error))


def ask_cancel(desk: Desk, choice: callbacks.OffAskCancel) -> Screen:
    """Open the question for which reason the bookings in the way are cancelled."""
    return _ask_cancel(desk, choice)


def cancel_all(desk: Desk, choice: callbacks.OffCancel) -> Screen:
    """Take the time off and cancel what is in the way for a ready-made reason."""
    return _cancel_all(desk, choice, _ready(choice.reason))


def cancel_all_with_words(desk: Desk, words: str | None, question: ExpectedInput) -> Screen:
    """The same for the reason that was typed; without a good one the question stays open."""
    stretch = _stretch_of(question)
    if words is None:
        return _ask_cancel(desk, stretch, note=texts.only_words())
    return _cancel_all(desk, stretch, words)


def move_all(desk: Desk, choice: callbacks.OffMove) -> Screen:
    """Take the time off and offer other times to those in the way; a second tap asks nobody again."""
    visits = _in_the_way(desk, choice)
    if selectors.are_asked_to_move(visits, choice.starts_at, choice.ends_at, now=timezone.now()):
        return overview(desk, note=off_texts.asked_already())
    try:
        return _take(desk, choice, reason="", conflicts=Conflicts.MOVE)
    except NoTimeToOffer as error:
        return _ask_conflicts(desk, choice, note=shared.refusal(error))


def take_back(desk: Desk, choice: callbacks.OffBack) -> Screen:
    """Work after all; when it was taken back already, show what there is."""
    try:
        services.take_back_time_off(
            master_id=desk.master.pk,
            starts_at=choice.starts_at,
            ends_at=choice.ends_at,
            by=desk.by,
            now=timezone.now(),
        )
    except NoTimeOff as error:
        return overview(desk, note=shared.refusal(error))
    return overview(desk, note=off_texts.off_taken_back(choice.starts_at, choice.ends_at))


def _after_day(
    choice: callbacks.OffDays, first: dt.date | None, date: dt.date
) -> callbacks.OffAsk | callbacks.OffDays | callbacks.OffHours:
    """Where a day's button leads."""
    if choice.kind == "part":
        return callbacks.OffHours(day=date.toordinal())
    if choice.kind == "span" and first is None:
        return callbacks.OffDays(kind="span", first=date.toordinal())
    begins, ends = keyboards.whole_days(first or date, date)
    return callbacks.OffAsk(begins=begins, ends=ends)


def _stretch_until(begins: int, ends: int) -> callbacks.OffAsk:
    return callbacks.OffAsk(begins=begins, ends=ends)


def _stretch_of(question: ExpectedInput) -> callbacks.Stretch:
    return callbacks.Stretch(begins=question.data["begins"], ends=question.data["ends"])


def _in_the_way(desk: Desk, stretch: callbacks.Stretch) -> list[Booking]:
    return selectors.visits_between(desk.master, stretch.starts_at, stretch.ends_at, now=timezone.now())


def _ready(number: int) -> str:
    """A ready-made reason, counted from 1; 0 is none."""
    reasons = texts.reasons()
    return reasons[number - 1] if 1 <= number <= len(reasons) else ""


def _ask_reason(desk: Desk, stretch: callbacks.Stretch, *, note: str = "") -> Screen:
    _expect(desk, OFF_REASON, stretch)
    board = keyboards.ready_reasons(
        lambda number: callbacks.OffTake(begins=stretch.begins, ends=stretch.ends, reason=number),
        back=callbacks.Off(),
        none=True,
    )
    return Screen(shared.paragraphs(note, off_texts.ask_off_reason(stretch.starts_at, stretch.ends_at)), board)


def _ask_conflicts(desk: Desk, stretch: callbacks.Stretch, *, visits: Sequence[Booking] = (), note: str = "") -> Screen:
    words = off_texts.in_the_way(visits or _in_the_way(desk, stretch), stretch.starts_at, stretch.ends_at)
    return Screen(shared.paragraphs(note, words), keyboards.in_the_way(stretch.begins, stretch.ends))


def _ask_cancel(desk: Desk, stretch: callbacks.Stretch, *, note: str = "") -> Screen:
    _expect(desk, OFF_CANCEL, stretch)
    board = keyboards.ready_reasons(
        lambda number: callbacks.OffCancel(begins=stretch.begins, ends=stretch.ends, reason=number),
        back=callbacks.OffAsk(begins=stretch.begins, ends=stretch.ends),
    )
    return Screen(shared.paragraphs(note, off_texts.ask_off_cancel(_in_the_way(desk, stretch))), board)


def _expect(desk: Desk, step: str, stretch: callbacks.Stretch) -> None:
    data = {"begins": stretch.begins, "ends": stretch.ends}
    expect_input(user_id=desk.user.pk, step=step, data=data, now=timezone.now())


def _cancel_all(desk: Desk, stretch: callbacks.Stretch, reason: str) -> Screen:
    """One reason for both: why there is no time, and why the visits are off."""
    try:
        if not reason.strip():
            raise ReasonRequired
        return _take(desk, stretch, reason=reason, conflicts=Conflicts.CANCEL)
    except _TOO_LONG_OR_NONE as error:
        return _ask_cancel(desk, stretch, note=shared.refusal(error))


def _take(desk: Desk, stretch: callbacks.Stretch, *, reason: str, conflicts: Conflicts = Conflicts.STEP_BACK) -> Screen:
    """Take it, and show what was done; bookings that were made meanwhile are shown first."""
    try:
        result = services.take_time_off(
            master_id=desk.master.pk,
            starts_at=stretch.starts_at,
            ends_at=stretch.ends_at,
            reason=reason,
            by=desk.by,
            now=timezone.now(),
            conflicts=conflicts,
            cancel_reason=reason if conflicts == Conflicts.CANCEL else "",
        )
    except BookingsInTheWay as error:
        return _ask_conflicts(desk, stretch, visits=error.bookings, note=shared.refusal(error))
    words = off_texts.off_taken(stretch.starts_at, stretch.ends_at, result)
    return Screen(words, keyboards.only_back(callbacks.Off()))

"""Screens of time off: a day, several, or a part of one; what becomes of the bookings in the way. In a thread."""

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone

from accounts.expectations import expect_input
from accounts.models import ExpectedInput
from accounts.screens import Screen
from bookings import services
from bookings import texts as shared
from bookings.desk import callbacks, choice, keyboards, off_texts, selectors, texts
from bookings.desk.seats import Desk
from bookings.errors import BookingsInTheWay, NoTimeOff, NoTimeToOffer, ReasonRequired, ReasonTooLong
from bookings.models import Booking
from bookings.services import Conflicts
from schedules.calendar import from_minute, to_minute

OFF_REASON, OFF_CANCEL = "off_reason", "off_cancel"
_AHEAD_DAYS = 364
_HOUR = 60
_TOO_LONG_OR_NONE = (ReasonRequired, ReasonTooLong)


def overview(desk: Desk, _tapped: callbacks.Off | None = None, *, note: str = "") -> Screen:
    stretches = selectors.time_off_to_come(desk.master, now=timezone.now())
    words = shared.paragraphs(note, off_texts.time_off(stretches, own=desk.is_own))
    return Screen(words, keyboards.time_off(desk, stretches, ways=choice.ways_out(desk, "dayoff")))


def choose_day(desk: Desk, tapped: callbacks.OffDays) -> Screen:
    """The working days to come; for the last day of several, those from the first one on."""
    first = dt.date.fromordinal(tapped.first) if tapped.first else None
    dates = selectors.working_days(desk.master, now=timezone.now(), count_days=_AHEAD_DAYS)
    dates = [date for date in dates if first is None or date >= first]
    if not dates:
        return Screen(off_texts.no_working_days(own=desk.is_own), keyboards.only_back(_opening(desk)))
    board = keyboards.days(
        dates,
        lambda date: _after_day(desk, tapped, first, date),
        lambda page: tapped.model_copy(update={"master": desk.master.pk, "page": page}),
        page=tapped.page,
        back=callbacks.OffDays(master=desk.master.pk, kind="span") if first else _opening(desk),
    )
    return Screen(off_texts.ask_off_day(tapped.kind, first, own=desk.is_own), board)


def choose_hours(desk: Desk, tapped: callbacks.OffHours) -> Screen:
    """From when, and then until when, hour by hour of the day's shifts."""
    date = dt.date.fromordinal(tapped.day)
    bounds = selectors.hours_of(desk.master, date)
    back = (
        callbacks.OffHours(master=desk.master.pk, day=tapped.day)
        if tapped.begins
        else callbacks.OffDays(master=desk.master.pk, kind="part")
    )
    if bounds is None:
        return Screen(off_texts.no_working_days(own=desk.is_own), keyboards.only_back(back))
    opens, closes = bounds
    if opens <= tapped.begins < closes:
        ends = [*range(tapped.begins + _HOUR, closes, _HOUR), closes]
        moments = [from_minute(minute) for minute in ends]
        board = keyboards.times(moments, lambda minute: _asking(desk, tapped.begins, minute), back=back)
        return Screen(off_texts.ask_off_hour(date, from_minute(tapped.begins)), board)
    to_come = [minute for minute in range(opens, closes, _HOUR) if minute + _HOUR > to_minute(timezone.now())]
    board = keyboards.times(
        [from_minute(minute) for minute in to_come],
        lambda minute: callbacks.OffHours(master=desk.master.pk, day=tapped.day, begins=minute),
        back=back,
    )
    return Screen(off_texts.ask_off_hour(date, None), board)


def ask(desk: Desk, tapped: callbacks.OffAsk) -> Screen:
    """Open the question why; when there are bookings in the way, ask what becomes of them first."""
    if _in_the_way(desk, tapped):
        return _ask_conflicts(desk, tapped)
    return _ask_reason(desk, tapped)


def take(desk: Desk, tapped: callbacks.OffTake) -> Screen:
    """Take the time off for a ready-made reason, or for none."""
    return _take(desk, tapped, reason=_ready(tapped.reason))


def take_with_words(desk: Desk, question: ExpectedInput, words: str | None) -> Screen:
    """Take the time off for the reason that was typed."""
    stretch = _stretch_of(desk, question)
    if words is None:
        return _ask_reason(desk, stretch, note=texts.only_words())
    try:
        return _take(desk, stretch, reason=words)
    except _TOO_LONG_OR_NONE as error:
        return _ask_reason(desk, stretch, note=shared.refusal(error))


def ask_cancel(desk: Desk, tapped: callbacks.OffAskCancel) -> Screen:
    """Open the question for which reason the bookings in the way are cancelled."""
    return _ask_cancel(desk, tapped)


def cancel_all(desk: Desk, tapped: callbacks.OffCancel) -> Screen:
    """Take the time off and cancel what is in the way for a ready-made reason."""
    return _cancel_all(desk, tapped, _ready(tapped.reason))


def cancel_all_with_words(desk: Desk, question: ExpectedInput, words: str | None) -> Screen:
    """The same for the reason that was typed; without a good one the question stays open."""
    stretch = _stretch_of(desk, question)
    if words is None:
        return _ask_cancel(desk, stretch, note=texts.only_words())
    return _cancel_all(desk, stretch, words)


def move_all(desk: Desk, tapped: callbacks.OffMove) -> Screen:
    """Take the time off and offer other times to those in the way; a second tap asks nobody again."""
    visits = _in_the_way(desk, tapped)
    if selectors.are_asked_to_move(visits, tapped.starts_at, tapped.ends_at, now=timezone.now()):
        return overview(desk, note=off_texts.asked_already())
    try:
        return _take(desk, tapped, reason="", conflicts=Conflicts.MOVE)
    except NoTimeToOffer as error:
        return _ask_conflicts(desk, tapped, note=shared.refusal(error))


def take_back(desk: Desk, tapped: callbacks.OffBack) -> Screen:
    """Work after all; when it was taken back already, show what there is."""
    try:
        services.take_back_time_off(
            master_id=desk.master.pk,
            starts_at=tapped.starts_at,
            ends_at=tapped.ends_at,
            by=desk.by,
            now=timezone.now(),
        )
    except NoTimeOff as error:
        return overview(desk, note=shared.refusal(error))
    return overview(desk, note=off_texts.off_taken_back(tapped.starts_at, tapped.ends_at, own=desk.is_own))


def _opening(desk: Desk) -> callbacks.Off:
    return callbacks.Off(master=desk.master.pk)


def _after_day(
    desk: Desk, tapped: callbacks.OffDays, first: dt.date | None, date: dt.date
) -> callbacks.OffAsk | callbacks.OffDays | callbacks.OffHours:
    """Where a day's button leads."""
    if tapped.kind == "part":
        return callbacks.OffHours(master=desk.master.pk, day=date.toordinal())
    if tapped.kind == "span" and first is None:
        return callbacks.OffDays(master=desk.master.pk, kind="span", first=date.toordinal())
    return _asking(desk, *keyboards.whole_days(first or date, date))


def _asking(desk: Desk, begins: int, ends: int) -> callbacks.OffAsk:
    return callbacks.OffAsk(master=desk.master.pk, begins=begins, ends=ends)


def _stretch_of(desk: Desk, question: ExpectedInput) -> callbacks.Stretch:
    return callbacks.Stretch(master=desk.master.pk, begins=question.data["begins"], ends=question.data["ends"])


def _in_the_way(desk: Desk, stretch: callbacks.Stretch) -> list[Booking]:
    return selectors.visits_between(desk.master, stretch.starts_at, stretch.ends_at, now=timezone.now())


def _ready(number: int) -> str:
    """A ready-made reason, counted from 1; 0 is none."""
    reasons = texts.reasons()
    return reasons[number - 1] if 1 <= number <= len(reasons) else ""


def _ask_reason(desk: Desk, stretch: callbacks.Stretch, *, note: str = "") -> Screen:
    _expect(desk, OFF_REASON, stretch)
    board = keyboards.ready_reasons(
        lambda number: callbacks.OffTake(**_bounds(desk, stretch), reason=number),
        back=_opening(desk),
        none=True,
    )
    return Screen(shared.paragraphs(note, off_texts.ask_off_reason(stretch.starts_at, stretch.ends_at)), board)


def _ask_conflicts(desk: Desk, stretch: callbacks.Stretch, *, visits: Sequence[Booking] = (), note: str = "") -> Screen:
    words = off_texts.in_the_way(visits or _in_the_way(desk, stretch), stretch.starts_at, stretch.ends_at)
    return Screen(shared.paragraphs(note, words), keyboards.in_the_way(_asking(desk, stretch.begins, stretch.ends)))


def _ask_cancel(desk: Desk, stretch: callbacks.Stretch, *, note: str = "") -> Screen:
    _expect(desk, OFF_CANCEL, stretch)
    board = keyboards.ready_reasons(
        lambda number: callbacks.OffCancel(**_bounds(desk, stretch), reason=number),
        back=callbacks.OffAsk(**_bounds(desk, stretch)),
    )
    return Screen(shared.paragraphs(note, off_texts.ask_off_cancel(_in_the_way(desk, stretch))), board)


def _expect(desk: Desk, step: str, stretch: callbacks.Stretch) -> None:
    expect_input(user_id=desk.user.pk, step=step, data=_bounds(desk, stretch), now=timezone.now())


def _bounds(desk: Desk, stretch: callbacks.Stretch) -> dict[str, int]:
    return {"master": desk.master.pk, "begins": stretch.begins, "ends": stretch.ends}


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
    return Screen(words, keyboards.only_back(_opening(desk)))

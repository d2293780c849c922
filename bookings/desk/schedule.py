"""Screens of the schedule: a day, a week, a visit and what the master does with it. They run in a thread."""

import datetime as dt

from django.utils import timezone

from accounts.expectations import expect_input
from accounts.models import ExpectedInput
from accounts.screens import Screen
from bookings import services
from bookings import texts as shared
from bookings.desk import callbacks, choice, keyboards, selectors, texts
from bookings.desk.seats import Desk
from bookings.errors import BookingError, BookingNotFound, ReasonRequired, ReasonTooLong, SlotUnavailable
from bookings.models import Booking, BookingStatus
from bookings.services.attending import MARK_WITHIN
from schedules.calendar import DayRange, local_day

CANCEL_REASON = "cancel_reason"
_A_WEEK = dt.timedelta(days=6)
_A_YEAR_DAYS = 366
_MARKABLE = (BookingStatus.CONFIRMED, BookingStatus.COMPLETED)


def today(desk: Desk, _tapped: callbacks.Today) -> Screen:
    return _day(desk, local_day(timezone.now()))


def day(desk: Desk, tapped: callbacks.Day) -> Screen:
    return _day(desk, _within_reach(tapped.day))


def week(desk: Desk, tapped: callbacks.Week) -> Screen:
    first, now = _within_reach(tapped.day), timezone.now()
    views = selectors.day_views(desk.master, DayRange(first, first + _A_WEEK), now=now)
    return Screen(texts.week(views, today=local_day(now)), keyboards.week(desk, views))


def visit(desk: Desk, tapped: callbacks.Visit, *, note: str = "") -> Screen:
    return card(_visit(desk, tapped.booking), note=note)


def ask_reason(desk: Desk, tapped: callbacks.AskReason) -> Screen:
    """Open the question why a visit is cancelled."""
    booking = _visit(desk, tapped.booking)
    if not _can_change(booking):
        return card(booking)
    return _ask_reason(desk, booking)


def cancel_for(desk: Desk, tapped: callbacks.CancelFor) -> Screen:
    """Cancel for a ready-made reason."""
    reasons = texts.reasons()
    reason = reasons[tapped.reason - 1] if 1 <= tapped.reason <= len(reasons) else ""
    return _cancel(desk, _visit(desk, tapped.booking), reason)


def cancel_with_words(desk: Desk, question: ExpectedInput, words: str | None) -> Screen:
    """Cancel for the reason that was typed; without a good one the question stays open."""
    booking = _visit(desk, question.data["booking"])
    if words is None:
        return _ask_reason(desk, booking, note=texts.only_words())
    return _cancel(desk, booking, words)


def no_show(desk: Desk, tapped: callbacks.NoShow) -> Screen:
    """Ask first, since it can't be undone."""
    booking = _visit(desk, tapped.booking)
    if not tapped.sure and _can_mark(booking):
        return Screen(texts.ask_no_show(booking), keyboards.ask_no_show(booking))
    note = ""
    try:
        services.mark_no_show(booking_id=booking.pk, by=desk.by, now=timezone.now())
    except BookingError as error:
        note = shared.refusal(error)
    return card(_visit(desk, booking.pk), note=note)


def move_days(desk: Desk, tapped: callbacks.MoveDays) -> Screen:
    """The days on which the visit would fit."""
    booking = _visit(desk, tapped.booking)
    if not _can_change(booking):
        return card(booking)
    starts = selectors.starts_to_move(desk.master, booking, now=timezone.now())
    dates = list(dict.fromkeys(map(local_day, starts)))
    if not dates:
        return card(booking, note=texts.nowhere_to_move())
    board = keyboards.days(
        dates,
        lambda date: callbacks.MoveTimes(booking=booking.pk, day=date.toordinal()),
        lambda page: callbacks.MoveDays(booking=booking.pk, page=page),
        page=tapped.page,
        back=callbacks.Visit(booking=booking.pk),
    )
    return Screen(texts.ask_day_to_move(booking), board)


def move_times(desk: Desk, tapped: callbacks.MoveTimes) -> Screen:
    booking = _visit(desk, tapped.booking)
    if not _can_change(booking):
        return card(booking)
    return _times_to_move(desk, booking, dt.date.fromordinal(tapped.day))


def move_to(desk: Desk, tapped: callbacks.MoveTo) -> Screen:
    """Move, and show the card; or say why not, and what is free instead."""
    booking = _visit(desk, tapped.booking)
    try:
        services.reschedule_booking(booking_id=booking.pk, starts_at=tapped.starts_at, by=desk.by, now=timezone.now())
    except SlotUnavailable as error:
        return _times_to_move(desk, booking, local_day(tapped.starts_at), note=shared.refusal(error))
    except BookingError as error:
        return card(_visit(desk, booking.pk), note=shared.refusal(error))
    return card(_visit(desk, booking.pk), note=texts.moved(booking))


def card(booking: Booking, *, note: str = "") -> Screen:
    words = shared.paragraphs(note, texts.card(booking))
    board = keyboards.card(
        booking, local_day(booking.starts_at), can_change=_can_change(booking), can_mark=_can_mark(booking)
    )
    return Screen(words, board)


def _day(desk: Desk, date: dt.date) -> Screen:
    now = timezone.now()
    (view,) = selectors.day_views(desk.master, DayRange(date, date), now=now)
    words = texts.schedule(view, selectors.lunch_of(desk.master, date), today=local_day(now))
    ways = choice.ways_out(desk, "schedule")
    return Screen(words, keyboards.schedule(desk, view, today=local_day(now), ways=ways))


def _within_reach(ordinal: int) -> dt.date:
    """The day, or the nearest one that is at most a year away."""
    day = local_day(timezone.now()).toordinal()
    return dt.date.fromordinal(min(max(ordinal, day - _A_YEAR_DAYS), day + _A_YEAR_DAYS))


def _visit(desk: Desk, booking_id: int) -> Booking:
    booking = selectors.visit_of(desk.master, booking_id)
    if booking is None:
        raise BookingNotFound(booking_id=booking_id)
    return booking


def _ask_reason(desk: Desk, booking: Booking, *, note: str = "") -> Screen:
    expect_input(user_id=desk.user.pk, step=CANCEL_REASON, data={"booking": booking.pk}, now=timezone.now())
    board = keyboards.ready_reasons(
        lambda number: callbacks.CancelFor(booking=booking.pk, reason=number),
        back=callbacks.Visit(booking=booking.pk),
    )
    return Screen(shared.paragraphs(note, texts.ask_reason(booking)), board)


def _cancel(desk: Desk, booking: Booking, reason: str) -> Screen:
    try:
        services.cancel_booking(booking_id=booking.pk, by=desk.by, reason=reason, now=timezone.now())
    except (ReasonRequired, ReasonTooLong) as error:
        return _ask_reason(desk, booking, note=shared.refusal(error))
    except BookingError as error:
        return card(_visit(desk, booking.pk), note=shared.refusal(error))
    return card(_visit(desk, booking.pk), note="" if texts.is_told(booking) else texts.tell_yourself())


def _times_to_move(desk: Desk, booking: Booking, date: dt.date, *, note: str = "") -> Screen:
    starts = selectors.starts_to_move(desk.master, booking, days=DayRange(date, date), now=timezone.now())
    board = keyboards.times(
        starts,
        lambda minute: callbacks.MoveTo(booking=booking.pk, minute=minute),
        back=callbacks.MoveDays(booking=booking.pk),
    )
    words = texts.ask_time_to_move(booking, date) if starts else shared.day_full()
    return Screen(shared.paragraphs(note, words), board)


def _can_change(booking: Booking) -> bool:
    return booking.status == BookingStatus.CONFIRMED and booking.ends_at > timezone.now()


def _can_mark(booking: Booking) -> bool:
    """Whether it can be said now that the client did not come."""
    now = timezone.now()
    return booking.status in _MARKABLE and booking.starts_at <= now < booking.ends_at + MARK_WITHIN

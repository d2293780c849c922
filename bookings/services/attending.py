"""What becomes of a visit: confirmed beforehand, over, or missed."""

import datetime as dt

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.actors import THE_SHOP, Actor
from accounts.errors import NotAllowed
from bookings import outbox
from bookings.capacity import capacity, find_booking
from bookings.errors import NotActive, NothingToConfirm, NotStarted, TooLateToMark
from bookings.journal import record, reported, state_of
from bookings.models import Booking, BookingStatus, CancelledBy
from bookings.rules import ASK_AHEAD
from bookings.services.changing import cancel_and_pass_on
from schedules.claims import lock_masters

# What became of a visit is said until so long after its end.
MARK_WITHIN = dt.timedelta(days=1)
_AT_ONCE = 200
_UNCONFIRMED = Q(confirm_by__isnull=False, confirmed_at__isnull=True)


def confirm_attendance(*, booking_id: int, by: Actor, now: dt.datetime) -> Booking:
    """The client, or staff for them, says that they come; saying it again changes nothing.

    Raises BookingNotFound, NotAllowed for the master, NotActive, NothingToConfirm or AccessClosed.
    """
    with reported(by=by, booking_id=booking_id), transaction.atomic():
        if capacity(find_booking(booking_id), by) == CancelledBy.MASTER:
            raise NotAllowed(user_id=by.user_id)
        booking = _lock(booking_id)
        if booking.confirmed_at is not None and booking.status == BookingStatus.CONFIRMED:
            return booking
        if booking.status != BookingStatus.CONFIRMED or booking.starts_at <= now:
            raise NotActive(booking_id=booking_id)
        if booking.confirm_by is None:
            raise NothingToConfirm(booking_id=booking_id)
        booking.confirmed_at = now
        booking.save(update_fields=["confirmed_at"])
        record(booking, "booking_attendance_confirmed", by=by)
        return booking


def mark_no_show(*, booking_id: int, by: Actor, now: dt.datetime) -> Booking:
    """The client did not come: said by the master or by staff, from the beginning until a day after the end.

    Saying it again changes nothing. Raises BookingNotFound, NotAllowed for the client, NotActive, NotStarted,
    TooLateToMark or AccessClosed.
    """
    with reported(by=by, booking_id=booking_id), transaction.atomic():
        if capacity(find_booking(booking_id), by) == CancelledBy.CLIENT:
            raise NotAllowed(user_id=by.user_id)
        booking = _lock(booking_id)
        if booking.status == BookingStatus.NO_SHOW:
            return booking
        if booking.status == BookingStatus.CANCELLED:
            raise NotActive(booking_id=booking_id)
        if now < booking.starts_at:
            raise NotStarted(booking_id=booking_id)
        if now >= booking.ends_at + MARK_WITHIN:
            raise TooLateToMark(booking_id=booking_id)
        _become(booking, BookingStatus.NO_SHOW, "booking_no_show", by=by)
        return booking


def complete_past_bookings(*, now: dt.datetime) -> int:
    """Complete the visits that are over and of which nobody said anything else; how many."""
    with transaction.atomic():
        past = _confirmed().filter(ends_at__lte=now).order_by("ends_at")[:_AT_ONCE]
        for booking in (completed := list(past)):
            _become(booking, BookingStatus.COMPLETED, "booking_completed", by=THE_SHOP)
    return len(completed)


def ask_to_confirm(*, now: dt.datetime) -> int:
    """A day before the visit, ask those who have to confirm whether they come; how many were asked."""
    with transaction.atomic():
        due = _confirmed().filter(_UNCONFIRMED, asked_at=None, confirm_by__gt=now, starts_at__lte=now + ASK_AHEAD)
        for booking in (asked := list(due.order_by("confirm_by")[:_AT_ONCE])):
            booking.asked_at = now
            booking.save(update_fields=["asked_at"])
            outbox.ask_to_confirm(booking, by=THE_SHOP)
    return len(asked)


def release_unconfirmed(*, now: dt.datetime) -> int:
    """Cancel the bookings that were to be confirmed by now and are not; how many. The client is told why.

    Whom nobody asked in time, because no worker ran, keeps theirs.
    """
    overdue = Q(_UNCONFIRMED, asked_at__isnull=False, confirm_by__lte=now, starts_at__gt=now)
    due = Booking.objects.filter(overdue, status=BookingStatus.CONFIRMED).order_by("confirm_by", "pk")
    released = 0
    for booking_id, master_id in due.values_list("pk", "master_id")[:_AT_ONCE]:
        with transaction.atomic():
            lock_masters([master_id], active_only=False)
            booking = _confirmed().filter(overdue, pk=booking_id).first()
            if booking is not None:
                cancel_and_pass_on(booking, CancelledBy.SHOP, by=THE_SHOP, reason="", now=now)
                released += 1
    return released


def _lock(booking_id: int) -> Booking:
    return Booking.objects.select_for_update(no_key=True).get(pk=booking_id)


def _confirmed() -> "QuerySet[Booking]":
    """Confirmed bookings, locked; those that somebody else is changing are passed over."""
    return Booking.objects.select_for_update(no_key=True, skip_locked=True).filter(status=BookingStatus.CONFIRMED)


def _become(booking: Booking, status: BookingStatus, action: str, *, by: Actor) -> None:
    before = state_of(booking)
    booking.status = status
    booking.save(update_fields=["status"])
    record(booking, action, by=by, before=before)

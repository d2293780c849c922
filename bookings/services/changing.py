"""A booking is cancelled or moved: by its client, its master or an administrator."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction

from accounts.actors import Actor
from bookings import freeing, outbox
from bookings.capacity import capacity, find_booking
from bookings.clients import lock_client, missed_visits
from bookings.errors import NotActive, TooLateToChange
from bookings.journal import record, reported, state_of
from bookings.models import Booking, BookingSource, BookingStatus, CancelledBy, SlotOffer
from bookings.refusals import slot_refused
from bookings.rules import checked_reason, confirm_by
from bookings.services.creating import JUST_BEGUN
from schedules.calendar import to_minute
from schedules.claims import check_slot, lock_masters, move_time
from schedules.errors import ScheduleError
from schedules.models import BlockKind


def cancel_booking(*, booking_id: int, by: Actor, now: dt.datetime, reason: str = "") -> Booking:
    """Cancel and free the time; cancelling again changes nothing.

    A client cancels their own until the notice deadline, a master their own day's and staff everybody's with a reason,
    which the client gets to read.

    Raises BookingNotFound, NotActive, TooLateToChange, ReasonRequired, ReasonTooLong or AccessClosed.
    """
    with reported(by=by, booking_id=booking_id), _locked(booking_id, by, now=now) as (booking, who):
        if booking.status == BookingStatus.CANCELLED:
            return booking
        check_active(booking, who, now=now)
        checked = checked_reason(reason, required=who in (CancelledBy.MASTER, CancelledBy.ADMIN))
        cancel_and_pass_on(booking, who, by=by, reason=checked, now=now)
        return booking


def cancel_and_pass_on(booking: Booking, who: CancelledBy, *, by: Actor, reason: str, now: dt.datetime) -> None:
    """Cancel an active booking whose master is locked, and give its time to whoever is next."""
    block = booking.block
    held_days = cancel_locked(booking, who, by=by, reason=reason, now=now)
    if block is not None:
        left = block.during
        freeing.pass_on(booking, starts_at=left.lower, ends_at=left.upper, held_days=held_days, now=now)


def cancel_locked(booking: Booking, who: CancelledBy, *, by: Actor, reason: str, now: dt.datetime) -> list[dt.date]:
    """Cancel an active booking whose master is locked; who gets its time is for the caller to say.

    The days on which another time was held for it, and now comes free as well.
    """
    before = state_of(booking)
    held_days = freeing.cancel(booking, by=who, reason=reason, now=now)
    record(booking, "booking_cancelled", by=by, before=before, reason_code=f"by_{who.value}")
    outbox.tell_cancelled(booking, by=by)
    return held_days


def reschedule_booking(*, booking_id: int, starts_at: dt.datetime, by: Actor, now: dt.datetime) -> Booking:
    """Move the booking to another time of the same master; moving it to where it is changes nothing.

    The block moves in place, so the old time is held until the new one is. Services, price and duration stay as they
    were agreed. A client moves their own until the notice deadline; staff are bound by no notice.

    Raises SlotTaken or SlotUnavailable (with the day's free slots), BookingNotFound, NotActive, TooLateToChange or
    AccessClosed; then the booking is where it was.
    """
    with reported(by=by, booking_id=booking_id, starts_at=starts_at):
        try:
            with _locked(booking_id, by, now=now) as (booking, who):
                if booking.status == BookingStatus.CONFIRMED and booking.starts_at == starts_at:
                    return booking
                check_active(booking, who, now=now)
                _move(booking, who, starts_at=starts_at, by=by, now=now)
                return booking
        except ScheduleError as error:
            raise _move_refused(error, booking_id, starts_at=starts_at, by=by, now=now) from error


def move_locked(
    booking: Booking, *, starts_at: dt.datetime, by: Actor, now: dt.datetime, accepted: SlotOffer | None = None
) -> None:
    """Move an active booking whose master is locked to a time that was checked, with all that follows.

    `accepted` is the offer of that time, if it was one.
    """
    block = booking.block
    if block is None:
        raise NotActive(booking_id=booking.pk)
    before, old = state_of(booking), block.during
    length = booking.ends_at - booking.starts_at
    move_time(block.pk, kind=BlockKind.BOOKING, starts_at=starts_at, ends_at=starts_at + (old.upper - old.lower))
    booking.starts_at, booking.ends_at = starts_at, starts_at + length
    booking.revision += 1
    if booking.source == BookingSource.BOT and booking.client_id:  # another time is another question
        no_shows = missed_visits(booking.client_id, now=now)
        booking.confirm_by = confirm_by(no_shows=no_shows, starts_at=starts_at, now=now)
        booking.asked_at = booking.confirmed_at = None
    booking.save(update_fields=["starts_at", "ends_at", "revision", "confirm_by", "asked_at", "confirmed_at"])
    record(booking, "booking_rescheduled", by=by, before=before)
    outbox.tell_moved(booking, by=by)
    held_days = freeing.close_offers_for(booking)
    freeing.pass_on(booking, starts_at=old.lower, ends_at=old.upper, held_days=held_days, accepted=accepted, now=now)


def check_active(booking: Booking, who: CancelledBy, *, now: dt.datetime) -> None:
    """NotActive when the visit is off, over or (for a client) under way; TooLateToChange after a client's deadline."""
    over = booking.ends_at if who != CancelledBy.CLIENT else booking.starts_at
    if booking.status != BookingStatus.CONFIRMED or over <= now:
        raise NotActive(booking_id=booking.pk)
    notice = dt.timedelta(minutes=settings.CANCEL_MIN_NOTICE_MINUTES)
    if who == CancelledBy.CLIENT and booking.starts_at - now < notice:
        raise TooLateToChange(booking_id=booking.pk)


def taken_minutes(booking: Booking) -> int:
    """How long the booking takes its master's time, buffer included; NotActive when it takes none any more."""
    if booking.block is None:
        raise NotActive(booking_id=booking.pk)
    return to_minute(booking.block.during.upper) - to_minute(booking.block.during.lower)


@contextmanager
def _locked(booking_id: int, by: Actor, *, now: dt.datetime) -> Iterator[tuple[Booking, CancelledBy]]:
    """One transaction in which the booking, its master and, when the client acts, the client are locked."""
    with transaction.atomic():
        found = find_booking(booking_id)
        if by.user_id is not None and found.client_id == by.user_id:
            lock_client(by.user_id, now=now)
        who = capacity(found, by)
        lock_masters([found.master_id], active_only=False)
        yield Booking.objects.select_for_update(no_key=True).get(pk=booking_id), who


def _move(booking: Booking, who: CancelledBy, *, starts_at: dt.datetime, by: Actor, now: dt.datetime) -> None:
    check_slot(
        master_id=booking.master_id,
        starts_at=starts_at,
        taken_minutes=taken_minutes(booking),
        now=now,
        notice_minutes=None if who == CancelledBy.CLIENT else JUST_BEGUN,
        own_block=booking.block_id or 0,
    )
    move_locked(booking, starts_at=starts_at, by=by, now=now)


def _move_refused(
    error: ScheduleError, booking_id: int, *, starts_at: dt.datetime, by: Actor, now: dt.datetime
) -> Exception:
    """The refusal with the slots to which this person could move the visit, as long as it was agreed to be."""
    booking = find_booking(booking_id)
    return slot_refused(
        error,
        needs={booking.master_id: taken_minutes(booking)},
        starts_at=starts_at,
        now=now,
        notice_minutes=None if capacity(booking, by) == CancelledBy.CLIENT else JUST_BEGUN,
        own_block=booking.block_id or 0,
    )

"""From what the schedule or the database refused to what it means for a booking."""

import datetime as dt
from collections.abc import Mapping

from django.db import IntegrityError

from bookings.errors import ActiveBookingExists, ServiceUnavailable, SlotTaken, SlotUnavailable
from bookings.models import IDEMPOTENCY_KEY, ONE_ACTIVE_BOOKING, Booking, BookingSource, BookingStatus
from schedules.calendar import DayRange, local_day
from schedules.claims import broken_constraint
from schedules.errors import MasterUnavailable, ScheduleError, TimeTaken
from schedules.selectors import free_slots


def slot_refused(
    error: ScheduleError,
    *,
    needs: Mapping[int, int],
    starts_at: dt.datetime,
    now: dt.datetime,
    notice_minutes: int | None = None,
    own_block: int = 0,
) -> SlotUnavailable | ServiceUnavailable:
    """The refusal of a time, with what is free on its day instead; of a master who is gone, without.

    `needs`, the notice and the own block are those of `schedules.selectors.free_slots`.
    """
    if isinstance(error, MasterUnavailable):
        return ServiceUnavailable(**error.data)
    day = local_day(starts_at)
    refusal = SlotTaken if isinstance(error, TimeTaken) else SlotUnavailable
    days = DayRange(day, day)
    slots = free_slots(needs=needs, days=days, now=now, notice_minutes=notice_minutes, own_block=own_block)
    return refusal(reason=error.code, slots=slots)


def made_meanwhile(error: IntegrityError, *, key: str) -> Booking:
    """The booking that the same key has made at the same moment under another master's lock; else the error again."""
    if broken_constraint(error) == IDEMPOTENCY_KEY:
        return Booking.objects.get(idempotency_key=key)
    raise error


def constraint_refused(error: IntegrityError, *, client_id: int) -> Exception:
    """The domain's word for a broken constraint, for whoever came past the lock rule."""
    if broken_constraint(error) == ONE_ACTIVE_BOOKING:
        active = Booking.objects.filter(
            client_id=client_id, status=BookingStatus.CONFIRMED, source=BookingSource.BOT
        ).first()
        if active:
            return ActiveBookingExists(active)
    return error

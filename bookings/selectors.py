"""Reads: what can be booked, and what is."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Q, QuerySet

from accounts.models import User
from bookings.models import Booking, BookingStatus, Service
from schedules import selectors as schedules
from schedules.calendar import DayRange, from_minute, local_day, wall_clock_minute
from schedules.selectors import Slot

ANY_MASTER = 0

_TERMS = """
    SELECT m.id, m.name, coalesce(o.own_price, s.price), coalesce(o.own_duration_minutes, s.duration_minutes),
           s.buffer_minutes
      FROM offers o
      JOIN services s ON s.id = o.service_id
      JOIN masters m ON m.id = o.master_id
     WHERE s.id = %(service)s::bigint AND %(master)s::bigint IN (m.id, 0)
       AND o.is_active AND s.is_active AND m.is_active
     ORDER BY m.name, m.id
"""


class OfferTerms(NamedTuple):
    """What a master does a service for: roubles, minutes of the visit, minutes of buffer after it."""

    master_id: int
    master_name: str
    price: Decimal
    duration_minutes: int
    buffer_minutes: int

    @property
    def taken_minutes(self) -> int:
        return self.duration_minutes + self.buffer_minutes


def bookable_services() -> list[Service]:
    """The services that at least one master offers now."""
    return list(
        Service.objects.filter(is_active=True, offers__is_active=True, offers__master__is_active=True).distinct()
    )


def offer_terms(*, service_id: int, master_id: int = ANY_MASTER) -> list[OfferTerms]:
    """The terms of every master who offers the service (or of the one named), by the master's name."""
    with connection.cursor() as cursor:
        cursor.execute(_TERMS, {"service": service_id, "master": master_id})
        return [OfferTerms._make(row) for row in cursor.fetchall()]


def free_slots(*, terms: Iterable[OfferTerms], days: DayRange, now: dt.datetime) -> list[Slot]:
    """Free slots of the masters on the days, by time, then master."""
    return schedules.free_slots(needs={each.master_id: each.taken_minutes for each in terms}, days=days, now=now)


def days_of(slots: Iterable[Slot]) -> list[dt.date]:
    """The shop's days on which the slots lie, in order, each once."""
    return list(dict.fromkeys(local_day(slot.starts_at) for slot in slots))


def times_of(slots: Iterable[Slot]) -> list[dt.datetime]:
    """The moments of the slots, in order, each once however many masters are free then."""
    return list(dict.fromkeys(slot.starts_at for slot in slots))


def least_booked(slots: Sequence[Slot], *, starts_at: dt.datetime) -> int | None:
    """The id of the master free at a moment who has the fewest visits that day (the lower id on a tie), or None."""
    free = [slot.master_id for slot in slots if slot.starts_at == starts_at]
    if len(free) <= 1:
        return free[0] if free else None
    day = local_day(starts_at)
    begins = from_minute(wall_clock_minute(day, dt.time.min))
    ends = from_minute(wall_clock_minute(day + dt.timedelta(days=1), dt.time.min))
    visits = dict(
        Booking.objects.filter(master_id__in=free, starts_at__gte=begins, starts_at__lt=ends)
        .exclude(status=BookingStatus.CANCELLED)
        .values_list("master_id")
        .annotate(Count("pk"))
        .order_by()
    )
    return min(free, key=lambda master_id: (visits.get(master_id, 0), master_id))


def active_booking(*, client: User, now: dt.datetime) -> Booking | None:
    """The client's own booking still to come or under way."""
    return _with_details(client).filter(status=BookingStatus.CONFIRMED, ends_at__gt=now).order_by("starts_at").first()


def past_bookings(*, client: User, now: dt.datetime, limit: int = 5) -> list[Booking]:
    """The client's last visits and cancellations, newest first."""
    over = Q(ends_at__lte=now) | ~Q(status=BookingStatus.CONFIRMED)
    return list(_with_details(client).filter(over).order_by("-starts_at")[:limit])


def booking_of(*, client: User, booking_id: int) -> Booking | None:
    """The client's own booking by id, with what a card shows."""
    return _with_details(client).filter(pk=booking_id).first()


def _with_details(client: User) -> QuerySet[Booking]:
    return Booking.objects.filter(client=client).select_related("master").prefetch_related("services")

"""Reads: what can be booked, and what is."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Q, QuerySet

from accounts.models import User
from bookings.models import (
    Booking,
    BookingSource,
    BookingStatus,
    Service,
    SlotOffer,
    WaitlistEntry,
    WaitlistService,
    WaitlistStatus,
)
from schedules import selectors as schedules
from schedules.calendar import DayRange, day_starts_at, horizon, local_day, to_minute
from schedules.models import Master
from schedules.selectors import Slot

ANY_MASTER = 0

_TERMS = """
    WITH asked AS (
        SELECT service_id, position
          FROM unnest((SELECT %(services)s::bigint[])) WITH ORDINALITY AS line (service_id, position)
    )
    SELECT m.id, m.name, array_agg(s.id ORDER BY asked.position),
           array_agg(coalesce(o.own_price, s.price) ORDER BY asked.position),
           array_agg(coalesce(o.own_duration_minutes, s.duration_minutes) ORDER BY asked.position),
           max(s.buffer_minutes)
      FROM asked
      JOIN services s ON s.id = asked.service_id AND s.is_active
      JOIN offers o ON o.service_id = s.id AND o.is_active
      JOIN masters m ON m.id = o.master_id AND m.is_active
     WHERE %(master)s::bigint IN (m.id, 0)
     GROUP BY m.id
    HAVING count(*) = (SELECT count(*) FROM asked)
     ORDER BY m.name, m.id
"""


class OfferTerms(NamedTuple):
    """What a master does the services of a visit for, one after another: roubles and minutes of each.

    The buffer, in minutes, is the longest of theirs and comes once, after the visit.
    """

    master_id: int
    master_name: str
    service_ids: Sequence[int]
    prices: Sequence[Decimal]
    minutes: Sequence[int]
    buffer_minutes: int

    @property
    def price(self) -> Decimal:
        return sum(self.prices, Decimal(0))

    @property
    def duration_minutes(self) -> int:
        return sum(self.minutes)

    @property
    def taken_minutes(self) -> int:
        return self.duration_minutes + self.buffer_minutes


def bookable_services() -> list[Service]:
    """The services that at least one master offers now."""
    return list(
        Service.objects.filter(is_active=True, offers__is_active=True, offers__master__is_active=True).distinct()
    )


def services_together(*, service_ids: Sequence[int] = ()) -> list[Service]:
    """The services that a master does in one visit with all of these, these included; with none, with any other."""
    lines = Q(offers__is_active=True, offers__service__is_active=True)
    lines &= Q(offers__service__in=service_ids) if service_ids else Q()
    masters = Master.objects.filter(lines, is_active=True).annotate(done=Count("offers"))
    able = masters.filter(done__gte=len(service_ids) or 2).order_by().values("pk")
    return list(Service.objects.filter(is_active=True, offers__is_active=True, offers__master__in=able).distinct())


def services_of(*, service_ids: Sequence[int]) -> list[Service]:
    """The services in this order; none when one of them is not offered any more."""
    found = Service.objects.filter(is_active=True).in_bulk(service_ids)
    return [found[service_id] for service_id in service_ids] if len(found) == len(service_ids) else []


def offer_terms(*, service_ids: Sequence[int], master_id: int = ANY_MASTER) -> list[OfferTerms]:
    """The terms of every master who offers all the services (or of the one named), by the master's name."""
    with connection.cursor() as cursor:
        cursor.execute(_TERMS, {"services": list(service_ids), "master": master_id})
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


def fewest_visits_first(master_ids: Sequence[int], *, day: dt.date) -> list[int]:
    """The masters by the number of their visits on the shop's day, then by id."""
    if len(master_ids) <= 1:
        return list(master_ids)
    visits = dict(
        Booking.objects.filter(
            master_id__in=master_ids,
            starts_at__gte=day_starts_at(day),
            starts_at__lt=day_starts_at(day + dt.timedelta(days=1)),
        )
        .exclude(status=BookingStatus.CANCELLED)
        .values_list("master_id")
        .annotate(Count("pk"))
        .order_by()
    )
    return sorted(master_ids, key=lambda master_id: (visits.get(master_id, 0), master_id))


def active_booking(*, client: User, now: dt.datetime) -> Booking | None:
    """The one that the client made in the bot, still to come or under way: another they can't make meanwhile."""
    return _upcoming(client, now=now).filter(source=BookingSource.BOT).first()


def upcoming_bookings(*, client: User, now: dt.datetime, limit: int = 5) -> list[Booking]:
    """The client's next visits, still to come or under way, whoever booked them."""
    return list(_upcoming(client, now=now)[:limit])


def past_bookings(*, client: User, now: dt.datetime, limit: int = 5, skip: int = 0) -> list[Booking]:
    """The client's last visits and cancellations, newest first."""
    over = Q(ends_at__lte=now) | ~Q(status=BookingStatus.CONFIRMED)
    return list(_with_details(client).filter(over).order_by("-starts_at", "-pk")[skip : skip + limit])


def services_again(*, booking: Booking, most: int) -> list[int]:
    """The services of the visit in their order; none when no master does all of them now, or there are too many."""
    service_ids = list(booking.lines.order_by("position").values_list("service_id", flat=True))
    return service_ids if len(service_ids) <= most and offer_terms(service_ids=service_ids) else []


def booking_of(*, client: User, booking_id: int) -> Booking | None:
    """The client's own booking by id, with what a card shows."""
    return _with_details(client).filter(pk=booking_id).first()


def waits_of(*, client: User, now: dt.datetime) -> list[WaitlistEntry]:
    """The days that the client waits for, the next one first, with what a list shows."""
    entries = WaitlistEntry.objects.filter(
        client=client, status__in=(WaitlistStatus.WAITING, WaitlistStatus.OFFERED), day__gte=local_day(now)
    )
    return list(entries.select_related("master").prefetch_related("services").order_by("day", "id"))


def slots_to_move(*, booking: Booking, days: DayRange, now: dt.datetime) -> list[Slot]:
    """The times of the booking's own master that it could move to as it is; none when it has no time any more.

    What it overlaps of its own time is free for it; where it is already is no move.
    """
    block = booking.block
    if block is None:
        return []
    taken = to_minute(block.during.upper) - to_minute(block.during.lower)
    slots = schedules.free_slots(needs={booking.master_id: taken}, days=days, now=now, own_block=block.pk)
    return [slot for slot in slots if slot.starts_at != booking.starts_at]


def full_days(
    *, terms: Iterable[OfferTerms], days: DayRange, free: Iterable[dt.date], now: dt.datetime
) -> list[dt.date]:
    """The days of the horizon on which somebody works, but that are not among the free ones."""
    needs, bookable = {each.master_id: each.taken_minutes for each in terms}, horizon(now)
    within = DayRange(max(days.first, bookable.first), min(days.last, bookable.last))
    known = set(free)
    return [day for day in schedules.days_at_work(needs=needs, days=within, now=now) if day not in known]


def price_of_held(offer: SlotOffer) -> Decimal | None:
    """What the visit for which the time is held costs now; None when the master doesn't do it any more."""
    lines = WaitlistService.objects.filter(entry=offer.waitlist_entry_id).order_by("position")
    service_ids = list(lines.values_list("service_id", flat=True))
    terms = offer_terms(service_ids=service_ids, master_id=offer.master_id)
    return terms[0].price if terms else None


def _upcoming(client: User, *, now: dt.datetime) -> QuerySet[Booking]:
    return _with_details(client).filter(status=BookingStatus.CONFIRMED, ends_at__gt=now).order_by("starts_at")


def _with_details(client: User) -> QuerySet[Booking]:
    return Booking.objects.filter(client=client).select_related("master").prefetch_related("services")

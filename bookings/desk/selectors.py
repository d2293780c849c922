"""Reads for the desk: the masters, and the days, visits and time off of one."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from bookings.desk.callbacks import Section
from bookings.models import Booking, BookingStatus, Offer, OfferStatus, Service, SlotOffer
from bookings.selectors import OfferTerms, offer_terms
from bookings.services.creating import JUST_BEGUN, manual_key
from schedules import selectors as schedules
from schedules.blocks import blocks_within, busy_times
from schedules.calendar import (
    DayRange,
    day_bounds,
    day_starts_at,
    from_minute,
    horizon,
    local_day,
    to_minute,
    wall_clock_minute,
)
from schedules.intervals import Interval, merge, subtract
from schedules.models import AvailabilityBlock, BlockKind, Master
from schedules.plans import LunchHours, Plan, plans_of

_A_DAY = dt.timedelta(days=1)
# Nothing shorter can be booked.
_SHORTEST_GAP_MINUTES = schedules.SLOT_STEP_MINUTES
_OFFERED = (OfferStatus.OPEN, OfferStatus.DECLINED, OfferStatus.EXPIRED)


class DayView(NamedTuple):
    """A day of a master: the visits, what else takes time, what is free; `works` says whether there is a shift."""

    date: dt.date
    works: bool
    visits: list[Booking]
    others: list[AvailabilityBlock]
    free: list[Interval]


def masters_to_run(section: Section) -> list[Master]:
    """Those whose day a section is of use for, by name: who takes bookings; for a new one, who offers something.

    The schedule is also that of who takes none any more, while visits are still to come.
    """
    masters, taking = Master.objects.all(), Q(is_active=True)
    if section == "schedule":
        to_come = Booking.objects.filter(status=BookingStatus.CONFIRMED, master=OuterRef("pk"))
        return list(masters.filter(taking | Q(Exists(to_come))))
    if section == "new":
        offers = Offer.objects.filter(is_active=True, service__is_active=True, master=OuterRef("pk"))
        masters = masters.filter(Exists(offers))
    return list(masters.filter(taking))


def day_views(master: Master, days: DayRange, *, now: dt.datetime) -> list[DayView]:
    """The days one by one, in five queries however many there are."""
    starts_at, ends_at = day_starts_at(days.first), day_starts_at(days.last + _A_DAY)
    visits = list(
        _visits(master).exclude(status=BookingStatus.CANCELLED).filter(starts_at__gte=starts_at, starts_at__lt=ends_at)
    )
    kinds = (BlockKind.TIME_OFF, BlockKind.BREAK, BlockKind.HOLD)
    others = list(blocks_within(master.pk, starts_at=starts_at, ends_at=ends_at, kinds=kinds))
    plan = _plan(master, days)
    first, last = to_minute(starts_at), to_minute(ends_at)
    busy = busy_times([master.pk], first=first, last=last).get(master.pk, [])
    taken = merge([*busy, (first, to_minute(now))])
    return [_day_view(date, plan, visits, others, taken) for date in days]


def _day_view(
    date: dt.date, plan: Plan, visits: list[Booking], others: list[AvailabilityBlock], taken: list[Interval]
) -> DayView:
    day = plan.day(date)
    opens, closes = day_bounds(date)
    begins, ends = from_minute(opens), from_minute(closes)
    free = subtract(day.windows if day else (), taken)
    return DayView(
        date=date,
        works=day is not None,
        visits=[visit for visit in visits if local_day(visit.starts_at) == date],
        others=[block for block in others if block.during.lower < ends and begins < block.during.upper],
        free=[gap for gap in free if gap[1] - gap[0] >= _SHORTEST_GAP_MINUTES],
    )


def working_days(master: Master, *, now: dt.datetime, count_days: int) -> list[dt.date]:
    """The days of the coming ones, today included, on which the master has a shift that is not over."""
    today = local_day(now)
    days = DayRange(today, today + dt.timedelta(days=count_days))
    plan = _plan(master, days)
    return [date for date in days if (hours := shift_bounds(plan, date)) and hours[1] > to_minute(now)]


def hours_of(master: Master, date: dt.date) -> Interval | None:
    """The minutes at which the master's first shift of a day begins and the last one ends; None on a day off."""
    return shift_bounds(_plan(master, DayRange(date, date)), date)


def shift_bounds(plan: Plan, date: dt.date) -> Interval | None:
    """The minutes at which the day's first shift begins and its last one ends; None on a day off."""
    hours = plan.hours(date)
    if not hours:
        return None
    return wall_clock_minute(date, hours[0][0]), wall_clock_minute(date, hours[-1][1])


def lunch_of(master: Master, date: dt.date) -> LunchHours:
    """The master's lunch on a day, or None."""
    return _plan(master, DayRange(date, date)).lunch(date)


def visit_of(master: Master, booking_id: int) -> Booking | None:
    """One of the master's bookings, with what its card shows."""
    return _visits(master).filter(pk=booking_id).first()


def visit_by_key(user: User, key: str) -> Booking | None:
    """The booking that the person made by hand with this key, if they did."""
    return Booking.objects.filter(idempotency_key=manual_key(user.pk, key)).first()


def visits_by_block(master: Master, blocks: Iterable[AvailabilityBlock]) -> list[Booking]:
    """The master's bookings whose time the blocks are, by time."""
    return list(_visits(master).filter(block__in=[block.pk for block in blocks]).order_by("starts_at"))


def visits_between(master: Master, starts_at: dt.datetime, ends_at: dt.datetime, *, now: dt.datetime) -> list[Booking]:
    """The bookings not begun yet that would be in the way of time off, by time."""
    within = _visits(master).filter(status=BookingStatus.CONFIRMED, starts_at__gt=now)
    return list(within.filter(block__during__overlap=(starts_at, ends_at)).order_by("starts_at"))


def are_asked_to_move(
    visits: Iterable[Booking], starts_at: dt.datetime, ends_at: dt.datetime, *, now: dt.datetime
) -> bool:
    """Whether everybody who could be asked to move for the time off is being asked already."""
    begins = from_minute(to_minute(max(starts_at, now)))
    asked = SlotOffer.objects.filter(status=OfferStatus.OPEN, time_off__contains=(begins, ends_at))
    reachable = {visit.pk for visit in visits if visit.client is not None and visit.client.telegram_id is not None}
    return bool(reachable) and asked.filter(booking__in=reachable).count() == len(reachable)


def offered_services(master: Master) -> list[Service]:
    """What the master does."""
    return list(Service.objects.filter(is_active=True, offers__is_active=True, offers__master=master))


def terms_of(master: Master, service_ids: Sequence[int]) -> OfferTerms | None:
    """What the master does the services for in one visit, or None."""
    return next(iter(offer_terms(service_ids=service_ids, master_id=master.pk)), None)


def starts_for(
    master: Master, taken_minutes: int, *, days: DayRange | None = None, own_block: int = 0, now: dt.datetime
) -> list[dt.datetime]:
    """When so many minutes are free, by the rules of who books by hand: no notice. A move isn't in its own way."""
    slots = schedules.free_slots(
        needs={master.pk: taken_minutes},
        days=days or horizon(now),
        now=now,
        notice_minutes=JUST_BEGUN,
        own_block=own_block,
    )
    return [slot.starts_at for slot in slots]


def starts_to_move(
    master: Master, booking: Booking, *, days: DayRange | None = None, now: dt.datetime
) -> list[dt.datetime]:
    """Where else the booking fits, buffer and all; nowhere when it is off."""
    if booking.block is None:
        return []
    taken = to_minute(booking.block.during.upper) - to_minute(booking.block.during.lower)
    starts = starts_for(master, taken, days=days, own_block=booking.block.pk, now=now)
    return [starts_at for starts_at in starts if starts_at != booking.starts_at]


def time_off_to_come(master: Master, *, now: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """The stretches of time off that are not over, by time; with bookings that stay in the way they are still one."""
    blocks = AvailabilityBlock.objects.filter(master=master, kind=BlockKind.TIME_OFF, during__endswith__gt=now)
    wanted = SlotOffer.objects.filter(
        master=master, status__in=_OFFERED, booking__status=BookingStatus.CONFIRMED, time_off__endswith__gt=now
    )
    ranges = [*blocks.values_list("during", flat=True), *wanted.values_list("time_off", flat=True)]
    stretches = merge((to_minute(each.lower), to_minute(each.upper)) for each in ranges)
    return [(from_minute(begins), from_minute(ends)) for begins, ends in stretches]


def _plan(master: Master, days: DayRange) -> Plan:
    return plans_of([master.pk], days, also_inactive=True).get(master.pk, Plan())


def _visits(master: Master) -> QuerySet[Booking]:
    visits = Booking.objects.filter(master=master).select_related("client", "block", "master")
    return visits.prefetch_related("services").order_by("starts_at")

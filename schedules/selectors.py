"""Reads: when a master is free. What is left of the horizon is kept by the master's generation (see `availability`)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.conf import settings

from schedules.availability import free_time
from schedules.calendar import DayRange, day_bounds, from_minute, horizon, to_minute
from schedules.intervals import Interval, grid_starts, merge, subtract
from schedules.models import AvailabilityBlock, BlockKind
from schedules.plans import Day, plans_of

SLOT_STEP_MINUTES = 30


class Slot(NamedTuple):
    """A time at which a master can begin."""

    starts_at: dt.datetime
    master_id: int


def free_slots(
    *,
    needs: Mapping[int, int],
    days: DayRange,
    now: dt.datetime,
    notice_minutes: int | None = None,
    own_block: int = 0,
) -> list[Slot]:
    """Every free slot of the masters on the days, by time, then master.

    `needs` maps a master's id to the minutes that would be taken (duration and buffer); days outside the horizon
    have no slots. The notice is BOOKING_MIN_NOTICE_MINUTES unless told otherwise. A booking that is to move is not in
    its own way (`own_block`). A read may be stale by what is being committed; `claims.check_slot` says it again under
    the lock.
    """
    bookable = horizon(now)
    days = DayRange(max(days.first, bookable.first), min(days.last, bookable.last))
    if days.last < days.first:
        return []
    notice = settings.BOOKING_MIN_NOTICE_MINUTES if notice_minutes is None else notice_minutes
    earliest = to_minute(now) + notice
    free: dict[int, list[int]] = defaultdict(list)
    for master_id, times in sorted(free_time(needs, days=days, now=now, own_block=own_block).items()):
        for phase, intervals in times.items():
            starts = grid_starts(
                intervals, taken=needs[master_id], step=SLOT_STEP_MINUTES, phase=phase, earliest=earliest
            )
            for minute in starts:
                free[minute].append(master_id)
    slots: list[Slot] = []
    for minute in sorted(free):
        moment = from_minute(minute)
        for master_id in free[minute]:
            slots.append(Slot(moment, master_id))
    return slots


def days_at_work(*, needs: Mapping[int, int], days: DayRange, now: dt.datetime) -> list[dt.date]:
    """The days on which one of the masters could begin if nobody were booked, in two queries.

    That is inside a shift, outside lunch and time off, at least BOOKING_MIN_NOTICE_MINUTES ahead; `needs` as above.
    """
    plans = plans_of(needs, days)
    off = _time_off(plans, days)
    earliest = to_minute(now) + settings.BOOKING_MIN_NOTICE_MINUTES

    def has_room(master_id: int, day: Day | None) -> bool:
        if day is None:
            return False
        left = subtract(day.windows, off.get(master_id, []))
        starts = grid_starts(left, taken=needs[master_id], step=SLOT_STEP_MINUTES, phase=day.phase, earliest=earliest)
        return next(starts, None) is not None

    return [date for date in days if any(has_room(pk, plan.day(date)) for pk, plan in plans.items())]


def _time_off(masters: Iterable[int], days: DayRange) -> dict[int, list[Interval]]:
    begins, ends = from_minute(day_bounds(days.first)[0]), from_minute(day_bounds(days.last)[1])
    blocks = AvailabilityBlock.objects.filter(
        master_id__in=list(masters), kind__in=(BlockKind.TIME_OFF, BlockKind.BREAK), during__overlap=(begins, ends)
    )
    off: dict[int, list[Interval]] = defaultdict(list)
    for master_id, during in blocks.values_list("master_id", "during"):
        off[master_id].append((to_minute(during.lower), to_minute(during.upper)))
    return {master_id: merge(stretches) for master_id, stretches in off.items()}

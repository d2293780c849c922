"""Reads: when a master is free. Two queries, whatever the number of days and masters: shifts once, blocks once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.conf import settings
from django.db import connection

from schedules.calendar import (
    DayRange,
    from_minute,
    horizon,
    to_minute,
    utc_offset_minutes,
    wall_clock_minute,
)
from schedules.intervals import Interval, grid_starts, merge, subtract
from schedules.models import Shift

SLOT_STEP_MINUTES = 30
DAY_MINUTES = 24 * 60

# Nothing but time off is longer than a day (a CHECK), so what overlaps a window either starts within a day of it,
# or is old time off. Both come from an index, however long the history.
_BUSY = """
    SELECT master_id, floor(extract(epoch FROM lower(during)) / 60)::bigint,
           ceil(extract(epoch FROM upper(during)) / 60)::bigint
      FROM availability_blocks
     WHERE master_id = ANY(%(masters)s::bigint[])
       AND starts_at >= to_timestamp(%(first)s::bigint * 60) - interval '1 day'
       AND starts_at < to_timestamp(%(last)s::bigint * 60)
    UNION ALL
    SELECT master_id, floor(extract(epoch FROM lower(during)) / 60)::bigint,
           ceil(extract(epoch FROM upper(during)) / 60)::bigint
      FROM availability_blocks
     WHERE master_id = ANY(%(masters)s::bigint[]) AND kind = 'time_off'
       AND starts_at < to_timestamp(%(first)s::bigint * 60) - interval '1 day'
       AND upper(during) > to_timestamp(%(first)s::bigint * 60)
"""


class Slot(NamedTuple):
    """A time at which a master can begin."""

    starts_at: dt.datetime
    master_id: int


class Day(NamedTuple):
    """A master's working windows on one day, lunch cut out, and the phase of its slot grid (minutes)."""

    date: dt.date
    windows: list[Interval]
    phase: int


class ShiftRow(NamedTuple):
    """A shift with what its master's row says of cycle and lunch."""

    master_id: int
    cycle_days: int
    cycle_anchor: dt.date
    lunch_starts: dt.time | None
    lunch_ends: dt.time | None
    cycle_day: int
    starts: dt.time
    ends: dt.time


def shifts_of(masters: Iterable[int]) -> dict[int, list[ShiftRow]]:
    """The shifts of the masters that take bookings."""
    rows = Shift.objects.filter(master_id__in=list(masters), master__is_active=True).values_list(
        "master_id", "master__cycle_days", "master__cycle_anchor", "master__lunch_starts", "master__lunch_ends",
        "cycle_day", "starts", "ends",
    )  # fmt: skip
    shifts: dict[int, list[ShiftRow]] = defaultdict(list)
    for row in rows.order_by("master_id", "cycle_day", "starts"):
        shifts[row[0]].append(ShiftRow._make(row))
    return shifts


def busy_times(masters: Iterable[int], *, first: int, last: int) -> dict[int, list[Interval]]:
    """What is taken of each master's time, merged; at least what overlaps the minutes [first, last)."""
    taken: dict[int, list[Interval]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_BUSY, {"masters": list(masters), "first": first, "last": last})
        for master_id, start, end in cursor.fetchall():
            taken[master_id].append((start, end))
    return {master_id: merge(intervals) for master_id, intervals in taken.items()}


def working_day(shifts: Iterable[ShiftRow], date: dt.date) -> Day | None:
    """One master's windows on a date, or None when it is a day off."""
    windows: list[Interval] = []
    lunch: list[Interval] = []
    for shift in shifts:
        if (date - shift.cycle_anchor).days % shift.cycle_days != shift.cycle_day:
            continue
        windows.append((wall_clock_minute(date, shift.starts), wall_clock_minute(date, shift.ends)))
        if shift.lunch_starts and shift.lunch_ends:
            lunch = [(wall_clock_minute(date, shift.lunch_starts), wall_clock_minute(date, shift.lunch_ends))]
    if not windows:
        return None
    return Day(date, list(subtract(merge(windows), merge(lunch))), utc_offset_minutes(windows[0][0]))


def free_slots(*, needs: Mapping[int, int], days: DayRange, now: dt.datetime) -> list[Slot]:
    """Every free slot of the masters on the days, by time, then master.

    `needs` maps a master's id to the minutes that would be taken (duration and buffer); days outside the horizon
    have no slots. A read may be stale; `claims.check_slot` says it again under the lock.
    """
    bookable = horizon(now)
    days = DayRange(max(days.first, bookable.first), min(days.last, bookable.last))
    shifts = shifts_of(needs)
    open_days = [
        (master_id, day)
        for master_id, rows in shifts.items()
        for date in days
        if (day := working_day(rows, date)) and day.windows
    ]
    if not open_days:
        return []
    busy = busy_times(
        shifts,
        first=min(day.windows[0][0] for _, day in open_days),
        last=max(day.windows[-1][1] for _, day in open_days),
    )
    earliest = to_minute(now) + settings.BOOKING_MIN_NOTICE_MINUTES
    slots = [
        Slot(from_minute(minute), master_id)
        for master_id, day in open_days
        for minute in _starts(day, busy.get(master_id, []), taken=needs[master_id], earliest=earliest)
    ]
    slots.sort()
    return slots


def _starts(day: Day, busy: list[Interval], *, taken: int, earliest: int) -> Iterable[int]:
    return grid_starts(
        subtract(day.windows, busy), taken=taken, step=SLOT_STEP_MINUTES, phase=day.phase, earliest=earliest
    )

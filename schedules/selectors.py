"""Reads: when a master is free. Two queries, whatever the number of days and masters: shifts once, blocks once."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
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

Hours = tuple[tuple[dt.time, dt.time], ...]

SLOT_STEP_MINUTES = 30

# Values that come out of a subquery are unknown to the planner, so that one prepared plan serves all. With the values
# in sight it may plan every call anew (it did once the history was long), which takes as long as the answer.
_SHIFTS = """
    SELECT m.id, m.cycle_days, m.cycle_anchor, m.lunch_starts, m.lunch_ends, s.cycle_day, s.starts, s.ends
      FROM shifts s JOIN masters m ON m.id = s.master_id
     WHERE m.id = ANY((SELECT %s::bigint[])::bigint[]) AND m.is_active
     ORDER BY m.id, s.cycle_day, s.starts
"""
# Nothing but time off is longer than a day (a CHECK), so what overlaps a window either starts within a day of it,
# or is old time off. Both come from an index, however long the history.
_BUSY = """
    WITH asked AS (
        SELECT %(masters)s::bigint[] AS masters,
               to_timestamp(%(first)s::bigint * 60) AS begins,
               to_timestamp(%(last)s::bigint * 60) AS ends
    ), block AS (
        SELECT master_id, starts_at, during FROM availability_blocks
         WHERE master_id = ANY((SELECT masters FROM asked)::bigint[])
           AND starts_at >= (SELECT begins - interval '1 day' FROM asked)
           AND starts_at < (SELECT ends FROM asked)
        UNION ALL
        SELECT master_id, starts_at, during FROM availability_blocks
         WHERE master_id = ANY((SELECT masters FROM asked)::bigint[]) AND kind = 'time_off'
           AND starts_at < (SELECT begins - interval '1 day' FROM asked)
           AND upper(during) > (SELECT begins FROM asked)
    )
    SELECT master_id, array_agg(floor(date_part('epoch', starts_at) / 60)::bigint),
           array_agg(ceil(date_part('epoch', upper(during)) / 60)::bigint)
      FROM block
     GROUP BY master_id
"""


class Slot(NamedTuple):
    """A time at which a master can begin."""

    starts_at: dt.datetime
    master_id: int


class Day(NamedTuple):
    """A master's working windows on one day, lunch cut out, and the phase of its slot grid (minutes)."""

    date: dt.date
    windows: tuple[Interval, ...]
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
    shifts: dict[int, list[ShiftRow]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_SHIFTS, [list(masters)])
        for row in map(ShiftRow._make, cursor.fetchall()):
            shifts[row.master_id].append(row)
    return shifts


def busy_times(masters: Iterable[int], *, first: int, last: int) -> dict[int, list[Interval]]:
    """What is taken of each master's time, merged; at least what overlaps the minutes [first, last)."""
    with connection.cursor() as cursor:
        cursor.execute(_BUSY, {"masters": list(masters), "first": first, "last": last})
        return {master_id: merge(zip(starts, ends, strict=True)) for master_id, starts, ends in cursor.fetchall()}


def working_day(shifts: Sequence[ShiftRow], date: dt.date) -> Day | None:
    """One master's windows on a date, or None when it is a day off."""
    if not shifts:
        return None
    cycle_day = (date - shifts[0].cycle_anchor).days % shifts[0].cycle_days
    hours = tuple([(shift.starts, shift.ends) for shift in shifts if shift.cycle_day == cycle_day])
    if not hours:
        return None
    return _day(settings.SHOP_TIME_ZONE, date, hours, shifts[0].lunch_starts, shifts[0].lunch_ends)


# Masters work the same few hours, and everybody asks for the same few weeks. The zone is there as part of the key.
@lru_cache(maxsize=4096)
def _day(_zone: str, date: dt.date, hours: Hours, lunch_starts: dt.time | None, lunch_ends: dt.time | None) -> Day:
    windows = merge((wall_clock_minute(date, starts), wall_clock_minute(date, ends)) for starts, ends in hours)
    lunch: list[Interval] = []
    if lunch_starts and lunch_ends:
        lunch = merge([(wall_clock_minute(date, lunch_starts), wall_clock_minute(date, lunch_ends))])
    return Day(date, tuple(subtract(windows, lunch)), utc_offset_minutes(wall_clock_minute(date, hours[0][0])))


def free_slots(*, needs: Mapping[int, int], days: DayRange, now: dt.datetime) -> list[Slot]:
    """Every free slot of the masters on the days, by time, then master.

    `needs` maps a master's id to the minutes that would be taken (duration and buffer); days outside the horizon
    have no slots. A read may be stale; `claims.check_slot` says it again under the lock.
    """
    bookable = horizon(now)
    days = DayRange(max(days.first, bookable.first), min(days.last, bookable.last))
    shifts = shifts_of(needs)
    windows = _open_windows(shifts, days)
    if not windows:
        return []
    first = min(opened[0][0] for opened in windows.values())
    last = max(opened[-1][1] for opened in windows.values())
    busy = busy_times(shifts, first=first, last=last)
    earliest = to_minute(now) + settings.BOOKING_MIN_NOTICE_MINUTES
    free: dict[int, list[int]] = defaultdict(list)
    for (master_id, phase), opened in windows.items():
        left = subtract(opened, busy.get(master_id, []))
        for minute in grid_starts(left, taken=needs[master_id], step=SLOT_STEP_MINUTES, phase=phase, earliest=earliest):
            free[minute].append(master_id)
    slots: list[Slot] = []
    for minute in sorted(free):
        moment = from_minute(minute)
        slots += [Slot(moment, master_id) for master_id in free[minute]]
    return slots


def _open_windows(shifts: Mapping[int, Sequence[ShiftRow]], days: DayRange) -> dict[tuple[int, int], list[Interval]]:
    """The windows of all the days, by master and by the phase of the slot grid: it moves when the clocks change."""
    windows: dict[tuple[int, int], list[Interval]] = defaultdict(list)
    for master_id, rows in shifts.items():
        for date in days:
            if (day := working_day(rows, date)) and day.windows:
                windows[master_id, day.phase] += day.windows
    return windows

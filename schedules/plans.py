"""When a master works: the rotas, exceptions and lunches in force, in one query, and the working windows of a day."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from schedules.calendar import DayRange, day_bounds, utc_offset_minutes, wall_clock_minute
from schedules.intervals import Interval, merge, subtract
from schedules.models import DEFAULT_LUNCH

Hours = tuple[tuple[dt.time, dt.time], ...]
LunchHours = tuple[dt.time, dt.time] | None

# Of what is in force without an end, the row that is in force on the first day and those that come after it.
# Values that come out of a subquery are unknown to the planner, so that one prepared plan serves all.
PLAN_ROWS = """
    SELECT r.master_id, r.one_day, r.from_day, r.cycle_days, r.cycle_anchor, s.cycle_day, s.starts, s.ends
      FROM rotas r
      JOIN masters m ON m.id = r.master_id AND (m.is_active OR (SELECT also_inactive FROM asked))
      LEFT JOIN shifts s ON s.rota_id = r.id
     WHERE r.master_id = ANY((SELECT masters FROM asked)::bigint[])
       AND r.from_day <= (SELECT last_day FROM asked)
       AND r.from_day >= CASE WHEN r.one_day THEN (SELECT first_day FROM asked) ELSE coalesce(
           (SELECT max(p.from_day) FROM rotas p
             WHERE p.master_id = r.master_id AND NOT p.one_day AND p.from_day <= (SELECT first_day FROM asked)),
           r.from_day) END
    UNION ALL
    SELECT l.master_id, l.one_day, l.from_day, NULL, NULL, NULL, l.starts, l.ends
      FROM lunches l
     WHERE l.master_id = ANY((SELECT masters FROM asked)::bigint[])
       AND l.from_day <= (SELECT last_day FROM asked)
       AND l.from_day >= CASE WHEN l.one_day THEN (SELECT first_day FROM asked) ELSE coalesce(
           (SELECT max(p.from_day) FROM lunches p
             WHERE p.master_id = l.master_id AND NOT p.one_day AND p.from_day <= (SELECT first_day FROM asked)),
           l.from_day) END
"""
_PLANS = f"""
    WITH asked AS (
        SELECT %(masters)s::bigint[] AS masters, %(first)s::date AS first_day, %(last)s::date AS last_day,
               %(inactive)s::boolean AS also_inactive
    )
    {PLAN_ROWS} ORDER BY 1, 3, 6, 7
"""


class Day(NamedTuple):
    """A master's working windows on one day, lunch cut out, and the phase of its slot grid (minutes)."""

    date: dt.date
    windows: tuple[Interval, ...]
    phase: int


class Cycle(NamedTuple):
    """The hours of each day of a repeating cycle, in force from a day."""

    from_day: dt.date
    days: int
    anchor: dt.date
    hours: dict[int, Hours]

    def on(self, date: dt.date) -> Hours:
        return self.hours.get((date - self.anchor).days % self.days, ())


@dataclass(slots=True)
class Plan:
    """What is known of one master's work: cycles and lunches by the day they begin, and single days."""

    cycles: list[Cycle] = field(default_factory=list)
    single_days: dict[dt.date, Hours] = field(default_factory=dict)
    lunches: list[tuple[dt.date, LunchHours]] = field(default_factory=list)
    single_lunches: dict[dt.date, LunchHours] = field(default_factory=dict)

    @property
    def has_work(self) -> bool:
        """Whether there is any rota; a lunch alone is none."""
        return bool(self.cycles or self.single_days)

    def hours(self, date: dt.date) -> Hours:
        """The shifts of a day by the wall clock; none on a day off."""
        if date in self.single_days:
            return self.single_days[date]
        for cycle in reversed(self.cycles):
            if cycle.from_day <= date:
                return cycle.on(date)
        return ()

    def lunch(self, date: dt.date) -> LunchHours:
        """The lunch break of a day by the wall clock, or None without one."""
        if date in self.single_lunches:
            return self.single_lunches[date]
        for from_day, lunch in reversed(self.lunches):
            if from_day <= date:
                return lunch
        return DEFAULT_LUNCH

    def day(self, date: dt.date) -> Day | None:
        """The working windows of a date, or None when it is a day off."""
        hours = self.hours(date)
        return _day(settings.SHOP_TIME_ZONE, date, hours, self.lunch(date)) if hours else None


def plans_of(masters: Iterable[int], days: DayRange, *, also_inactive: bool = False) -> dict[int, Plan]:
    """The plans, good for these days, of the masters who work on some of them and take bookings; or else of all."""
    values: dict[str, Any] = {
        "masters": list(masters),
        "first": days.first,
        "last": days.last,
        "inactive": also_inactive,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PLANS, values)
        plans = read_plans(cursor.fetchall())
    return plans if also_inactive else {pk: plan for pk, plan in plans.items() if plan.has_work}


def read_plans(rows: Iterable[tuple[Any, ...]]) -> dict[int, Plan]:
    """The plans that the rows of PLAN_ROWS say, in their order: by master, day, day of the cycle and hour."""
    plans: dict[int, Plan] = defaultdict(Plan)
    for (master_id, from_day), group in groupby(rows, key=itemgetter(0, 2)):
        _read(plans[master_id], from_day, list(group))
    return plans


def _read(plan: Plan, from_day: dt.date, rows: list[tuple[Any, ...]]) -> None:
    """What begins on one day: at most a cycle, a single day, a lunch and a single lunch."""
    shifts: dict[tuple[bool, int, dt.date], dict[int, list[tuple[dt.time, dt.time]]]] = {}
    for _, one_day, _, cycle_days, anchor, cycle_day, starts, ends in rows:
        if cycle_days is None:
            _read_lunch(plan, from_day, (starts, ends) if starts else None, one_day=one_day)
            continue
        by_day = shifts.setdefault((one_day, cycle_days, anchor), defaultdict(list))
        if starts:
            by_day[cycle_day].append((starts, ends))
    for (one_day, cycle_days, anchor), by_day in shifts.items():
        hours = {cycle_day: tuple(stretches) for cycle_day, stretches in by_day.items()}
        if one_day:
            plan.single_days[from_day] = hours.get(0, ())
        else:
            plan.cycles.append(Cycle(from_day, cycle_days, anchor, hours))


def _read_lunch(plan: Plan, from_day: dt.date, lunch: LunchHours, *, one_day: bool) -> None:
    if one_day:
        plan.single_lunches[from_day] = lunch
    else:
        plan.lunches.append((from_day, lunch))


# Masters work the same few hours, and everybody asks for the same few weeks. The zone is there as part of the key.
@lru_cache(maxsize=4096)
def _day(_zone: str, date: dt.date, hours: Hours, lunch: LunchHours) -> Day:
    # Where the clock skips the day's last hour (Nuuk), a shift until then would run into the next day.
    _, midnight = day_bounds(date)
    windows = merge(
        (wall_clock_minute(date, starts), min(wall_clock_minute(date, ends), midnight)) for starts, ends in hours
    )
    pause = merge([(wall_clock_minute(date, lunch[0]), wall_clock_minute(date, lunch[1]))]) if lunch else []
    return Day(date, tuple(subtract(windows, pause)), utc_offset_minutes(wall_clock_minute(date, hours[0][0])))

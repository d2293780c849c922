"""When masters work and what is taken of it, in one query: a second round trip would be a fifth of a short answer."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection

from schedules.blocks import BLOCKS, MINUTES
from schedules.calendar import DayRange, day_bounds
from schedules.intervals import Interval, merge
from schedules.plans import PLAN_ROWS, Plan, read_plans

_TIMETABLES = f"""
    WITH asked AS (
        SELECT %(masters)s::bigint[] AS masters, %(first)s::date AS first_day, %(last)s::date AS last_day,
               false AS also_inactive,
               to_timestamp(%(begins)s::bigint * 60) AS begins, to_timestamp(%(ends)s::bigint * 60) AS ends,
               %(own_block)s::bigint AS own_block
    ), block AS ({BLOCKS})
    SELECT plan.*, NULL::bigint[], NULL::bigint[] FROM ({PLAN_ROWS}) AS plan
    UNION ALL
    SELECT master_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, {MINUTES}
      FROM block WHERE id <> (SELECT own_block FROM asked) GROUP BY master_id
     ORDER BY 1, 3, 6, 7
"""  # noqa: S608 - constants


class Timetable(NamedTuple):
    """When one master works, good for the days asked for, and at least what is taken of those days, merged."""

    plan: Plan
    busy: list[Interval]


def timetables_of(masters: Iterable[int], days: DayRange, *, own_block: int = 0) -> dict[int, Timetable]:
    """The timetables of those masters who take bookings and have a rota; in one query, whatever their number.

    A booking that moves is not in its own way: `own_block` is left out.
    """
    values: dict[str, Any] = {
        "masters": list(masters),
        "first": days.first,
        "last": days.last,
        "begins": day_bounds(days.first)[0],
        "ends": day_bounds(days.last)[1],
        "own_block": own_block,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TIMETABLES, values)
        rows = cursor.fetchall()
    taken = {row[0]: merge(zip(row[8], row[9], strict=True)) for row in rows if row[8] is not None}
    plans = read_plans(row[:8] for row in rows if row[8] is None)
    return {pk: Timetable(plan, taken.get(pk, [])) for pk, plan in plans.items() if plan.has_work}

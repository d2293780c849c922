"""Free slots: the product's selector, and one prepared SQL statement with the same answer. Runs in a worker."""

import datetime as dt
import time
from collections.abc import Callable
from decimal import Decimal
from statistics import median
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection

from benchmarks.errors import WrongResult
from benchmarks.shop import NOW, SERVICE_MINUTES
from bookings.selectors import OfferTerms, free_slots
from schedules.calendar import DayRange, local_day

# psycopg prepares a statement at its fifth use or so, and the server settles on a plan after five more.
WARM_UP_CALLS = 12
# Of the three forms tried (NOT EXISTS for each slot, integer grid cells joined by hash, multiranges) the fastest by
# far: range_agg, subtract, and a series over what is left.
REFERENCE = """
    WITH open AS (
        SELECT m.id,
               range_agg(tstzrange((day + s.starts) AT TIME ZONE %(zone)s::text,
                                   (day + s.ends) AT TIME ZONE %(zone)s::text))
               - range_agg(tstzrange((day + m.lunch_starts) AT TIME ZONE %(zone)s::text,
                                     (day + m.lunch_ends) AT TIME ZONE %(zone)s::text)) AS windows
          FROM masters m
          JOIN shifts s ON s.master_id = m.id
          JOIN generate_series(0, %(last)s::date - %(first)s::date) AS n
            ON (%(first)s::date + n - m.cycle_anchor) %% m.cycle_days = s.cycle_day
          CROSS JOIN LATERAL (SELECT %(first)s::date + n AS day) AS calendar
         WHERE m.id = ANY(%(masters)s::bigint[]) AND m.is_active
         GROUP BY m.id
    ), block AS (
        SELECT master_id, during FROM availability_blocks
         WHERE master_id = ANY(%(masters)s::bigint[])
           AND starts_at >= %(begin)s::timestamptz - interval '1 day' AND starts_at < %(end)s::timestamptz
        UNION ALL
        SELECT master_id, during FROM availability_blocks
         WHERE master_id = ANY(%(masters)s::bigint[]) AND kind = 'time_off'
           AND starts_at < %(begin)s::timestamptz - interval '1 day' AND upper(during) > %(begin)s::timestamptz
    ), busy AS (
        SELECT master_id, range_agg(during) AS taken FROM block GROUP BY master_id
    )
    SELECT slot, id
      FROM open
      LEFT JOIN busy ON master_id = id
      CROSS JOIN LATERAL unnest(windows - coalesce(taken, '{}')) AS free
      CROSS JOIN LATERAL generate_series(
          date_bin('30 minutes', greatest(lower(free), %(earliest)s::timestamptz) + interval '30 minutes'
                                 - interval '1 microsecond', %(begin)s::timestamptz),
          upper(free) - %(taken)s::int * interval '1 minute',
          interval '30 minutes') AS slot
     ORDER BY slot, id
"""


class Sample(NamedTuple):
    """Of a slice of many calls: the median's seconds on the clock, the mean of this process's processor seconds."""

    wall: float
    cpu: float
    calls: int


def measure(*, masters: list[int], days: int, reference: bool, seconds: float) -> Sample:
    """Call one side for about so many seconds; WrongResult unless both sides give the same slots."""
    first = local_day(NOW)
    asked = DayRange(first, first + dt.timedelta(days=days - 1))
    statement, product = _reference(masters, asked), _product(masters, asked)
    expected, found = [tuple(row) for row in statement()], [tuple(slot) for slot in product()]
    if not found or len(found) != len(set(found)):
        raise WrongResult("No slot, or one twice.")
    if set(found) != set(expected):
        raise WrongResult(f"The slots differ: {sorted(set(found) ^ set(expected))[:3]} ...")
    return _timed(statement if reference else product, seconds)


def _product(masters: list[int], days: DayRange) -> Callable[[], list[Any]]:
    terms = [OfferTerms(master_id, "", Decimal(900), SERVICE_MINUTES, 0) for master_id in masters]
    return lambda: free_slots(terms=terms, days=days, now=NOW)


def _reference(masters: list[int], days: DayRange) -> Callable[[], list[Any]]:
    midnight = NOW - dt.timedelta(hours=9)
    values = {
        "masters": masters,
        "zone": settings.SHOP_TIME_ZONE,
        "first": days.first,
        "last": days.last,
        "begin": midnight,
        "end": midnight + dt.timedelta(days=(days.last - days.first).days + 1),
        "earliest": NOW + dt.timedelta(minutes=settings.BOOKING_MIN_NOTICE_MINUTES),
        "taken": SERVICE_MINUTES,
    }
    connection.ensure_connection()
    direct = connection.connection  # psycopg's, with nothing of Django between
    direct.execute("SET jit = off")  # compiling takes longer than running, for either side
    return lambda: direct.execute(REFERENCE, values, prepare=True, binary=True).fetchall()


def _timed(call: Callable[[], object], seconds: float) -> Sample:
    for _ in range(WARM_UP_CALLS):
        call()
    walls: list[float] = []
    began, began_cpu = time.perf_counter(), time.process_time()
    ended = began
    while ended - began < seconds:
        call()
        walls.append(-ended + (ended := time.perf_counter()))
    return Sample(median(walls), (time.process_time() - began_cpu) / len(walls), len(walls))

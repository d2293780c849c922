"""Free slots: the product's selector, and one prepared SQL statement with the same answer. Runs in a worker."""

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from decimal import Decimal
from enum import StrEnum, auto
from statistics import median
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.test import override_settings

from benchmarks.errors import WrongResult
from benchmarks.shop import NOW, SERVICE_MINUTES
from bookings.selectors import OfferTerms, free_slots
from schedules.calendar import DayRange, local_day

# psycopg prepares a statement at its fifth use or so, and the server settles on a plan after five more.
WARM_UP_CALLS = 12
SHARED_REDIS = "barbershop.cache.SharedRedisCache"
# Of the forms tried (NOT EXISTS for each slot, integer grid cells joined by hash, multiranges) the fastest by far:
# range_agg, subtract, and a series over what is left. Rotas and lunches are ranges of days, joined once: looking up the
# one in force day by day takes longer.
REFERENCE = """
    WITH calendar AS (
        SELECT %(first)s::date + n AS day FROM generate_series(0, %(last)s::date - %(first)s::date) AS n
    ), cycle AS (
        SELECT r.*, lead(from_day, 1, 'infinity') OVER (PARTITION BY master_id ORDER BY from_day) AS until
          FROM rotas r
          JOIN masters m ON m.id = master_id AND m.is_active
         WHERE master_id = ANY(%(masters)s::bigint[]) AND NOT one_day
    ), single AS (
        SELECT r.id, r.master_id, r.from_day AS day
          FROM rotas r
          JOIN masters m ON m.id = master_id AND m.is_active
         WHERE master_id = ANY(%(masters)s::bigint[]) AND one_day
           AND from_day BETWEEN %(first)s::date AND %(last)s::date
    ), work AS (
        SELECT c.master_id, c.id AS rota_id, day, (day - c.cycle_anchor) %% c.cycle_days AS cycle_day
          FROM cycle c
          JOIN calendar ON day >= c.from_day AND day < c.until
         WHERE (c.master_id, day) NOT IN (SELECT master_id, single.day FROM single)
        UNION ALL
        SELECT master_id, id, day, 0 FROM single
    ), lunch AS (
        SELECT l.*, lead(from_day, 1, 'infinity') OVER (PARTITION BY master_id ORDER BY from_day) AS until
          FROM lunches l
         WHERE master_id = ANY(%(masters)s::bigint[]) AND NOT one_day
    ), open AS (
        SELECT work.master_id AS id,
               range_agg(tstzrange((day + s.starts) AT TIME ZONE %(zone)s::text,
                                   (day + s.ends) AT TIME ZONE %(zone)s::text))
               - coalesce(range_agg(tstzrange((day + eats.starts) AT TIME ZONE %(zone)s::text,
                                              (day + eats.ends) AT TIME ZONE %(zone)s::text))
                          FILTER (WHERE eats.starts IS NOT NULL), '{}') AS windows
          FROM work
          JOIN shifts s ON s.rota_id = work.rota_id AND s.cycle_day = work.cycle_day
          LEFT JOIN lunches l ON l.master_id = work.master_id AND l.one_day AND l.from_day = day
          LEFT JOIN lunch ON lunch.master_id = work.master_id AND day >= lunch.from_day AND day < lunch.until
          CROSS JOIN LATERAL (
              SELECT CASE WHEN l.id IS NOT NULL THEN l.starts WHEN lunch.id IS NOT NULL THEN lunch.starts
                          ELSE '13:00' END AS starts,
                     CASE WHEN l.id IS NOT NULL THEN l.ends WHEN lunch.id IS NOT NULL THEN lunch.ends
                          ELSE '14:00' END AS ends) AS eats
         GROUP BY work.master_id
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


class How(StrEnum):
    """Who answers, and from where."""

    SQL = auto()
    DATABASE = auto()
    CACHE = auto()


class Sample(NamedTuple):
    """Of a slice of many calls: the median's seconds on the clock, the mean of this process's processor seconds."""

    wall: float
    cpu: float
    calls: int


def measure(*, masters: list[int], days: int, how: How, seconds: float, redis_url: str = "") -> Sample:
    """Call one side for about so many seconds; WrongResult unless it gives the slots of the SQL.

    The cache is the process's own, or the Redis at the URL; the database is asked in a transaction, where none is used.
    """
    first = local_day(NOW)
    asked = DayRange(first, first + dt.timedelta(days=days - 1))
    statement, product = _reference(masters, asked), _product(masters, asked)
    side = statement if how is How.SQL else product
    with _cache_at(redis_url), transaction.atomic() if how is How.DATABASE else nullcontext():
        _check(statement(), side())
        _check(statement(), side())  # from the cache, if there is one
        return _timed(side, seconds)


def _check(expected: list[Any], found: list[Any]) -> None:
    slots = {tuple(slot) for slot in found}
    if not slots or len(found) != len(slots):
        raise WrongResult("No slot, or one twice.")
    if differing := slots ^ {tuple(slot) for slot in expected}:
        raise WrongResult(f"The slots differ: {sorted(differing)[:3]} ...")


@contextmanager
def _cache_at(redis_url: str) -> Iterator[None]:
    """Keep what is kept in the Redis for as long as the block; without a URL, where the settings say."""
    if not redis_url:
        yield
        return
    with override_settings(CACHES={"default": {"BACKEND": SHARED_REDIS, "LOCATION": [redis_url]}}):
        yield


def _product(masters: list[int], days: DayRange) -> Callable[[], list[Any]]:
    terms = [OfferTerms(master_id, "", (0,), (Decimal(900),), (SERVICE_MINUTES,), 0) for master_id in masters]
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

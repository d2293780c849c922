"""A master's free time, kept by the master's generation, so that what is kept can't be stale.

Every writer of a master's time goes through `claims.lock_masters`, which raises the generation in the writer's own
transaction. A reader asks for the generation first: what is found under it was computed from the rows that belong to
it, because a reader keeps what it computed only if the generation is still the same afterwards. In a transaction
nothing is kept or taken from the cache: its rows may be its own, or those of an old snapshot.
"""

import datetime as dt
import logging
import time
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from operator import lt
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import cache
from django.db import connection

from observability.events import emit
from schedules.calendar import DayRange, day_bounds, horizon
from schedules.intervals import Interval, subtract
from schedules.plans import Plan
from schedules.timetables import timetables_of

# By the phase of the slot grid, which moves when the clocks change.
FreeTime = Mapping[int, list[Interval]]
# The same as it is kept: phases, each with the bounds of its intervals one after another.
Kept = list[tuple[int, list[int]]]
T = TypeVar("T")

KEEP_SECONDS = 3600
# A cache that failed is left alone for a while: every reader would wait for it.
REST_SECONDS = 10.0
_GENERATIONS = "SELECT id, generation FROM masters WHERE id = ANY(%s::bigint[]) AND is_active"
# By the monotonic clock; 0 while the cache answers.
_left_alone_until = 0.0


def free_time(masters: Iterable[int], *, days: DayRange, now: dt.datetime, own_block: int = 0) -> dict[int, FreeTime]:
    """What is left of the masters' working windows on the days, which lie within the horizon.

    A booking that is to move is not in its own way (`own_block`); what is found for it is nobody else's, and not kept.
    """
    if own_block or not connection.get_autocommit():
        return read_free_time(masters, days, own_block=own_block)
    whole = horizon(now)
    bounds = _bounds(whole)
    generations = _generations(masters)
    # Whom nobody has locked yet has no generation.
    keys = {master_id: _key(bounds, master_id, number) for master_id, number in generations.items() if number}
    found = _from_cache(keys, bounds)
    if missing := generations.keys() - found.keys():
        fresh = {master_id: _packed(times) for master_id, times in read_free_time(missing, whole).items()}
        found |= {master_id: fresh.get(master_id, []) for master_id in missing}
        if computed := missing & keys.keys():
            unchanged = generations.items() & _generations(computed).items()
            _keep({keys[master_id]: found[master_id] for master_id, _ in unchanged})
    asked = _bounds(days)
    return {master_id: _within(found[master_id], asked) for master_id in generations}


def read_free_time(masters: Iterable[int], days: DayRange, *, own_block: int = 0) -> dict[int, FreeTime]:
    """The same from the database, in one query and integer arithmetic, whatever the number of days and masters."""
    tables = timetables_of(masters, days, own_block=own_block)
    return {
        master_id: {phase: list(subtract(opened, busy)) for phase, opened in _working_windows(plan, days).items()}
        for master_id, (plan, busy) in tables.items()
    }


def _working_windows(plan: Plan, days: DayRange) -> dict[int, list[Interval]]:
    windows: dict[int, list[Interval]] = defaultdict(list)
    for date in days:
        if (day := plan.day(date)) and day.windows:
            windows[day.phase] += day.windows
    return windows


def _bounds(days: DayRange) -> Interval:
    return day_bounds(days.first)[0], day_bounds(days.last)[1]


def _generations(masters: Iterable[int]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(_GENERATIONS, [list(masters)])
        return dict(cursor.fetchall())


# --- What is kept -------------------------------------------------------------------------------------------------


def _key(bounds: Interval, master_id: int, generation: int) -> str:
    """All that decides beside the master's rows what is computed from them: the code, the zone, the days."""
    return f"free:{settings.VERSION}:{settings.SHOP_TIME_ZONE}:{bounds[0]}:{bounds[1]}:{master_id}:{generation}"


def _packed(times: FreeTime) -> Kept:
    return [(phase, [bound for interval in intervals for bound in interval]) for phase, intervals in times.items()]


def _within(kept: Kept, asked: Interval) -> FreeTime:
    """The intervals that begin within the bounds; none is across a midnight."""
    times: dict[int, list[Interval]] = {}
    for phase, flat in kept:
        first, last = (bisect_left(flat, bound) for bound in asked)
        within = flat[first + first % 2 : last + last % 2]
        times[phase] = list(zip(within[::2], within[1::2], strict=True))
    return times


def _from_cache(keys: Mapping[int, str], bounds: Interval) -> dict[int, Kept]:
    if not keys:
        return {}
    values: dict[str, Any] = _ask(cache.get_many, list(keys.values()), default={})
    return {
        master_id: values[key][1]
        for master_id, key in keys.items()
        if _is_kept(values.get(key), key=key, bounds=bounds)
    }


def _keep(values: Mapping[str, Kept]) -> None:
    """Each with its key, so that an answer to another question is known for what it is."""
    if values:
        _ask(cache.set_many, {key: (key, kept) for key, kept in values.items()}, KEEP_SECONDS, default=[])


def _is_kept(value: Any, *, key: str, bounds: Interval) -> bool:
    """Whether a value is one that `_keep` wrote under this key; anything may stand in a cache."""
    match value:
        case [str(name), [*phases]] if name == key:
            return all(_is_phase(phase, bounds) for phase in phases)
        case _:
            return False


def _is_phase(value: Any, bounds: Interval) -> bool:
    match value:
        case [phase, [*flat]] if set(map(type, [phase, *flat])) == {int} and len(flat) % 2 == 0:
            return all(map(lt, [bounds[0] - 1, *flat], [*flat, bounds[1] + 1]))
        case _:
            return False


def _ask(call: Callable[..., T], *arguments: Any, default: T) -> T:
    """Losing the cache loses nothing: what it would have said is computed."""
    global _left_alone_until  # noqa: PLW0603 - one cache, one rest
    if _left_alone_until:
        if time.monotonic() < _left_alone_until:
            return default
        _left_alone_until = time.monotonic() + REST_SECONDS  # one goes and looks, nobody else waits
    try:
        answer = call(*arguments)
    except Exception as error:
        _left_alone_until = time.monotonic() + REST_SECONDS
        emit("cache_away", level=logging.WARNING, reason_code=type(error).__name__)
        return default
    _left_alone_until = 0.0
    return answer

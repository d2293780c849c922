"""What makes a rota or a lunch: the rules that a form and a service both ask."""

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import pairwise

from schedules.calendar import local_day
from schedules.errors import InvalidHours, PastDay
from schedules.plans import Hours, LunchHours

LONGEST_CYCLE_DAYS = 56
LONGEST_LUNCH = dt.timedelta(hours=4)
PLANNED_AHEAD = dt.timedelta(days=366)


def checked_cycle(cycle_days: int, hours: Mapping[int, Iterable[tuple[dt.time, dt.time]]]) -> dict[int, Hours]:
    """The hours by the day of the cycle, sorted; InvalidHours when a day or a shift makes no sense."""
    if not 1 <= cycle_days <= LONGEST_CYCLE_DAYS:
        raise InvalidHours(field="cycle_days", why="cycle_length")
    if any(not 0 <= day < cycle_days for day in hours):
        raise InvalidHours(field="cycle_day", why="outside_cycle")
    return {day: checked_hours(stretches) for day, stretches in sorted(hours.items())}


def checked_hours(stretches: Iterable[tuple[dt.time, dt.time]]) -> Hours:
    """The shifts of one day, sorted; InvalidHours when one ends before it starts or two overlap."""
    unsorted = list(stretches)
    for starts, ends in unsorted:
        _check_minutes("starts", starts)
        _check_minutes("ends", ends)
        if starts >= ends:
            raise InvalidHours(field="ends", why="ends_before_start")
    hours = tuple(sorted(unsorted))
    if any(later[0] < earlier[1] for earlier, later in pairwise(hours)):
        raise InvalidHours(field="starts", why="overlap")
    return hours


def check_lunch(lunch: LunchHours) -> None:
    """InvalidHours unless it is no lunch, or one of at most four hours."""
    if lunch is None:
        return
    starts, ends = lunch
    _check_minutes("starts", starts)
    _check_minutes("ends", ends)
    if starts >= ends:
        raise InvalidHours(field="ends", why="ends_before_start")
    day = dt.date.min
    if dt.datetime.combine(day, ends) - dt.datetime.combine(day, starts) > LONGEST_LUNCH:
        raise InvalidHours(field="ends", why="too_long")


def check_day(day: dt.date, *, now: dt.datetime) -> None:
    """PastDay when the shop's day is over; InvalidHours when it is more than a year away."""
    today = local_day(now)
    if day < today:
        raise PastDay
    if day > today + PLANNED_AHEAD:
        raise InvalidHours(field="from_day", why="too_far")


def _check_minutes(field: str, time: dt.time) -> None:
    if time.second or time.microsecond or time.tzinfo is not None:
        raise InvalidHours(field=field, why="whole_minutes")

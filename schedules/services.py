"""Writes about when a master works. Each locks the master, changes from a day on, and says which bookings don't fit."""

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from django.db import transaction

from accounts.actors import Actor, check_staff
from accounts.models import Role, User
from schedules.access import check_runs
from schedules.calendar import DayRange, day_starts_at, local_day, to_minute, wall_clock_minute
from schedules.claims import lock_masters
from schedules.errors import InvalidName, MasterUnavailable
from schedules.hours import check_day, check_lunch, checked_cycle, checked_hours
from schedules.intervals import merge
from schedules.journal import record_change, reported
from schedules.models import NAME_LENGTH, AvailabilityBlock, BlockKind, Lunch, Master, Rota, Shift
from schedules.plans import Hours, LunchHours, Plan, plans_of

Stretches = Iterable[tuple[dt.time, dt.time]]
_Fits = Callable[[Plan, dt.date, int, int], bool]


class ScheduleChange(NamedTuple):
    """The master, and the blocks of bookings not over yet that the change runs into, by time: they stay as they are."""

    master_id: int
    in_the_way: list[AvailabilityBlock]


def create_master(*, user_id: int, name: str, by: Actor) -> Master:
    """Make a person a master who takes bookings; they work once they have a rota. Staff only.

    Raises MasterUnavailable when there is no such person, or they are a master already; InvalidName or NotAllowed.
    """
    with reported(master_id=None, change="master", by=by), transaction.atomic():
        check_staff(by)
        name = _checked_name(name)
        user = User.objects.select_for_update(no_key=True).filter(pk=user_id, is_active=True).first()
        if user is None or Master.objects.filter(user=user).exists():
            raise MasterUnavailable(user_id=user_id)
        if user.role == Role.CLIENT:
            User.objects.filter(pk=user.pk).update(role=Role.MASTER)
        master = Master.objects.create(user=user, name=name)
        record_change(master_id=master.pk, change="master", by=by, after={"user_id": user.pk, "is_active": True})
        return master


def update_master(*, master_id: int, name: str, is_active: bool, by: Actor) -> Master:
    """Rename a master, and say whether they take bookings; what is booked stays. Staff only.

    Raises InvalidName, MasterUnavailable or NotAllowed.
    """
    with _change(master_id, "master", by, staff_only=True):
        name = _checked_name(name)
        Master.objects.filter(pk=master_id).update(name=name, is_active=is_active)
        record_change(master_id=master_id, change="master", by=by, after={"is_active": is_active})
        return Master.objects.get(pk=master_id)


def set_rota(
    *,
    master_id: int,
    from_day: dt.date,
    cycle_days: int,
    cycle_anchor: dt.date,
    hours: Mapping[int, Stretches],
    by: Actor,
    now: dt.datetime,
) -> ScheduleChange:
    """Let the master work this cycle from a day on; changes planned for later days give way. Staff only.

    `hours` maps a day of the cycle, from 0, to its shifts by the wall clock; a day that is not there is free.
    Raises InvalidHours, PastDay or NotAllowed.
    """
    with _change(master_id, "rota", by, staff_only=True):
        check_day(from_day, now=now)
        cycle = checked_cycle(cycle_days, hours)
        Rota.objects.filter(master_id=master_id, one_day=False, from_day__gte=from_day).delete()
        rota = Rota.objects.create(
            master_id=master_id, from_day=from_day, cycle_days=cycle_days, cycle_anchor=cycle_anchor
        )
        _add_shifts(rota, cycle)
        change = _changed(master_id, from_day, now=now, fits=_inside_shifts)
        _record(change, "rota", by, from_day)
        return change


def set_day_hours(*, master_id: int, day: dt.date, hours: Stretches, by: Actor, now: dt.datetime) -> ScheduleChange:
    """Let the master work these hours on one day, whatever the cycle says; none make it a day off. Staff only."""
    with _change(master_id, "day_hours", by, staff_only=True):
        check_day(day, now=now)
        checked = checked_hours(hours)
        Rota.objects.filter(master_id=master_id, one_day=True, from_day=day).delete()
        rota = Rota.objects.create(master_id=master_id, from_day=day, one_day=True, cycle_days=1, cycle_anchor=day)
        _add_shifts(rota, {0: checked})
        change = _changed(master_id, day, one_day=True, now=now, fits=_inside_shifts)
        _record(change, "day_hours", by, day)
        return change


def clear_day_hours(*, master_id: int, day: dt.date, by: Actor, now: dt.datetime) -> ScheduleChange:
    """Let the cycle decide about a day again; a day without hours of its own stays as it is. Staff only."""
    with _change(master_id, "day_hours", by, staff_only=True):
        check_day(day, now=now)
        Rota.objects.filter(master_id=master_id, one_day=True, from_day=day).delete()
        change = _changed(master_id, day, one_day=True, now=now, fits=_inside_shifts)
        _record(change, "day_hours", by, day, given_back=True)
        return change


def set_lunch(
    *, master_id: int, lunch: LunchHours, from_day: dt.date, one_day: bool, by: Actor, now: dt.datetime
) -> ScheduleChange:
    """Let lunch be then (None is no lunch) from a day on, or on that day alone. The master's own, or staff's.

    Raises InvalidHours, PastDay or NotAllowed.
    """
    with _change(master_id, "lunch", by):
        check_day(from_day, now=now)
        check_lunch(lunch)
        replaced = Lunch.objects.filter(master_id=master_id, one_day=one_day)
        replaced.filter(**{"from_day" if one_day else "from_day__gte": from_day}).delete()
        starts, ends = lunch or (None, None)
        Lunch.objects.create(master_id=master_id, from_day=from_day, one_day=one_day, starts=starts, ends=ends)
        change = _changed(master_id, from_day, one_day=one_day, now=now, fits=_clear_of_lunch)
        _record(change, "lunch", by, from_day, one_day=one_day)
        return change


@contextmanager
def _change(master_id: int, change: str, by: Actor, *, staff_only: bool = False) -> Iterator[None]:
    """One transaction under the master's lock, by somebody who may."""
    with reported(master_id=master_id, change=change, by=by), transaction.atomic():
        if staff_only:
            check_staff(by)
        else:
            check_runs(by, master_id)
        lock_masters([master_id], active_only=False)
        yield


def _checked_name(name: str) -> str:
    """The name without spaces around it."""
    name = name.strip()
    if not name or len(name) > NAME_LENGTH or any(unicodedata.category(each) in ("Cc", "Cs") for each in name):
        raise InvalidName(limit=NAME_LENGTH)
    return name


def _add_shifts(rota: Rota, cycle: Mapping[int, Hours]) -> None:
    Shift.objects.bulk_create(
        Shift(rota=rota, cycle_day=day, starts=starts, ends=ends)
        for day, hours in cycle.items()
        for starts, ends in hours
    )


def _changed(
    master_id: int, from_day: dt.date, *, one_day: bool = False, now: dt.datetime, fits: _Fits
) -> ScheduleChange:
    """The change, with the blocks of bookings not over yet that begin on these days and don't fit any more.

    A change without an end has none here either: the horizon may have been longer when something was booked.
    """
    blocks = AvailabilityBlock.objects.filter(
        master_id=master_id,
        kind=BlockKind.BOOKING,
        starts_at__gte=day_starts_at(from_day),
        during__endswith__gt=now,
    ).order_by("starts_at")
    if one_day:
        blocks = blocks.filter(starts_at__lt=day_starts_at(from_day + dt.timedelta(days=1)))
    booked = [(block, local_day(block.during.lower)) for block in blocks]
    if not booked:
        return ScheduleChange(master_id, [])
    plan = plans_of([master_id], DayRange(from_day, booked[-1][1]), also_inactive=True).get(master_id, Plan())
    in_the_way = [
        block
        for block, date in booked
        if not fits(plan, date, to_minute(block.during.lower), to_minute(block.during.upper))
    ]
    return ScheduleChange(master_id, in_the_way)


def _inside_shifts(plan: Plan, date: dt.date, start: int, end: int) -> bool:
    """Lunch is another matter: a booking that one ran into before is not in the way of the shifts."""
    shifts = merge(
        (wall_clock_minute(date, starts), wall_clock_minute(date, ends)) for starts, ends in plan.hours(date)
    )
    return any(opens <= start and end <= closes for opens, closes in shifts)


def _clear_of_lunch(plan: Plan, date: dt.date, start: int, end: int) -> bool:
    lunch = plan.lunch(date)
    pause = merge([(wall_clock_minute(date, lunch[0]), wall_clock_minute(date, lunch[1]))]) if lunch else []
    return all(end <= begins or ends <= start for begins, ends in pause)


def _record(change: ScheduleChange, name: str, by: Actor, from_day: dt.date, **after: bool) -> None:
    record_change(
        master_id=change.master_id,
        change=name,
        by=by,
        after={"from_day": from_day.isoformat(), **after},
        affected_bookings=len(change.in_the_way),
    )

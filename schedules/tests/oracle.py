"""The free slots of a made-up shop, found the naive way: minute by minute, on the wall clock."""

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo

from schedules.models import Master
from schedules.selectors import Slot
from schedules.tests.worlds import Block, Stretch, Worker, World


@cache
def wall_clock(zone: str, day: dt.date) -> list[tuple[int, int]]:
    """Every minute of a day: minutes since the epoch, and what the clock shows, in minutes since midnight."""
    place = ZoneInfo(zone)
    first = int(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC).timestamp()) // 60 - 15 * 60
    shown = ((minute, dt.datetime.fromtimestamp(minute * 60, place)) for minute in range(first, first + 54 * 60))
    return [(minute, local.hour * 60 + local.minute) for minute, local in shown if local.date() == day]


@cache
def first_shown(zone: str, day: dt.date, time: dt.time) -> int:
    """The minute at which the clock first shows a time; of one that it skips, as long after the jump as it is past
    what the clock would have shown then."""
    wanted = time.hour * 60 + time.minute
    minute, previous = -1, -1
    for minute, shown in wall_clock(zone, day):
        if shown >= wanted:
            return minute if shown == wanted else minute + wanted - (previous + 1)
        previous = shown
    return minute + 1 + wanted - (previous + 1)


def grid_of(zone: str, day: dt.date) -> list[dt.datetime]:
    """Every moment of a day at which the clock shows a full or a half hour."""
    return [dt.datetime.fromtimestamp(minute * 60, dt.UTC) for minute, shown in wall_clock(zone, day) if not shown % 30]


def naive_free_slots(world: World, masters: list[Master]) -> list[Slot]:
    """Each minute of each day is looked at alone; nothing is merged, subtracted or counted in advance."""
    today = world.now.astimezone(ZoneInfo(world.zone)).date()
    slots = []
    for day in world.days:
        if not today <= day <= today + dt.timedelta(days=world.horizon_days):
            continue
        for worker, master in zip(world.workers, masters, strict=True):
            free = _free_minutes(world.zone, worker, day) if worker.is_active else set()
            for begins in grid_of(world.zone, day):
                minute = int(begins.timestamp()) // 60
                if begins >= world.now + dt.timedelta(minutes=world.min_notice) and all(
                    each in free for each in range(minute, minute + worker.taken_minutes)
                ):
                    slots.append(Slot(begins, master.pk))
    return sorted(slots)


def hours_of(worker: Worker, day: dt.date) -> list[Stretch]:
    """The day's own hours; or else those of the rota that began last, found by stepping through its cycle."""
    if day in worker.single_days:
        return worker.single_days[day]
    began = [rota for rota in worker.rotas if rota.from_day <= day]
    if not began:
        return []
    rota = max(began, key=lambda each: each.from_day)
    cycle_day, step = 0, 1 if rota.anchor <= day else -1
    for _ in range(abs(day.toordinal() - rota.anchor.toordinal())):
        cycle_day += step
        cycle_day = 0 if cycle_day == rota.cycle_days else rota.cycle_days - 1 if cycle_day < 0 else cycle_day
    return rota.shifts.get(cycle_day, [])


def lunch_of(worker: Worker, day: dt.date) -> Stretch | None:
    """The day's own lunch, or the one that began last, or the usual one."""
    if day in worker.single_lunches:
        return worker.single_lunches[day]
    began = [from_day for from_day in worker.lunches if from_day <= day]
    return worker.lunches[max(began)] if began else (dt.time(13), dt.time(14))


def _free_minutes(zone: str, worker: Worker, day: dt.date) -> set[int]:
    """The minutes of a day at which a master works, has no lunch and nothing else."""
    lunch = lunch_of(worker, day)
    works = [_shown_between(zone, day, hours) for hours in hours_of(worker, day)]
    eats = _shown_between(zone, day, lunch) if lunch else range(0)
    return {
        minute
        for minute, _ in wall_clock(zone, day)
        if any(minute in stretch for stretch in works)
        and minute not in eats
        and not any(_touches(minute, block) for block in worker.blocks)
    }


def _shown_between(zone: str, day: dt.date, hours: Stretch) -> range:
    return range(first_shown(zone, day, hours[0]), first_shown(zone, day, hours[1]))


def _touches(minute: int, block: Block) -> bool:
    _, begins, ends = block
    return begins.timestamp() < minute * 60 + 60 and ends.timestamp() > minute * 60

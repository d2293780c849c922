"""A shop made up by hypothesis, and its free slots found the naive way: minute by minute, on the wall clock."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from zoneinfo import ZoneInfo

from django.db import transaction
from django.test import override_settings
from hypothesis import strategies as st

from schedules.calendar import DayRange
from schedules.models import BlockKind, Master
from schedules.selectors import Slot
from schedules.tests.factories import BlockFactory, MasterFactory, add_shifts

# A zone, and a day on or next to which its clock does something.
PLACES = [
    ("Europe/Moscow", dt.date(2026, 3, 2)),
    ("Europe/Berlin", dt.date(2026, 3, 29)),  # 23 hours
    ("Europe/Berlin", dt.date(2026, 10, 25)),  # 25 hours
    ("Asia/Kathmandu", dt.date(2026, 3, 2)),  # +5:45
    ("Australia/Lord_Howe", dt.date(2026, 4, 5)),  # 24.5 hours
    ("Australia/Lord_Howe", dt.date(2026, 10, 4)),  # 23.5 hours
    ("America/St_Johns", dt.date(2026, 3, 8)),  # -3:30, 23 hours
    ("America/St_Johns", dt.date(2026, 11, 1)),
]
DAY = dt.timedelta(days=1)


@dataclass
class Worker:
    """A master: the days of the cycle on which they work, from when to when."""

    cycle_days: int
    anchor: dt.date
    lunch: tuple[dt.time, dt.time] | None
    shifts: dict[int, tuple[dt.time, dt.time]]
    is_active: bool
    taken_minutes: int
    blocks: list[tuple[BlockKind, dt.datetime, dt.datetime]] = field(default_factory=list)


@dataclass
class World:
    zone: str
    now: dt.datetime
    days: DayRange
    horizon_days: int
    min_notice: int
    workers: list[Worker]

    @contextmanager
    def in_database(self) -> Iterator[list[Master]]:
        """The world's masters, for the length of the block."""
        shop = override_settings(
            SHOP_TIME_ZONE=self.zone,
            BOOKING_HORIZON_DAYS=self.horizon_days,
            BOOKING_MIN_NOTICE_MINUTES=self.min_notice,
        )
        with shop, transaction.atomic():
            yield [_save(worker) for worker in self.workers]
            transaction.set_rollback(True)


def _save(worker: Worker) -> Master:
    master = MasterFactory.create(
        is_active=worker.is_active,
        cycle_days=worker.cycle_days,
        cycle_anchor=worker.anchor,
        lunch_starts=worker.lunch[0] if worker.lunch else None,
        lunch_ends=worker.lunch[1] if worker.lunch else None,
    )
    for day, (starts, ends) in worker.shifts.items():
        add_shifts(master, days=[day], starts=starts, ends=ends)
    for kind, begins, ends_at in worker.blocks:
        BlockFactory.create(master=master, kind=kind, begins=begins, ends=ends_at)
    return master


# --- The oracle ---------------------------------------------------------------------------------------------------


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
    previous = -1
    for minute, shown in wall_clock(zone, day):
        if shown >= wanted:
            return minute if shown == wanted else minute + wanted - (previous + 1)
        previous = shown
    raise AssertionError("a day without an evening")


def naive_free_slots(world: World, masters: list[Master]) -> list[Slot]:
    """Each minute of each day is looked at alone; nothing is merged, subtracted or counted in advance."""
    today = world.now.astimezone(ZoneInfo(world.zone)).date()
    slots = []
    for day in world.days:
        if not today <= day <= today + dt.timedelta(days=world.horizon_days):
            continue
        for worker, master in zip(world.workers, masters, strict=True):
            free = _free_minutes(world.zone, worker, day) if worker.is_active else set()
            for minute, shown in wall_clock(world.zone, day):
                begins = dt.datetime.fromtimestamp(minute * 60, dt.UTC)
                if (
                    shown % 30 == 0
                    and begins >= world.now + dt.timedelta(minutes=world.min_notice)
                    and all(each in free for each in range(minute, minute + worker.taken_minutes))
                ):
                    slots.append(Slot(begins, master.pk))
    return sorted(slots)


def _free_minutes(zone: str, worker: Worker, day: dt.date) -> set[int]:
    """The minutes of a day at which a master works, has no lunch and nothing else."""
    cycle_day = (day.toordinal() - worker.anchor.toordinal()) % worker.cycle_days
    if cycle_day not in worker.shifts:
        return set()
    starts, ends = (first_shown(zone, day, time) for time in worker.shifts[cycle_day])
    eats = range(0)
    if worker.lunch:
        eats = range(*(first_shown(zone, day, time) for time in worker.lunch))
    return {
        minute
        for minute in range(starts, ends)
        if minute not in eats and not any(_touches(minute, block) for block in worker.blocks)
    }


def _touches(minute: int, block: tuple[BlockKind, dt.datetime, dt.datetime]) -> bool:
    _, begins, ends = block
    return begins.timestamp() < minute * 60 + 60 and ends.timestamp() > minute * 60


# --- The strategies -----------------------------------------------------------------------------------------------

_quarter_hours = st.integers(0, 95).map(lambda n: dt.time(n // 4, n % 4 * 15))
_odd_times = st.times().map(lambda time: time.replace(second=0, microsecond=0))
_stretches = (
    st.tuples(_quarter_hours | _odd_times, _quarter_hours | _odd_times)
    .filter(lambda two: two[0] != two[1])
    .map(lambda two: (min(two), max(two)))
)
_long_shifts = st.tuples(
    st.sampled_from([dt.time(0), dt.time(1, 30), dt.time(2, 15), dt.time(9), dt.time(10)]),
    st.sampled_from([dt.time(18), dt.time(20, 45), dt.time(23, 59)]),
)


@st.composite
def _workers(draw: st.DrawFn, middle: dt.date) -> Worker:
    cycle_days = draw(st.sampled_from([1, 2, 4, 4, 7, 7, 9]))
    working = st.dictionaries(
        st.integers(0, cycle_days - 1), _long_shifts | _long_shifts | _stretches, min_size=(cycle_days + 1) // 2
    )
    noon = dt.datetime(middle.year, middle.month, middle.day, 12, tzinfo=dt.UTC)
    return Worker(
        cycle_days=cycle_days,
        anchor=middle + draw(st.sampled_from([-400, -7, -3, -1, 0, 1, 2, 5, 100])) * DAY,
        lunch=draw(st.none() | st.just((dt.time(13), dt.time(14))) | _stretches),
        shifts=draw(working),
        is_active=draw(st.sampled_from([True] * 9 + [False])),
        taken_minutes=draw(st.sampled_from([5, 30, 60, 75, 90, 135])),
        blocks=_without_overlaps(draw(st.lists(_blocks(noon), max_size=6))),
    )


@st.composite
def _blocks(draw: st.DrawFn, noon: dt.datetime) -> tuple[BlockKind, dt.datetime, dt.datetime]:
    """A visit, a break or a hold of up to a day, at odd seconds too; or time off that began weeks before."""
    if draw(st.integers(0, 7)) == 7:
        begins = noon - dt.timedelta(hours=draw(st.integers(-40, 24 * 40)))
        hours = draw(st.integers(1, 24 * 42))
        return BlockKind.TIME_OFF, begins, begins + dt.timedelta(hours=hours, seconds=draw(st.sampled_from([0, 1])))
    kind = draw(st.sampled_from([BlockKind.BOOKING, BlockKind.BREAK, BlockKind.HOLD, BlockKind.TIME_OFF]))
    begins = noon + dt.timedelta(
        minutes=draw(st.integers(-60 * 48, 60 * 48)), seconds=draw(st.sampled_from([0, 0, 59]))
    )
    minutes = draw(st.sampled_from([1, 15, 30, 60, 90, 24 * 60, 24 * 60]))
    seconds = draw(st.sampled_from([0, 0, -59] if minutes == 24 * 60 else [0, 0, -59, 1]))
    return kind, begins, begins + dt.timedelta(minutes=minutes, seconds=seconds)


def _without_overlaps(
    blocks: list[tuple[BlockKind, dt.datetime, dt.datetime]],
) -> list[tuple[BlockKind, dt.datetime, dt.datetime]]:
    kept: list[tuple[BlockKind, dt.datetime, dt.datetime]] = []
    for block in blocks:
        if all(block[2] <= other[1] or other[2] <= block[1] for other in kept):
            kept.append(block)
    return kept


@st.composite
def worlds(draw: st.DrawFn) -> World:
    zone, middle = draw(st.sampled_from(PLACES))
    start = dt.datetime(middle.year, middle.month, middle.day, tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    first = middle + draw(st.integers(-2, 1)) * DAY
    minutes = draw(st.integers(-160, 80).map(lambda n: n * 15) | st.integers(-60 * 40, 60 * 20))
    return World(
        zone=zone,
        now=start + dt.timedelta(minutes=minutes, seconds=draw(st.sampled_from([0, 1, 30.5]))),
        days=DayRange(first, first + draw(st.integers(0, 3)) * DAY),
        horizon_days=draw(st.sampled_from([30, 30, 30, 2, 1, 0])),
        min_notice=draw(st.sampled_from([30, 30, 0, 45, 600])),
        workers=draw(st.lists(_workers(middle), min_size=1, max_size=2)),
    )

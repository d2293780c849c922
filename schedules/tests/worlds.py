"""A shop made up by hypothesis: where it is, when it is, and who works when."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.db import transaction
from django.test import override_settings
from hypothesis import strategies as st

from schedules.calendar import DayRange
from schedules.models import BlockKind, Lunch, Master, Rota, Shift
from schedules.tests.factories import BlockFactory, MasterFactory

Stretch = tuple[dt.time, dt.time]
Block = tuple[BlockKind, dt.datetime, dt.datetime]

# A zone, and a day on or next to which its clock does something.
PLACES = [
    ("Europe/Moscow", dt.date(2026, 3, 2)),
    ("Europe/Berlin", dt.date(2026, 3, 29)),  # 23 hours
    ("Europe/Berlin", dt.date(2026, 10, 25)),  # 25 hours
    ("Asia/Kolkata", dt.date(2028, 2, 29)),  # +5:30, a leap day
    ("Asia/Kathmandu", dt.date(2026, 3, 2)),  # +5:45
    ("Australia/Lord_Howe", dt.date(2026, 4, 5)),  # 24.5 hours
    ("Australia/Lord_Howe", dt.date(2026, 10, 4)),  # 23.5 hours
    ("America/St_Johns", dt.date(2026, 3, 8)),  # -3:30, 23 hours
    ("America/St_Johns", dt.date(2026, 11, 1)),
    ("America/Havana", dt.date(2026, 3, 8)),  # midnight is skipped
    ("America/Havana", dt.date(2026, 11, 1)),  # midnight comes twice
    ("Africa/Cairo", dt.date(2026, 4, 24)),  # midnight is skipped
    ("Africa/Cairo", dt.date(2026, 10, 29)),  # the last hour of the day comes twice
    ("Asia/Beirut", dt.date(2026, 3, 29)),
    ("Asia/Beirut", dt.date(2026, 10, 24)),
    ("America/Asuncion", dt.date(2023, 10, 1)),
    ("America/Asuncion", dt.date(2024, 3, 23)),
    ("America/Nuuk", dt.date(2026, 3, 28)),  # the last hour of the day is skipped
    ("America/Nuuk", dt.date(2026, 10, 24)),
    ("Antarctica/Troll", dt.date(2026, 3, 29)),  # two hours at once
    ("Pacific/Apia", dt.date(2011, 12, 30)),  # the whole day is skipped
]
DAY = dt.timedelta(days=1)


@dataclass
class Cycle:
    """The days of the cycle on which a master works from a day on, from when to when."""

    from_day: dt.date
    cycle_days: int
    anchor: dt.date
    shifts: dict[int, list[Stretch]]


@dataclass
class Worker:
    """A master: rotas, days of their own, lunches by the day they begin, lunches of one day, what takes time."""

    rotas: list[Cycle]
    single_days: dict[dt.date, list[Stretch]]
    lunches: dict[dt.date, Stretch | None]
    single_lunches: dict[dt.date, Stretch | None]
    is_active: bool
    taken_minutes: int
    blocks: list[Block] = field(default_factory=list)


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
    master = MasterFactory.create(is_active=worker.is_active)
    for rota in worker.rotas:
        row = Rota.objects.create(
            master=master, from_day=rota.from_day, cycle_days=rota.cycle_days, cycle_anchor=rota.anchor
        )
        _save_shifts(row, rota.shifts)
    for day, hours in worker.single_days.items():
        row = Rota.objects.create(master=master, from_day=day, one_day=True, cycle_days=1, cycle_anchor=day)
        _save_shifts(row, {0: hours})
    for one_day, lunches in ((False, worker.lunches), (True, worker.single_lunches)):
        for day, lunch in lunches.items():
            starts, ends = lunch or (None, None)
            Lunch.objects.create(master=master, from_day=day, one_day=one_day, starts=starts, ends=ends)
    for kind, begins, ends_at in worker.blocks:
        BlockFactory.create(master=master, kind=kind, begins=begins, ends=ends_at)
    return master


def _save_shifts(rota: Rota, shifts: dict[int, list[Stretch]]) -> None:
    Shift.objects.bulk_create(
        Shift(rota=rota, cycle_day=day, starts=starts, ends=ends)
        for day, hours in shifts.items()
        for starts, ends in hours
    )


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
# Mostly one shift; of several, which may overlap, no two begin together.
_hours = st.tuples(_long_shifts).map(list) | st.lists(
    _long_shifts | _stretches, min_size=1, max_size=3, unique_by=lambda stretch: stretch[0]
)
_lunch = st.none() | st.just((dt.time(13), dt.time(14))) | _stretches


def _near(middle: dt.date) -> st.SearchStrategy[dt.date]:
    return st.integers(-3, 4).map(lambda n: middle + n * DAY)


@st.composite
def _cycles(draw: st.DrawFn, middle: dt.date, from_day: dt.date) -> Cycle:
    cycle_days = draw(st.sampled_from([1, 2, 4, 4, 7, 7, 9, 14]))
    return Cycle(
        from_day=from_day,
        cycle_days=cycle_days,
        anchor=middle + draw(st.sampled_from([-400, -7, -3, -1, 0, 1, 2, 5, 100])) * DAY,
        shifts=draw(st.dictionaries(st.integers(0, cycle_days - 1), _hours, min_size=(cycle_days + 1) // 2)),
    )


@st.composite
def _workers(draw: st.DrawFn, middle: dt.date) -> Worker:
    long_ago = middle - 500 * DAY
    # Mostly at work since long ago; sometimes from a day in the world on, so that there is a day before any rota.
    first = draw(st.sampled_from([[long_ago], [long_ago], [long_ago], []]))
    from_days = first + sorted(draw(st.sets(_near(middle), min_size=0 if first else 1, max_size=3)))
    noon = dt.datetime(middle.year, middle.month, middle.day, 12, tzinfo=dt.UTC)
    return Worker(
        rotas=[draw(_cycles(middle, from_day)) for from_day in from_days],
        single_days=draw(st.dictionaries(_near(middle), st.just([]) | _hours, max_size=2)),
        lunches=draw(st.dictionaries(_near(middle) | st.just(long_ago), _lunch, max_size=3)),
        single_lunches=draw(st.dictionaries(_near(middle), _lunch, max_size=2)),
        is_active=draw(st.sampled_from([True] * 9 + [False])),
        taken_minutes=draw(st.sampled_from([5, 30, 60, 75, 90, 135])),
        blocks=_without_overlaps(draw(st.lists(_blocks(noon), max_size=6))),
    )


@st.composite
def _blocks(draw: st.DrawFn, noon: dt.datetime) -> Block:
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


def _without_overlaps(blocks: list[Block]) -> list[Block]:
    kept: list[Block] = []
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

"""Every constraint of the schedule tables refuses what it is there for, by name."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from observability.tests.constraints import accepted, constraints_of, refused_by
from schedules.claims import claim_time
from schedules.errors import TimeTaken
from schedules.models import AvailabilityBlock, BlockKind, Master
from schedules.tests.factories import BlockFactory, MasterFactory, add_shifts

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
KINDS = list(BlockKind)


def _block_sql(during: str, kind: str = "time_off") -> None:
    """A block whose range psycopg would not even build."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO availability_blocks (master_id, kind, during) VALUES (%s, %s, %s::tstzrange)",
            [MasterFactory.create().pk, kind, during],
        )


def _overlap() -> None:
    block = BlockFactory.create(begins=NOON)
    BlockFactory.create(master=block.master, begins=NOON + HOUR / 2)


def _same_identity() -> None:
    """Only once the primary key and the exclusion, which would both refuse it first, are out of the way."""
    block = BlockFactory.create(begins=NOON)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE availability_blocks DROP CONSTRAINT availability_blocks_pkey CASCADE")
        cursor.execute("ALTER TABLE availability_blocks DROP CONSTRAINT availability_blocks_no_overlap")
    BlockFactory.create(pk=block.pk, master=block.master, begins=NOON)


def _two_shifts_at_once() -> None:
    master = MasterFactory.create()
    for ends in (dt.time(12), dt.time(13)):
        add_shifts(master, days=[0], starts=dt.time(10), ends=ends)


VIOLATIONS: dict[str, Callable[[], object]] = {
    "masters_user_id_key": lambda: MasterFactory.create(user=MasterFactory.create().user),
    "masters_cycle_length": lambda: MasterFactory.create(cycle_days=57),
    "masters_lunch_whole": lambda: MasterFactory.create(lunch_starts=dt.time(13), lunch_ends=None),
    "shifts_end_after_start": lambda: add_shifts(
        MasterFactory.create(), days=[0], starts=dt.time(10), ends=dt.time(10)
    ),
    "shifts_unique_start": _two_shifts_at_once,
    "availability_blocks_no_overlap": _overlap,
    "availability_blocks_identity": _same_identity,
    "availability_blocks_kind_known": lambda: BlockFactory.create(kind="nap"),
    "availability_blocks_bounds": lambda: _block_sql("empty"),
    "availability_blocks_a_day_at_most": lambda: BlockFactory.create(
        kind=BlockKind.BOOKING, ends=NOON + dt.timedelta(days=1, seconds=1)
    ),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_constraint_refuses_what_it_is_there_for(name: str) -> None:
    with refused_by(name):
        VIOLATIONS[name]()


def test_every_constraint_has_a_violation_here() -> None:
    assert constraints_of("schedules") == VIOLATIONS.keys()


@pytest.mark.parametrize("first", KINDS)
@pytest.mark.parametrize("second", KINDS)
def test_blocks_of_one_master_never_overlap_whatever_their_kinds(first: BlockKind, second: BlockKind) -> None:
    block = BlockFactory.create(kind=first, begins=NOON)
    with refused_by("availability_blocks_no_overlap"):
        BlockFactory.create(master=block.master, kind=second, begins=NOON + HOUR - dt.timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (NOON - HOUR, NOON + HOUR / 2),
        (NOON + HOUR / 4, NOON + HOUR / 2),
        (NOON - HOUR, NOON + 2 * HOUR),
        (NOON, NOON + HOUR),
    ],
    ids=["over its beginning", "inside it", "around it", "the same"],
)
def test_overlap_is_refused_wherever_it_lies(begins: dt.datetime, ends: dt.datetime) -> None:
    block = BlockFactory.create(begins=NOON)
    with refused_by("availability_blocks_no_overlap"):
        BlockFactory.create(master=block.master, begins=begins, ends=ends)


def test_ends_may_touch() -> None:
    block = BlockFactory.create(begins=NOON)
    with accepted():
        BlockFactory.create(master=block.master, begins=NOON - HOUR)
        BlockFactory.create(master=block.master, begins=NOON + HOUR)


def test_another_master_may_be_busy_at_the_same_time() -> None:
    BlockFactory.create(begins=NOON)
    with accepted():
        BlockFactory.create(begins=NOON)


def test_moving_a_block_onto_another_is_refused() -> None:
    block = BlockFactory.create(begins=NOON)
    other = BlockFactory.create(master=block.master, begins=NOON + 2 * HOUR)
    with refused_by("availability_blocks_no_overlap"):
        AvailabilityBlock.objects.filter(pk=other.pk).update(
            during=DateTimeTZRange(NOON + HOUR / 2, NOON + 2 * HOUR, "[)")
        )


def test_giving_a_block_to_a_busy_master_is_refused() -> None:
    block = BlockFactory.create(begins=NOON)
    other = BlockFactory.create(begins=NOON)
    with refused_by("availability_blocks_no_overlap"):
        AvailabilityBlock.objects.filter(pk=other.pk).update(master=block.master)


@pytest.mark.parametrize(
    "during",
    [
        "empty",
        "[2026-03-02 12:00+00,2026-03-02 12:00+00)",
        "(,)",
        "[2026-03-02 12:00+00,)",
        "(,2026-03-02 12:00+00)",
        "[-infinity,2026-03-02 12:00+00)",
        "[2026-03-02 12:00+00,infinity)",
        "[2026-03-02 12:00+00,2026-03-02 13:00+00]",
        "(2026-03-02 12:00+00,2026-03-02 13:00+00)",
        "(2026-03-02 12:00+00,2026-03-02 13:00+00]",
        "[2026-03-02 12:00+00,2026-03-02 12:00+00]",
    ],
)
def test_block_is_finite_half_open_and_not_empty(during: str) -> None:
    with refused_by("availability_blocks_bounds"):
        _block_sql(during)


@pytest.mark.parametrize("kind", [BlockKind.BOOKING, BlockKind.BREAK, BlockKind.HOLD])
def test_nothing_but_time_off_is_longer_than_a_day(kind: BlockKind) -> None:
    with refused_by("availability_blocks_a_day_at_most"):
        BlockFactory.create(kind=kind, begins=NOON, ends=NOON + dt.timedelta(days=1, microseconds=1))


@pytest.mark.parametrize(
    ("kind", "length"),
    [
        (BlockKind.BOOKING, dt.timedelta(days=1)),
        (BlockKind.HOLD, dt.timedelta(microseconds=1)),
        (BlockKind.TIME_OFF, dt.timedelta(days=400)),
    ],
)
def test_block_of_a_fitting_length_is_accepted(kind: BlockKind, length: dt.timedelta) -> None:
    with accepted():
        BlockFactory.create(kind=kind, begins=NOON, ends=NOON + length)


def test_start_of_a_block_is_the_beginning_of_its_range_also_after_a_move() -> None:
    block = BlockFactory.create(begins=NOON)
    block.during = DateTimeTZRange(NOON + HOUR, NOON + 2 * HOUR, "[)")
    block.save()
    block.refresh_from_db()
    assert block.starts_at == NOON + HOUR


@pytest.mark.parametrize(
    ("starts", "ends"),
    [(None, dt.time(14)), (dt.time(14), dt.time(14)), (dt.time(14), dt.time(13))],
)
def test_lunch_is_a_stretch_of_time_or_nothing(starts: dt.time | None, ends: dt.time) -> None:
    with refused_by("masters_lunch_whole"):
        MasterFactory.create(lunch_starts=starts, lunch_ends=ends)


def test_master_may_go_without_lunch() -> None:
    with accepted():
        MasterFactory.create(lunch_starts=None, lunch_ends=None)


@pytest.mark.parametrize("days", [1, 7, 56])
def test_cycle_of_a_day_to_eight_weeks_is_accepted(days: int) -> None:
    with accepted():
        MasterFactory.create(cycle_days=days)


def test_cycle_of_no_days_is_refused() -> None:
    with refused_by("masters_cycle_length"):
        MasterFactory.create(cycle_days=0)


def test_master_with_time_taken_can_not_be_deleted() -> None:
    block = BlockFactory.create()
    with pytest.raises(IntegrityError, match="protected"):
        Master.objects.filter(pk=block.master_id).delete()


def test_claim_hides_no_refusal_but_the_overlap() -> None:
    """An untargeted ON CONFLICT DO NOTHING, or a caught IntegrityError, would call anything a taken slot."""
    master = MasterFactory.create()
    claimed = claim_time(master_id=master.pk, kind=BlockKind.HOLD, starts_at=NOON, ends_at=NOON + HOUR)
    assert AvailabilityBlock.objects.get(pk=claimed).during == DateTimeTZRange(NOON, NOON + HOUR, "[)")
    with pytest.raises(TimeTaken):
        claim_time(master_id=master.pk, kind=BlockKind.BOOKING, starts_at=NOON, ends_at=NOON + HOUR)
    with refused_by("availability_blocks_bounds"):
        claim_time(master_id=master.pk, kind=BlockKind.BOOKING, starts_at=NOON + 5 * HOUR, ends_at=NOON + 5 * HOUR)

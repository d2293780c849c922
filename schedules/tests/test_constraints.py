"""Every constraint of the schedule tables refuses what it is there for, by name."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from observability.tests.constraints import accepted, constraints_of, refused_by
from schedules.claims import claim_time
from schedules.errors import TimeTaken
from schedules.models import AvailabilityBlock, BlockKind, Lunch, Master, Rota, Shift
from schedules.tests.factories import BLOCK_KINDS, MONDAY, BlockFactory, MasterFactory, add_shifts

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


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


def _rota(master: Master | None = None, **fields: Any) -> Rota:
    """A plain week from the Monday on, without shifts."""
    fields = {"from_day": MONDAY, "cycle_days": 7, "cycle_anchor": MONDAY} | fields
    return Rota.objects.create(master=master or MasterFactory.create(), **fields)


def _lunch(starts: dt.time | None, ends: dt.time | None, *, master: Master | None = None, **fields: Any) -> Lunch:
    fields = {"from_day": MONDAY} | fields
    return Lunch.objects.create(master=master or MasterFactory.create(), starts=starts, ends=ends, **fields)


def _two_rotas_from_a_day() -> None:
    _rota(_rota().master)


def _two_lunches_from_a_day() -> None:
    _lunch(None, None, master=_lunch(dt.time(12), dt.time(13)).master)


def _shift(starts: dt.time, ends: dt.time) -> None:
    add_shifts(MasterFactory.create(), days=[0], starts=starts, ends=ends)


VIOLATIONS: dict[str, Callable[[], object]] = {
    "masters_user_id_key": lambda: MasterFactory.create(user=MasterFactory.create().user),
    "rotas_one_from_a_day": _two_rotas_from_a_day,
    "rotas_cycle_length": lambda: _rota(cycle_days=57),
    "rotas_one_day_is_one": lambda: _rota(one_day=True, cycle_days=2),
    "shifts_end_after_start": lambda: _shift(dt.time(10), dt.time(10)),
    "shifts_unique_start": _two_shifts_at_once,
    "shifts_whole_minutes": lambda: _shift(dt.time(10), dt.time(11, 0, 1)),
    "lunches_one_from_a_day": _two_lunches_from_a_day,
    "lunches_whole": lambda: _lunch(dt.time(13), None),
    "lunches_whole_minutes": lambda: _lunch(dt.time(13), dt.time(14, 0, 30)),
    "availability_blocks_no_overlap": _overlap,
    "availability_blocks_identity": _same_identity,
    "availability_blocks_kind_known": lambda: BlockFactory.create(kind="nap"),
    "availability_blocks_bounds": lambda: _block_sql("empty"),
    "availability_blocks_a_day_at_most": lambda: BlockFactory.create(
        kind=BlockKind.BOOKING, ends=NOON + dt.timedelta(days=1, seconds=1)
    ),
    "availability_blocks_reason_of_time_off": lambda: BlockFactory.create(kind=BlockKind.BOOKING, reason="dentist"),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_constraint_refuses_what_it_is_there_for(name: str) -> None:
    with refused_by(name):
        VIOLATIONS[name]()


def test_every_constraint_has_a_violation_here() -> None:
    assert constraints_of("schedules") == VIOLATIONS.keys()


@pytest.mark.parametrize("first", BLOCK_KINDS)
@pytest.mark.parametrize("second", list(BlockKind))
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
        pytest.param(
            BlockKind.BOOKING, dt.timedelta(days=1), marks=pytest.mark.leaves_broken("blocks_without_booking")
        ),
        pytest.param(BlockKind.HOLD, dt.timedelta(microseconds=1), marks=pytest.mark.leaves_broken("expired_holds")),
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
    with refused_by("lunches_whole"):
        _lunch(starts, ends)


def test_master_may_go_without_lunch() -> None:
    with accepted():
        _lunch(None, None)


@pytest.mark.parametrize("starts", [dt.time(9, 0, 1), dt.time(9, 0, 0, 1)], ids=["a second", "a microsecond"])
def test_hours_begin_at_whole_minutes(starts: dt.time) -> None:
    with refused_by("shifts_whole_minutes"):
        _shift(starts, dt.time(10))
    with refused_by("lunches_whole_minutes"):
        _lunch(starts, dt.time(10))


@pytest.mark.parametrize("days", [1, 7, 56])
def test_cycle_of_a_day_to_eight_weeks_is_accepted(days: int) -> None:
    with accepted():
        _rota(cycle_days=days)


def test_cycle_of_no_days_is_refused() -> None:
    with refused_by("rotas_cycle_length"):
        _rota(cycle_days=0)


def test_day_of_its_own_may_begin_with_a_rota_and_a_second_one_may_not() -> None:
    master = _rota().master
    with accepted():
        _rota(master, one_day=True, cycle_days=1)
        _rota(from_day=MONDAY)
        _lunch(None, None, master=master)
        _lunch(None, None, master=master, one_day=True)
    with refused_by("rotas_one_from_a_day"):
        _rota(master, one_day=True, cycle_days=1)
    with refused_by("lunches_one_from_a_day"):
        _lunch(None, None, master=master, one_day=True)


@pytest.mark.parametrize("kind", [BlockKind.TIME_OFF, BlockKind.BREAK])
def test_time_off_and_a_break_may_have_a_reason(kind: BlockKind) -> None:
    with accepted():
        BlockFactory.create(kind=kind, reason="dentist")


def test_shifts_go_with_their_rota_and_rotas_with_their_master() -> None:
    master = add_shifts(MasterFactory.create(), days=[0, 1], starts=dt.time(10), ends=dt.time(11)).master
    _lunch(None, None, master=master)
    Master.objects.filter(pk=master.pk).delete()
    assert not Rota.objects.exists()
    assert not Shift.objects.exists()
    assert not Lunch.objects.exists()


def test_master_with_time_taken_can_not_be_deleted() -> None:
    block = BlockFactory.create()
    with pytest.raises(IntegrityError, match="protected"):
        Master.objects.filter(pk=block.master_id).delete()


@pytest.mark.leaves_broken("expired_holds")
def test_claim_hides_no_refusal_but_the_overlap() -> None:
    """An untargeted ON CONFLICT DO NOTHING, or a caught IntegrityError, would call anything a taken slot."""
    master = MasterFactory.create()
    claimed = claim_time(master_id=master.pk, kind=BlockKind.HOLD, starts_at=NOON, ends_at=NOON + HOUR)
    assert AvailabilityBlock.objects.get(pk=claimed).during == DateTimeTZRange(NOON, NOON + HOUR, "[)")
    with pytest.raises(TimeTaken):
        claim_time(master_id=master.pk, kind=BlockKind.BOOKING, starts_at=NOON, ends_at=NOON + HOUR)
    with refused_by("availability_blocks_bounds"):
        claim_time(master_id=master.pk, kind=BlockKind.BOOKING, starts_at=NOON + 5 * HOUR, ends_at=NOON + 5 * HOUR)

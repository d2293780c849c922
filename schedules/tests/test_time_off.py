"""Time off as blocks: what is asked for becomes whole minutes, one stretch with what it overlaps, and can be cut."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import transaction

from schedules.calendar import from_minute
from schedules.claims import lock_masters
from schedules.errors import InvalidRange, PastDay
from schedules.models import REASON_LENGTH, BlockKind, Master
from schedules.tests.factories import BlockFactory, MasterFactory
from schedules.time_off import LONGEST, add_time_off, checked_range, remove_time_off

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
SECOND = dt.timedelta(seconds=1)
TEN = dt.datetime(2026, 3, 3, 10, tzinfo=dt.UTC)


@pytest.fixture
def master(db: None) -> Iterator[Master]:
    """A master whose row is locked, in a transaction that the test works in."""
    master = MasterFactory.create()
    with transaction.atomic():
        lock_masters([master.pk])
        yield master


def take(master: Master, starts: int, ends: int, reason: str = "") -> list[tuple[int, int]]:
    """Hours from ten, in and out."""
    stretches = add_time_off(master.pk, TEN + starts * HOUR, TEN + ends * HOUR, reason=reason)
    return [_hours(from_minute(begins), from_minute(until)) for begins, until in stretches]


def give_back(master: Master, starts: int, ends: int) -> list[tuple[int, int]]:
    stretches = remove_time_off(master.pk, TEN + starts * HOUR, TEN + ends * HOUR)
    return [_hours(from_minute(begins), from_minute(until)) for begins, until in stretches]


def off(master: Master) -> list[tuple[int, int, str]]:
    blocks = master.blocks.filter(kind=BlockKind.TIME_OFF).order_by("starts_at")
    return [(*_hours(block.during.lower, block.during.upper), block.reason) for block in blocks]


def _hours(begins: dt.datetime, ends: dt.datetime) -> tuple[int, int]:
    return (begins - TEN) // HOUR, (ends - TEN) // HOUR


# --- What is asked for --------------------------------------------------------------------------------------------


def test_range_to_come_is_taken_as_it_is() -> None:
    assert checked_range(TEN, TEN + HOUR, now=TEN - HOUR) == (TEN, TEN + HOUR)


def test_of_a_range_that_has_begun_the_rest_is_meant() -> None:
    assert checked_range(TEN, TEN + HOUR, now=TEN + MINUTE) == (TEN + MINUTE, TEN + HOUR)
    assert checked_range(TEN, TEN + HOUR, now=TEN + MINUTE + SECOND) == (TEN + 2 * MINUTE, TEN + HOUR)


def test_minute_begun_is_off_as_a_whole() -> None:
    asked = TEN + 30 * SECOND, TEN + HOUR + SECOND
    assert checked_range(*asked, now=TEN - HOUR) == (TEN, TEN + HOUR + MINUTE)
    assert checked_range(TEN + SECOND, TEN + 2 * SECOND, now=TEN - HOUR) == (TEN, TEN + MINUTE)


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [
        (TEN, TEN),
        (TEN, TEN - HOUR),
        (TEN, TEN + LONGEST + SECOND),
        (dt.datetime.min.replace(tzinfo=dt.UTC), dt.datetime.max.replace(tzinfo=dt.UTC)),
        (dt.datetime.max.replace(tzinfo=dt.UTC), dt.datetime.min.replace(tzinfo=dt.UTC)),
    ],
    ids=["empty", "backwards", "longer than a year", "all of time", "all of time backwards"],
)
def test_range_that_makes_no_sense_is_refused(starts_at: dt.datetime, ends_at: dt.datetime) -> None:
    with pytest.raises(InvalidRange):
        checked_range(starts_at, ends_at, now=TEN)


def test_year_is_not_too_long() -> None:
    assert checked_range(TEN, TEN + LONGEST, now=TEN) == (TEN, TEN + LONGEST)


@pytest.mark.parametrize("now", [TEN + HOUR, TEN + HOUR - SECOND, TEN + 24 * HOUR])
def test_range_that_is_over_is_refused(now: dt.datetime) -> None:
    with pytest.raises(PastDay):
        checked_range(TEN, TEN + HOUR, now=now)


# --- Taken --------------------------------------------------------------------------------------------------------


def test_time_off_is_one_block_with_its_reason(master: Master) -> None:
    assert take(master, 0, 30, "отпуск") == [(0, 30)]
    assert off(master) == [(0, 30, "отпуск")]


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        ((0, 4), (2, 6), (0, 6)),
        ((2, 6), (0, 4), (0, 6)),
        ((0, 6), (2, 4), (0, 6)),
        ((2, 4), (0, 6), (0, 6)),
        ((0, 4), (0, 4), (0, 4)),
    ],
    ids=["later", "earlier", "within", "around", "the same"],
)
def test_overlapping_time_off_is_one_with_the_bounds_of_both(
    master: Master, first: tuple[int, int], second: tuple[int, int], together: tuple[int, int]
) -> None:
    take(master, *first, "отпуск")
    assert take(master, *second, "врач") == [together]
    assert off(master) == [(*together, "врач; отпуск")]


def test_reason_that_both_have_is_kept_once_however_often_they_merge(master: Master) -> None:
    for reason in ("врач", "отпуск", "врач", "", "отпуск"):
        take(master, 0, 2, reason)
    assert off(master) == [(0, 2, "отпуск; врач")]


def test_of_too_many_reasons_as_many_are_kept_as_fit_whole(master: Master) -> None:
    take(master, 0, 2, "а" * (REASON_LENGTH - 5))
    take(master, 0, 2, "б" * 10)
    assert off(master) == [(0, 2, "б" * 10)]
    take(master, 0, 2, "в" * REASON_LENGTH)
    assert off(master) == [(0, 2, "в" * REASON_LENGTH)]


def test_one_range_swallows_all_that_it_overlaps(master: Master) -> None:
    for start in (0, 4, 8):
        take(master, start, start + 2, f"{start}")
    assert take(master, 1, 9) == [(0, 10)]
    assert off(master) == [(0, 10, "0; 4; 8")]


@pytest.mark.parametrize("other", [(2, 4), (-2, 0)], ids=["after", "before"])
def test_what_borders_for_the_same_reason_is_one_and_for_another_is_not(master: Master, other: tuple[int, int]) -> None:
    take(master, 0, 2, "отпуск")
    assert take(master, *other, "врач") == [other]
    assert len(off(master)) == 2
    assert take(master, *other, "отпуск") == [(min(0, other[0]), max(2, other[1]))]
    assert off(master) == [(min(0, other[0]), max(2, other[1]), "отпуск; врач")]


def test_a_minute_apart_they_stay_two(master: Master) -> None:
    add_time_off(master.pk, TEN, TEN + HOUR, reason="")
    add_time_off(master.pk, TEN + HOUR + MINUTE, TEN + 2 * HOUR, reason="")
    assert len(off(master)) == 2


def test_less_than_a_minute_is_no_time_off(master: Master) -> None:
    assert add_time_off(master.pk, TEN + SECOND, TEN + MINUTE, reason="") == []
    assert off(master) == []


def test_it_goes_around_what_takes_the_time_already(master: Master) -> None:
    for start in (1, 4):
        begins = TEN + start * HOUR
        BlockFactory.create(master=master, kind=BlockKind.BREAK, begins=begins, ends=begins + HOUR)
    assert take(master, 0, 5, "врач") == [(0, 1), (2, 4)]
    assert take(master, 0, 7, "врач") == [(0, 1), (2, 4), (5, 7)]
    assert [stretch[:2] for stretch in off(master)] == [(0, 1), (2, 4), (5, 7)]


def test_other_masters_and_other_times_are_not_touched(master: Master) -> None:
    other = MasterFactory.create()
    take(other, 0, 2, "отпуск")
    take(master, 5, 6, "отпуск")
    take(master, 0, 2, "врач")
    assert off(other) == [(0, 2, "отпуск")]
    assert off(master) == [(0, 2, "врач"), (5, 6, "отпуск")]


# --- Given back ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "given_back", "left"),
    [
        ((0, 6), [(0, 6)], []),
        ((-3, 9), [(0, 6)], []),
        ((0, 2), [(0, 2)], [(2, 6)]),
        ((4, 9), [(4, 6)], [(0, 4)]),
        ((2, 4), [(2, 4)], [(0, 2), (4, 6)]),
        ((6, 9), [], [(0, 6)]),
    ],
    ids=["all of it", "more than it", "its beginning", "its end", "its middle", "what follows it"],
)
def test_what_is_given_back_is_cut_out(
    master: Master, asked: tuple[int, int], given_back: list[tuple[int, int]], left: list[tuple[int, int]]
) -> None:
    take(master, 0, 6, "отпуск")
    assert give_back(master, *asked) == given_back
    assert off(master) == [(*stretch, "отпуск") for stretch in left]


def test_several_stretches_are_given_back_at_once_and_nothing_else(master: Master) -> None:
    BlockFactory.create(master=master, kind=BlockKind.BREAK, begins=TEN + 2 * HOUR, ends=TEN + 3 * HOUR)
    take(master, 0, 6, "отпуск")
    assert give_back(master, 1, 4) == [(1, 2), (3, 4)]
    assert off(master) == [(0, 1, "отпуск"), (4, 6, "отпуск")]
    assert master.blocks.filter(kind=BlockKind.BREAK).count() == 1

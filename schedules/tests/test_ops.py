"""Overlapping blocks are counted once nothing refuses them any more."""

import datetime as dt

import pytest

from observability.integrity import broken
from observability.tests.breaking import drop_constraints, found
from schedules.models import BLOCKS_NO_OVERLAP
from schedules.tests.factories import BlockFactory, MasterFactory

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def unguarded(db: None) -> None:
    drop_constraints("availability_blocks", BLOCKS_NO_OVERLAP)


@pytest.mark.leaves_broken("overlapping_blocks")
@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        (NOON + 2 * HOUR, NOON + 4 * HOUR),
        (NOON + HOUR, NOON + 2 * HOUR),
        (NOON, NOON + HOUR),
        (NOON, NOON + 3 * HOUR),
        (NOON + 3 * HOUR - dt.timedelta(microseconds=1), NOON + 9 * HOUR),
    ],
    ids=["over its end", "inside it", "from its beginning", "the same", "by a microsecond"],
)
def test_block_that_begins_before_another_ended_is_counted(
    unguarded: None, now: dt.datetime, begins: dt.datetime, ends: dt.datetime
) -> None:
    block = BlockFactory.create(begins=NOON, ends=NOON + 3 * HOUR)
    BlockFactory.create(master=block.master, begins=begins, ends=ends)
    assert found(now=now) == {"overlapping_blocks": 1}


@pytest.mark.leaves_broken("overlapping_blocks")
def test_long_block_overlaps_all_that_begin_within_it_not_only_the_next(unguarded: None, now: dt.datetime) -> None:
    long = BlockFactory.create(begins=NOON, ends=NOON + 24 * HOUR)
    within = [BlockFactory.create(master=long.master, begins=NOON + n * HOUR) for n in (1, 3, 20)]
    assert found(now=now) == {"overlapping_blocks": 3}
    assert broken("overlapping_blocks", now=now) == [block.pk for block in within]


def test_blocks_that_touch_and_those_of_other_masters_are_fine(unguarded: None, now: dt.datetime) -> None:
    block = BlockFactory.create(begins=NOON)
    BlockFactory.create(master=block.master, begins=NOON - HOUR)
    BlockFactory.create(master=block.master, begins=NOON + HOUR)
    BlockFactory.create(master=MasterFactory.create(), begins=NOON)
    assert found(now=now) == {}

"""Interval arithmetic against sets of minutes."""

import itertools
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from schedules.intervals import Interval, grid_starts, merge, subtract

minutes = st.integers(-50, 50)
intervals = st.lists(st.tuples(minutes, minutes), max_size=8)
steps = st.sampled_from([1, 5, 15, 30])


def minutes_of(some: Iterable[Interval]) -> set[int]:
    return {minute for start, end in some for minute in range(start, end)}


def is_canonical(some: list[Interval]) -> bool:
    """Sorted, none empty, none touching the next."""
    return all(start < end for start, end in some) and all(
        left[1] < right[0] for left, right in itertools.pairwise(some)
    )


@given(intervals)
def test_merge_keeps_the_minutes_and_nothing_else(some: list[Interval]) -> None:
    merged = merge(some)
    assert minutes_of(merged) == minutes_of(some)
    assert is_canonical(merged)


@given(intervals)
def test_merging_again_changes_nothing(some: list[Interval]) -> None:
    merged = merge(some)
    assert merge(merged) == merged
    assert merge(reversed(some)) == merged


@given(intervals, intervals)
def test_subtract_leaves_just_the_minutes_that_are_not_busy(windows: list[Interval], busy: list[Interval]) -> None:
    left = list(subtract(merge(windows), merge(busy)))
    assert minutes_of(left) == minutes_of(windows) - minutes_of(busy)
    assert is_canonical(left)


@given(intervals, st.integers(1, 40), steps, minutes, minutes)
def test_grid_starts_are_the_grid_points_from_which_the_time_fits(
    some: list[Interval], taken: int, step: int, phase: int, earliest: int
) -> None:
    free = merge(some)
    inside = minutes_of(free)
    expected = [
        minute
        for minute in range(-50, 51)
        if (minute + phase) % step == 0
        and minute >= earliest
        and all(each in inside for each in range(minute, minute + taken))
    ]
    assert list(grid_starts(free, taken=taken, step=step, phase=phase, earliest=earliest)) == expected


def test_adjacent_intervals_become_one() -> None:
    assert merge([(10, 20), (20, 30), (5, 5), (31, 40)]) == [(10, 30), (31, 40)]


def test_busy_interval_may_reach_over_several_windows() -> None:
    assert list(subtract([(0, 10), (20, 30), (40, 50)], [(5, 45)])) == [(0, 5), (45, 50)]

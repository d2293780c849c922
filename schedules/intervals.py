"""Interval arithmetic on whole minutes since the Unix epoch; every interval is half-open, [start, end)."""

from collections.abc import Iterable, Iterator, Sequence

Interval = tuple[int, int]


def merge(intervals: Iterable[Interval]) -> list[Interval]:
    """The same minutes as sorted, disjoint, non-adjacent intervals; empty ones vanish."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def subtract(windows: Sequence[Interval], busy: Sequence[Interval]) -> Iterator[Interval]:
    """What is left of the windows when the busy intervals are cut out; both sorted and disjoint, as is the result."""
    position = 0
    for start, end in windows:
        cursor = start
        while position < len(busy) and busy[position][1] <= cursor:
            position += 1
        following = position
        while following < len(busy) and busy[following][0] < end:
            if busy[following][0] > cursor:
                yield cursor, busy[following][0]
            cursor = max(cursor, busy[following][1])
            following += 1
        if cursor < end:
            yield cursor, end


def grid_starts(free: Iterable[Interval], *, taken: int, step: int, phase: int, earliest: int) -> Iterator[int]:
    """Every start on the grid from which `taken` minutes fit into one free interval, not before `earliest`.

    The grid is every minute with `(minute + phase) % step == 0`: the phase is the zone's offset from UTC in minutes,
    so the grid lies on the wall clock.
    """
    for start, end in free:
        first = max(start, earliest)
        first += -(first + phase) % step
        yield from range(first, end - taken + 1, step)

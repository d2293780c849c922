"""Time off as blocks: overlapping stretches are one. In the caller's transaction, under the master's lock."""

import datetime as dt

from schedules.blocks import blocks_within
from schedules.calendar import from_minute, to_minute
from schedules.claims import claim_time, release_time
from schedules.errors import InvalidRange, PastDay
from schedules.intervals import Interval, merge, subtract
from schedules.models import REASON_LENGTH, AvailabilityBlock, BlockKind

MINUTE = dt.timedelta(minutes=1)
LONGEST = dt.timedelta(days=366)
_BETWEEN = "; "
_OTHERS = (BlockKind.BOOKING, BlockKind.BREAK, BlockKind.HOLD)


def checked_range(starts_at: dt.datetime, ends_at: dt.datetime, *, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """The part of [starts_at, ends_at) that is still to come, in whole minutes: a minute begun is off as a whole.

    Raises InvalidRange when it ends before it starts, is longer than a year or of no zone, PastDay when it is over.
    """
    if starts_at.tzinfo is None or ends_at.tzinfo is None:
        raise InvalidRange
    if not dt.timedelta(0) < ends_at - starts_at <= LONGEST:
        raise InvalidRange
    begins = max(to_minute(starts_at.replace(second=0, microsecond=0)), to_minute(now))
    ends = to_minute(ends_at)
    if ends <= begins:
        raise PastDay
    return from_minute(begins), from_minute(ends)


def add_time_off(master_id: int, starts_at: dt.datetime, ends_at: dt.datetime, *, reason: str) -> list[Interval]:
    """Take [starts_at, ends_at) off around whatever else is there; the stretches of time off, in minutes.

    Time off that it overlaps becomes part of it, and lends its reason; so does what borders on it for the same reason.
    What is less than a minute is none.
    """
    starts_at, ends_at = from_minute(to_minute(starts_at)), from_minute(to_minute(ends_at))
    if ends_at <= starts_at:
        return []
    around = blocks_within(
        master_id, starts_at=starts_at - MINUTE, ends_at=ends_at + MINUTE, kinds=[BlockKind.TIME_OFF]
    )
    overlapped = [
        block
        for block in around
        if block.reason == reason or (block.during.lower < ends_at and starts_at < block.during.upper)
    ]
    wanted = merge([(to_minute(starts_at), to_minute(ends_at)), *map(_minutes, overlapped)])
    release_time([block.pk for block in overlapped])
    begins, ends = from_minute(wanted[0][0]), from_minute(wanted[-1][1])
    others = merge(map(_minutes, blocks_within(master_id, starts_at=begins, ends_at=ends, kinds=_OTHERS)))
    stretches = list(subtract(wanted, others))
    reason = _joined([reason, *(block.reason for block in overlapped)])
    for stretch in stretches:
        _claim(master_id, stretch, reason=reason)
    return stretches


def remove_time_off(master_id: int, starts_at: dt.datetime, ends_at: dt.datetime) -> list[Interval]:
    """Give back what is time off within [starts_at, ends_at); the stretches given back, in minutes."""
    cut = (to_minute(starts_at), to_minute(ends_at))
    given_back: list[Interval] = []
    for block in blocks_within(master_id, starts_at=starts_at, ends_at=ends_at, kinds=[BlockKind.TIME_OFF]):
        whole = _minutes(block)
        release_time(block.pk)
        for stretch in subtract([whole], [cut]):
            _claim(master_id, stretch, reason=block.reason)
        given_back.append((max(whole[0], cut[0]), min(whole[1], cut[1])))
    return given_back


def _claim(master_id: int, stretch: Interval, *, reason: str) -> None:
    claim_time(
        master_id=master_id,
        kind=BlockKind.TIME_OFF,
        starts_at=from_minute(stretch[0]),
        ends_at=from_minute(stretch[1]),
        reason=reason,
    )


def _minutes(block: AvailabilityBlock) -> Interval:
    return to_minute(block.during.lower), to_minute(block.during.upper)


def _joined(reasons: list[str]) -> str:
    """Each reason once, as many as there is room for."""
    joined = ""
    for reason in dict.fromkeys(part for each in reasons for part in each.split(_BETWEEN) if part):
        longer = f"{joined}{_BETWEEN}{reason}" if joined else reason
        if len(longer) <= REASON_LENGTH:
            joined = longer
    return joined

"""Taking a master's time. One lock rule for every writer; one function that claims; one that gives back.

The rule: lock the masters whose time is touched, ascending id, then check in a later statement (one statement that
does both sees a snapshot from before the lock), then claim. The exclusion constraint is the arbiter for whoever
forgets the rule.
"""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db import connection, transaction

from schedules.calendar import horizon, local_day, to_minute, utc_offset_minutes
from schedules.errors import BeyondHorizon, MasterUnavailable, OffGrid, OutsideShift, TimeTaken, TooSoon
from schedules.models import BLOCKS_NO_OVERLAP, AvailabilityBlock, BlockKind
from schedules.selectors import SLOT_STEP_MINUTES, busy_times, shifts_of, working_day

_LOCK = "SELECT id, is_active FROM masters WHERE id = ANY(%s::bigint[]) ORDER BY id FOR NO KEY UPDATE"

# A plain INSERT into an exclusion constraint can deadlock, and an untargeted DO NOTHING would hide other collisions.
_CLAIM = f"""
    INSERT INTO availability_blocks (master_id, kind, during)
    VALUES (%s, %s, tstzrange(%s, %s, '[)'))
    ON CONFLICT ON CONSTRAINT {BLOCKS_NO_OVERLAP} DO NOTHING
    RETURNING id
"""  # noqa: S608 - a constant's name


def lock_masters(master_ids: Iterable[int], *, active_only: bool = True) -> list[int]:
    """Lock the masters' rows in ascending id until the transaction ends; the ids in that order.

    Raises MasterUnavailable when one of them doesn't exist (or, unless told otherwise, doesn't take bookings), and
    TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("lock_masters() belongs to the transaction that needs the lock.")
    wanted = set(master_ids)
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(wanted)])
        locked = [master_id for master_id, is_active in cursor.fetchall() if is_active or not active_only]
    if missing := wanted - set(locked):
        raise MasterUnavailable(master_ids=sorted(missing))
    return locked


def check_slot(*, master_id: int, starts_at: dt.datetime, taken_minutes: int, now: dt.datetime) -> None:
    """Raise the ScheduleError that says why `taken_minutes` of the master's time can't be booked from `starts_at`.

    The same rules as `free_slots`; call it after `lock_masters`, in a later statement.
    """
    start = to_minute(starts_at)
    end = start + taken_minutes
    date = local_day(starts_at)
    if start < to_minute(now) + settings.BOOKING_MIN_NOTICE_MINUTES:
        raise TooSoon
    if date > horizon(now).last:
        raise BeyondHorizon
    if starts_at.second or starts_at.microsecond or (start + utc_offset_minutes(start)) % SLOT_STEP_MINUTES:
        raise OffGrid
    day = working_day(shifts_of([master_id]).get(master_id, []), date)
    if not day or not any(opens <= start and end <= closes for opens, closes in day.windows):
        raise OutsideShift
    busy = busy_times([master_id], first=start, last=end).get(master_id, [])
    if any(taken_from < end and start < taken_to for taken_from, taken_to in busy):
        raise TimeTaken


def claim_time(*, master_id: int, kind: BlockKind, starts_at: dt.datetime, ends_at: dt.datetime) -> int:
    """Take [starts_at, ends_at) of the master's time and return the block's id; TimeTaken when something overlaps."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [master_id, kind.value, starts_at, ends_at])
        row = cursor.fetchone()
    if row is None:
        raise TimeTaken
    block_id: int = row[0]
    return block_id


def release_time(block_id: int) -> None:
    """Give the time back. Whatever pointed at the block has to let go of it in the same transaction."""
    AvailabilityBlock.objects.filter(pk=block_id).delete()

"""Taking a master's time. One lock rule for every writer; one function each to claim, to move and to give back.

The rule: lock the masters whose time is touched, ascending id, then check in a later statement (one statement that
does both sees a snapshot from before the lock), then claim. The exclusion constraint is the arbiter for whoever
forgets the rule.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from schedules.calendar import DayRange, horizon, local_day, to_minute, utc_offset_minutes
from schedules.errors import BeyondHorizon, MasterUnavailable, OffGrid, OutsideShift, TimeTaken, TooSoon
from schedules.models import BLOCKS_NO_OVERLAP, AvailabilityBlock, BlockKind
from schedules.selectors import SLOT_STEP_MINUTES
from schedules.timetables import timetables_of

# A generation never comes twice, not even when a transaction is rolled back or the database restored from a backup
# while the cache lives on: it is the clock's microsecond, or one more than the last.
# One row by one statement: what locks rows first and updates them in the same statement goes back to the version of a
# row that it saw at its start, and waits there for somebody who waits for it, once a foreign key holds that version.
_LOCK = """
    UPDATE masters
       SET generation = greatest(generation + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
     WHERE id = %s
    RETURNING is_active
"""

# A plain INSERT into an exclusion constraint can deadlock, and an untargeted DO NOTHING would hide other collisions.
_CLAIM = f"""
    INSERT INTO availability_blocks (master_id, kind, during, reason)
    VALUES (%s, %s, tstzrange(%s, %s, '[)'), %s)
    ON CONFLICT ON CONSTRAINT {BLOCKS_NO_OVERLAP} DO NOTHING
    RETURNING id
"""  # noqa: S608 - a constant's name


def lock_masters(master_ids: Iterable[int], *, active_only: bool = True) -> list[int]:
    """Lock the masters' rows in ascending id until the transaction ends, and raise their generations; the sorted ids.

    Raises MasterUnavailable when one of them doesn't exist (or, unless told otherwise, doesn't take bookings), and
    TransactionManagementError outside a transaction.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("lock_masters() belongs to the transaction that needs the lock.")
    wanted = sorted(set(master_ids))
    missing = []
    with connection.cursor() as cursor:
        for master_id in wanted:
            cursor.execute(_LOCK, [master_id])
            row = cursor.fetchone()
            if row is None or (active_only and not row[0]):
                missing.append(master_id)
    if missing:
        raise MasterUnavailable(master_ids=missing)
    return wanted


def check_slot(
    *,
    master_id: int,
    starts_at: dt.datetime,
    taken_minutes: int,
    now: dt.datetime,
    notice_minutes: int | None = None,
    own_block: int = 0,
) -> None:
    """Raise the ScheduleError that says why `taken_minutes` of the master's time can't be booked from `starts_at`.

    The same rules as `free_slots`; call it after `lock_masters`, in a later statement. A booking that moves is not in
    its own way (`own_block`).
    """
    start = to_minute(starts_at)
    end = start + taken_minutes
    date = local_day(starts_at)
    if start < to_minute(now) + (settings.BOOKING_MIN_NOTICE_MINUTES if notice_minutes is None else notice_minutes):
        raise TooSoon
    if date > horizon(now).last:
        raise BeyondHorizon
    if not _is_on_grid(starts_at):
        raise OffGrid
    table = timetables_of([master_id], DayRange(date, date), own_block=own_block).get(master_id)
    day = table.plan.day(date) if table else None
    if not table or not day or not any(opens <= start and end <= closes for opens, closes in day.windows):
        raise OutsideShift
    if any(taken_from < end and start < taken_to for taken_from, taken_to in table.busy):
        raise TimeTaken


def _is_on_grid(moment: dt.datetime) -> bool:
    """Whether the shop's clock shows a whole step then; a moment of no zone is none at all."""
    if moment.tzinfo is None or moment.second or moment.microsecond:
        return False
    minute = to_minute(moment)
    return (minute + utc_offset_minutes(minute)) % SLOT_STEP_MINUTES == 0


def claim_time(
    *, master_id: int, kind: BlockKind, starts_at: dt.datetime, ends_at: dt.datetime, reason: str = ""
) -> int:
    """Take [starts_at, ends_at) of the master's time and return the block's id; TimeTaken when something overlaps."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [master_id, kind.value, starts_at, ends_at, reason])
        row = cursor.fetchone()
    if row is None:
        raise TimeTaken
    block_id: int = row[0]
    return block_id


def move_time(block_id: int, *, kind: BlockKind, starts_at: dt.datetime, ends_at: dt.datetime) -> None:
    """Let the block be [starts_at, ends_at) instead, in place: its own old time is no conflict and is never lost.

    Raises TimeTaken when something else overlaps; then the block is where it was.
    """
    try:
        with transaction.atomic():
            AvailabilityBlock.objects.filter(pk=block_id).update(kind=kind, during=(starts_at, ends_at))
    except IntegrityError as error:
        if broken_constraint(error) == BLOCKS_NO_OVERLAP:
            raise TimeTaken from error
        raise


def broken_constraint(error: IntegrityError) -> str | None:
    """The name of the constraint that the database says was broken."""
    diagnostics = getattr(error.__cause__, "diag", None)
    name: str | None = diagnostics.constraint_name if diagnostics is not None else None
    return name


def release_time(block_ids: int | Sequence[int]) -> None:
    """Give the time back. Whatever pointed at the blocks has to let go of them in the same transaction."""
    ids = [block_ids] if isinstance(block_ids, int) else list(block_ids)
    AvailabilityBlock.objects.filter(pk__in=ids).delete()

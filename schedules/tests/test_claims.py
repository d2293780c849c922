"""Why a time can't be booked, each reason by an example; and the lock rule."""

import datetime as dt

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError

from schedules.claims import check_slot, claim_time, lock_masters, release_time
from schedules.errors import (
    BeyondHorizon,
    MasterUnavailable,
    OffGrid,
    OutsideShift,
    ScheduleError,
    TimeTaken,
    TooSoon,
)
from schedules.models import AvailabilityBlock, BlockKind, Master
from schedules.tests.factories import BLOCK_KINDS, BlockFactory, MasterFactory

TUESDAY_10 = dt.datetime(2026, 3, 3, 7, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
HOUR = 60 * MINUTE


def check(master: Master, starts_at: dt.datetime, *, now: dt.datetime, taken: int = 60) -> None:
    check_slot(master_id=master.pk, starts_at=starts_at, taken_minutes=taken, now=now)


def test_free_time_passes(boris: Master, now: dt.datetime) -> None:
    check(boris, TUESDAY_10, now=now)
    BlockFactory.create(master=boris, begins=TUESDAY_10)
    with pytest.raises(TimeTaken):  # as it does not once it is taken
        check(boris, TUESDAY_10, now=now)


@pytest.mark.parametrize(
    ("starts_at", "reason"),
    [
        (dt.datetime(2026, 3, 2, 8, 30, tzinfo=dt.UTC), TooSoon),
        (dt.datetime(2026, 2, 27, 8, tzinfo=dt.UTC), TooSoon),
        (dt.datetime(2026, 4, 2, 7, tzinfo=dt.UTC), BeyondHorizon),
        (TUESDAY_10 + 15 * MINUTE, OffGrid),
        (TUESDAY_10 + dt.timedelta(seconds=1), OffGrid),
        (TUESDAY_10 + dt.timedelta(microseconds=1), OffGrid),
        (TUESDAY_10 - 30 * MINUTE, OutsideShift),
        (TUESDAY_10 + 9 * HOUR + 30 * MINUTE, OutsideShift),
        (TUESDAY_10 + 2 * HOUR + 30 * MINUTE, OutsideShift),
        (TUESDAY_10 + 3 * HOUR, OutsideShift),
        (dt.datetime(2026, 3, 7, 8, tzinfo=dt.UTC), OutsideShift),
    ],
    ids=[
        "an hour ago",
        "last week",
        "after the horizon",
        "between two slots",
        "a second late",
        "a microsecond late",
        "before the shift",
        "over the end of the shift",
        "into lunch",
        "at lunch",
        "on a day off",
    ],
)
def test_each_reason_has_its_error(
    boris: Master, now: dt.datetime, starts_at: dt.datetime, reason: type[ScheduleError]
) -> None:
    with pytest.raises(reason) as caught:
        check(boris, starts_at, now=now)
    assert type(caught.value) is reason


def test_notice_is_counted_to_the_minute(boris: Master) -> None:
    check(boris, TUESDAY_10, now=TUESDAY_10 - 30 * MINUTE)
    with pytest.raises(TooSoon):
        check(boris, TUESDAY_10, now=TUESDAY_10 - 30 * MINUTE + dt.timedelta(microseconds=1))


def test_last_day_of_the_horizon_can_be_booked(boris: Master, now: dt.datetime) -> None:
    check(boris, dt.datetime(2026, 4, 1, 7, tzinfo=dt.UTC), now=now)
    with pytest.raises(BeyondHorizon):
        check(boris, dt.datetime(2026, 4, 1, 21, tzinfo=dt.UTC), now=now)


@pytest.mark.parametrize("kind", BLOCK_KINDS)
def test_time_taken_by_anything_is_taken(boris: Master, now: dt.datetime, kind: BlockKind) -> None:
    BlockFactory.create(master=boris, kind=kind, begins=TUESDAY_10 + 59 * MINUTE)
    with pytest.raises(TimeTaken):
        check(boris, TUESDAY_10, now=now)


def test_block_that_only_touches_is_not_in_the_way(boris: Master, now: dt.datetime) -> None:
    BlockFactory.create(master=boris, begins=TUESDAY_10 - HOUR)
    BlockFactory.create(master=boris, begins=TUESDAY_10 + HOUR)
    check(boris, TUESDAY_10, now=now)
    with pytest.raises(TimeTaken):
        check(boris, TUESDAY_10, now=now, taken=61)


def test_time_off_of_weeks_is_in_the_way(boris: Master, now: dt.datetime) -> None:
    BlockFactory.create(master=boris, begins=now - dt.timedelta(days=40), ends=TUESDAY_10 + MINUTE)
    with pytest.raises(TimeTaken):
        check(boris, TUESDAY_10, now=now)


def test_master_who_takes_no_bookings_works_at_no_time(boris: Master, now: dt.datetime) -> None:
    Master.objects.filter(pk=boris.pk).update(is_active=False)
    with pytest.raises(OutsideShift):
        check(boris, TUESDAY_10, now=now)


def test_claim_takes_the_time_and_release_gives_it_back(boris: Master, now: dt.datetime) -> None:
    claim = {"master_id": boris.pk, "kind": BlockKind.BREAK, "starts_at": TUESDAY_10, "ends_at": TUESDAY_10 + HOUR}
    block_id = claim_time(**claim)  # type: ignore[arg-type] # one dict for three calls
    with pytest.raises(TimeTaken):
        claim_time(**claim)  # type: ignore[arg-type] # one dict for three calls
    release_time(block_id)
    assert claim_time(**claim) != block_id  # type: ignore[arg-type] # one dict for three calls
    assert AvailabilityBlock.objects.filter(master=boris).count() == 1


def test_masters_are_locked_in_ascending_order(boris: Master, gleb: Master) -> None:
    assert list(lock_masters([gleb.pk, boris.pk, gleb.pk])) == sorted([boris.pk, gleb.pk])


def test_locking_a_master_who_is_not_there_or_takes_no_bookings_is_refused(boris: Master) -> None:
    unavailable = MasterFactory.create(is_active=False)
    with pytest.raises(MasterUnavailable) as caught:
        lock_masters([boris.pk, unavailable.pk, 999_999])
    assert caught.value.data == {"master_ids": [unavailable.pk, 999_999]}
    assert lock_masters([unavailable.pk], active_only=False) == [unavailable.pk]


@pytest.mark.django_db(transaction=True)
def test_lock_outside_a_transaction_is_refused(boris: Master) -> None:
    with pytest.raises(TransactionManagementError):
        lock_masters([boris.pk])
    with transaction.atomic():
        assert lock_masters([boris.pk]) == [boris.pk]

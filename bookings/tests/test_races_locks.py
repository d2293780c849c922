"""Several locks at once: moves into each other's times, masters in opposite order, and locks beside foreign keys."""

import datetime as dt
import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.actors import Actor
from accounts.models import Channel
from bookings.errors import SlotTaken
from bookings.models import Booking, Service, WaitlistEntry, WaitlistStatus
from bookings.selectors import ANY_MASTER
from bookings.services import create_booking, reschedule_booking
from bookings.tests.factories import TUESDAY_10, OfferFactory, ServiceFactory
from bookings.tests.races import (
    CONTROL_ROUNDS,
    ENOUGH,
    PATIENCE,
    Meeting,
    Pause,
    count_harm,
    crowd,
    is_deadlock,
    no_lock,
    outcomes,
    until_others_wait,
    without_constraints,
)
from observability.tests.at_once import run_at_once
from schedules import claims
from schedules.claims import lock_masters
from schedules.models import BLOCKS_NO_OVERLAP, Master
from schedules.tests.factories import MasterFactory, add_shifts

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = dt.timedelta(hours=1)
LOCKS = 60
Act = Callable[[], Any]
# Rows are locked and changed by one statement, as it was before.
LOCK_AND_CHANGE = """
    WITH locked AS (SELECT id FROM masters WHERE id = %s ORDER BY id FOR NO KEY UPDATE)
    UPDATE masters SET generation = generation + 1 FROM locked WHERE masters.id = locked.id RETURNING is_active
"""


@pytest.fixture
def book(boris: Master, haircut: Service, now: dt.datetime) -> Callable[[dt.datetime], Booking]:
    def made(starts_at: dt.datetime) -> Booking:
        return create_booking(
            client_id=crowd(1)[0],
            service_ids=[haircut.pk],
            master_id=boris.pk,
            starts_at=starts_at,
            idempotency_key="tap",
            now=now,
        )

    return made


@pytest.fixture
def moving(boris: Master, now: dt.datetime) -> Callable[[Booking, dt.datetime], Act]:
    by = Actor(boris.user_id, Channel.BOT)
    return lambda booking, to: lambda: reschedule_booking(booking_id=booking.pk, starts_at=to, by=by, now=now)


def times_of(*bookings: Booking) -> list[dt.datetime]:
    """When they are, by the rows and by the blocks."""
    for booking in bookings:
        booking.refresh_from_db()
        assert booking.block is not None
        assert booking.block.during.lower == booking.starts_at
    return [booking.starts_at for booking in bookings]


# --- Two moves into each other's times ----------------------------------------------------------------------------


def swap(book: Callable[..., Booking], moving: Callable[..., Act]) -> tuple[list[Booking], list[Any]]:
    """Two visits at 10 and at 11, each moved to where the other is."""
    pair = [book(TUESDAY_10), book(TUESDAY_10 + HOUR)]
    acts = [moving(pair[0], TUESDAY_10 + HOUR), moving(pair[1], TUESDAY_10)]
    return pair, run_at_once(acts, connections=2)


def test_two_moves_into_each_other_s_times_are_both_refused_and_nobody_loses_theirs(
    book: Callable[..., Booking], moving: Callable[..., Act]
) -> None:
    pair, results = swap(book, moving)
    assert outcomes(results) == {"SlotTaken": 2}
    assert times_of(*pair) == [TUESDAY_10, TUESDAY_10 + HOUR]


@pytest.mark.parametrize("gone", ["lock_masters", "check_slot"])
def test_lock_or_check_alone_keeps_two_moves_from_waiting_for_one_another(
    book: Callable[..., Booking], moving: Callable[..., Act], gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"bookings.services.changing.{gone}", no_lock)
    pair, results = swap(book, moving)
    assert outcomes(results) == {"SlotTaken": 2}
    assert times_of(*pair) == [TUESDAY_10, TUESDAY_10 + HOUR]


@pytest.fixture
def gate(transactional_db: None) -> Iterator[None]:
    """Who writes a block stops between the row and the constraint while somebody else holds the gate.

    Indexes are filled in the order of their making: first one that asks for leave, then the constraint's.
    """
    with connection.cursor() as cursor:
        cursor.execute(GATE)
    with without_constraints("availability_blocks", BLOCKS_NO_OVERLAP):
        pass
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP FUNCTION asks_for_leave CASCADE")


GATE = """
    CREATE FUNCTION asks_for_leave(bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN PERFORM pg_advisory_xact_lock_shared(7265099); RETURN $1; END $$;
    CREATE INDEX ON availability_blocks (asks_for_leave(id));
"""


@pytest.mark.usefixtures("gate")
def test_control_without_lock_and_check_lets_two_moves_wait_for_one_another(
    book: Callable[..., Booking], moving: Callable[..., Act], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has left its time and wants the other's, which is not free until the other is through; nobody loses it."""
    for name in ("lock_masters", "check_slot"):
        monkeypatch.setattr(f"bookings.services.changing.{name}", no_lock)

    def deadlocks() -> bool:
        pair = [book(TUESDAY_10), book(TUESDAY_10 + HOUR)]
        results = behind_the_gate([moving(pair[0], TUESDAY_10 + HOUR), moving(pair[1], TUESDAY_10)])
        assert len(set(times_of(*pair))) == 2
        return any(map(is_deadlock, results))

    assert count_harm(deadlocks) >= ENOUGH


def behind_the_gate(acts: list[Act]) -> list[Any]:
    """Let all begin at once and stop at the gate, then let them on."""
    held, over = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(7265099)")
            held.set()
            until_others_wait(len(acts), but_for=over)

    def acting(act: Act) -> Act:
        def acted() -> Any:
            held.wait(PATIENCE)
            return act()

        return acted

    return run_at_once([hold, *map(acting, acts)], connections=1 + len(acts))[1:]


@pytest.mark.parametrize("is_leaving_first", [True, False])
def test_move_into_a_time_that_is_being_left_gets_it_or_stays(
    book: Callable[..., Booking], moving: Callable[..., Act], is_leaving_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving, coming = book(TUESDAY_10), book(TUESDAY_10 + HOUR)
    away, there = moving(leaving, TUESDAY_10 + 4 * HOUR), moving(coming, TUESDAY_10)
    pause = Pause()
    monkeypatch.setattr("bookings.services.changing.check_slot", pause.before(claims.check_slot))
    if is_leaving_first:
        assert outcomes(pause.run(away, there)) == {"Booking": 2}
        assert times_of(leaving, coming) == [TUESDAY_10 + 4 * HOUR, TUESDAY_10]
    else:
        first, second = pause.run(there, away)
        assert (type(first), type(second)) == (SlotTaken, Booking)
        assert times_of(leaving, coming) == [TUESDAY_10 + 4 * HOUR, TUESDAY_10 + HOUR]


# --- Masters in opposite order ------------------------------------------------------------------------------------


def test_masters_named_in_opposite_order_are_locked_in_one() -> None:
    masters = [master.pk for master in MasterFactory.create_batch(3)]

    def locking(ids: list[int]) -> Act:
        def locked() -> list[int]:
            with transaction.atomic():
                return lock_masters(ids)

        return locked

    results = run_at_once([locking(masters), locking(masters[::-1])] * 20, connections=8)
    assert results == [masters] * 40


def a_pair_for_a_pool(now: dt.datetime) -> tuple[Act, Act]:
    """Two clients who want the same time with either of two masters, who do nothing else."""
    service = ServiceFactory.create()
    for master in MasterFactory.create_batch(2):
        add_shifts(master, days=range(5), starts=dt.time(10), ends=dt.time(20))
        OfferFactory.create(master=master, service=service)

    def booking(client_id: int) -> Act:
        return lambda: create_booking(
            client_id=client_id,
            service_ids=[service.pk],
            master_id=ANY_MASTER,
            starts_at=TUESDAY_10,
            idempotency_key="tap",
            now=now,
        )

    return booking(crowd(1)[0]), booking(crowd(1)[0])


def test_pairs_who_want_either_of_two_masters_get_one_each(now: dt.datetime) -> None:
    attempts = [act for _ in range(CONTROL_ROUNDS) for act in a_pair_for_a_pool(now)]
    results = run_at_once(attempts, connections=len(attempts))
    assert outcomes(results) == {"Booking": len(attempts)}
    assert Booking.objects.values("master").distinct().count() == len(attempts)


def test_control_that_locks_masters_in_any_order_deadlocks(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rounds at once: each pair has masters of its own."""
    mine = threading.local()

    def lock_one_by_one(master_ids: list[int], **_kwargs: Any) -> list[int]:
        for number, master_id in enumerate(sorted(master_ids, reverse=mine.is_backwards)):
            lock_masters([master_id])
            if number == 0:
                mine.meeting.wait()
        return master_ids

    def in_order(act: Act, meeting: Meeting, *, is_backwards: bool) -> Act:
        def acted() -> Any:
            mine.meeting, mine.is_backwards = meeting, is_backwards
            return act()

        return acted

    attempts = []
    for _ in range(CONTROL_ROUNDS):
        meeting, (one, other) = Meeting(2), a_pair_for_a_pool(now)
        attempts += [in_order(one, meeting, is_backwards=False), in_order(other, meeting, is_backwards=True)]
    monkeypatch.setattr("bookings.services.creating.lock_masters", lock_one_by_one)
    results = run_at_once(attempts, connections=len(attempts))
    assert sum(map(is_deadlock, results)) >= ENOUGH


# --- A lock beside a foreign key ----------------------------------------------------------------------------------


def commit_as_the_shop_does() -> None:
    """Wait for the disk, which the tests' database doesn't: meanwhile the locks are held, and others come."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")


def lock_beside_foreign_keys(now: dt.datetime) -> list[Any]:
    """Sixteen connections lock one of three masters or refer to one, in random order, until something breaks."""
    masters = [master.pk for master in MasterFactory.create_batch(3)]
    broken = threading.Event()

    def refer(client_id: int, master_id: int) -> None:
        status = WaitlistStatus.GIVEN_UP
        WaitlistEntry.objects.create(client_id=client_id, master_id=master_id, day=now.date(), status=status)

    def work(client_id: int) -> None:
        dice = random.Random(client_id)
        for _ in range(LOCKS):
            master_id = dice.choice(masters)
            with transaction.atomic():
                commit_as_the_shop_does()
                if is_lock := dice.random() < 0.7:
                    lock_masters([master_id])
                if not is_lock or dice.random() < 0.3:
                    refer(client_id, master_id)

    def until_broken(client_id: int) -> None:
        try:
            if not broken.is_set():
                work(client_id)
        except Exception:
            broken.set()
            raise

    attempts = [lambda client_id=client_id: until_broken(client_id) for client_id in crowd(16)]
    return run_at_once(attempts, connections=16)


def test_locks_of_masters_to_whom_others_refer_come_in_turn(now: dt.datetime) -> None:
    """What refers to a master, as a place in line does, holds the row by its foreign key and locks nothing else."""
    assert outcomes(lock_beside_foreign_keys(now)) == {"NoneType": 16}


@pytest.mark.soak
def test_control_that_locks_and_changes_a_row_in_one_statement_deadlocks(
    now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "_LOCK", LOCK_AND_CHANGE)
    assert count_harm(lambda: any(map(is_deadlock, lock_beside_foreign_keys(now)))) >= ENOUGH

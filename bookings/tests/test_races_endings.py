"""What becomes of a visit, said by two at once: the first is heard, the second learns of it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import QuerySet

from accounts.actors import Actor
from accounts.models import AuditEvent, Channel
from bookings import clients
from bookings.errors import NotActive
from bookings.models import Booking, BookingStatus, Service
from bookings.services import (
    attending,
    cancel_booking,
    changing,
    complete_past_bookings,
    create_booking,
    mark_no_show,
)
from bookings.tests.factories import TUESDAY_10
from bookings.tests.races import ENOUGH, Pause, count_harm, crowd, is_deadlock, without_constraints
from schedules.claims import lock_masters
from schedules.models import Master

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
OVER = TUESDAY_10 + HOUR
ENDS_WELL = ("bookings_cancelled_has_no_block", "bookings_cancelled_by_somebody")
Act = Callable[[], Any]


@pytest.fixture
def book(boris: Master, haircut: Service, now: dt.datetime) -> Callable[..., Booking]:
    """A visit of a new client with Boris on Tuesday at 10."""

    def made(client_id: int | None = None) -> Booking:
        return create_booking(
            client_id=client_id or crowd(1)[0],
            service_ids=[haircut.pk],
            master_id=boris.pk,
            starts_at=TUESDAY_10,
            idempotency_key="tap",
            now=now,
        )

    return made


@pytest.fixture
def master(boris: Master) -> Actor:
    return Actor(boris.user_id, Channel.BOT)


def cancelling(booking: Booking, by: Actor) -> Act:
    """A moment before the end, with the master's clock."""
    return lambda: cancel_booking(booking_id=booking.pk, by=by, now=OVER - MINUTE, reason="Нет света")


def missing(booking: Booking, by: Actor) -> Act:
    return lambda: mark_no_show(booking_id=booking.pk, by=by, now=OVER - MINUTE)


def completing() -> int:
    return complete_past_bookings(now=OVER)


def ended(booking: Booking) -> str:
    booking.refresh_from_db()
    return str(booking.status)


def endings() -> int:
    """How many times the trail says that a visit has ended."""
    actions = ("booking_cancelled", "booking_completed", "booking_no_show")
    return AuditEvent.objects.filter(action__in=actions).count()


# --- The protection: the booking's row is locked, and read under the lock ------------------------------------------


def _unlocked(booking_id: int) -> Booking:
    return Booking.objects.get(pk=booking_id)


def _unlocked_confirmed() -> "QuerySet[Booking]":
    return Booking.objects.filter(status=BookingStatus.CONFIRMED)


@pytest.mark.parametrize("is_sweep_first", [True, False])
def test_cancelling_and_completing_at_once_end_a_visit_once(
    book: Callable[..., Booking], master: Actor, is_sweep_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking, pause = book(), Pause()
    if is_sweep_first:
        monkeypatch.setattr(attending, "_become", pause.before(attending._become))
        swept, cancelled = pause.run(completing, cancelling(booking, master))
        assert (swept, type(cancelled), ended(booking)) == (1, NotActive, "completed")
    else:
        monkeypatch.setattr(changing, "check_active", pause.after(changing.check_active))
        cancelled, swept = pause.run(cancelling(booking, master), completing)
        assert (swept, type(cancelled), ended(booking)) == (0, Booking, "cancelled")
    assert endings() == 1


@pytest.mark.parametrize("is_mark_first", [True, False])
def test_cancelling_and_missing_at_once_end_a_visit_once(
    book: Callable[..., Booking], master: Actor, is_mark_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking, pause = book(), Pause()
    if is_mark_first:
        monkeypatch.setattr(attending, "_become", pause.before(attending._become))
        marked, cancelled = pause.run(missing(booking, master), cancelling(booking, master))
        assert (type(marked), type(cancelled), ended(booking)) == (Booking, NotActive, "no_show")
    else:
        monkeypatch.setattr(changing, "check_active", pause.after(changing.check_active))
        cancelled, marked = pause.run(cancelling(booking, master), missing(booking, master))
        assert (type(marked), type(cancelled), ended(booking)) == (NotActive, Booking, "cancelled")
    assert endings() == 1


@pytest.mark.parametrize("first", ["sweep", "mark"])
def test_what_the_master_says_of_a_visit_outlives_the_sweep(
    book: Callable[..., Booking], master: Actor, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking, pause = book(), Pause()
    monkeypatch.setattr(attending, "_become", pause.before(attending._become))
    if first == "sweep":
        pause.run(completing, missing(booking, master))
    else:
        pause.run(missing(booking, master), completing)
    assert ended(booking) == "no_show"


def end_twice(booking: Booking, master: Actor, slow: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """The slow one has read the booking, without a lock, before somebody cancels it."""
    pause = Pause()
    monkeypatch.setattr(attending, "_lock", _unlocked)
    monkeypatch.setattr(attending, "_confirmed", _unlocked_confirmed)
    monkeypatch.setattr(attending, "_become", pause.before(BECOME))
    act = completing if slow == "complete" else missing(booking, master)
    return pause.run(act, cancelling(booking, master))


BECOME = attending._become


@pytest.mark.parametrize("slow", ["complete", "no_show"])
def test_database_alone_keeps_a_cancelled_booking_cancelled(
    book: Callable[..., Booking], master: Actor, slow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = book()
    late, _ = end_twice(booking, master, slow, monkeypatch)
    assert isinstance(late, IntegrityError)
    assert (ended(booking), endings()) == ("cancelled", 1)


@pytest.mark.parametrize("slow", ["complete", "no_show"])
def test_control_without_row_lock_and_constraints_ends_a_cancelled_booking_again(
    book: Callable[..., Booking], master: Actor, slow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_ended_twice() -> bool:
        booking = book()
        end_twice(booking, master, slow, monkeypatch)
        return ended(booking) != "cancelled" and endings() == 2

    with without_constraints("bookings", *ENDS_WELL):
        assert count_harm(is_ended_twice) >= ENOUGH


def sweep_over_a_mark(booking: Booking, master: Actor, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """The sweep has read the booking, without a lock, before the master says that nobody came."""
    pause = Pause()
    monkeypatch.setattr(attending, "_confirmed", _unlocked_confirmed)
    monkeypatch.setattr(attending, "_become", pause.before(BECOME))
    return pause.run(completing, missing(booking, master))


def test_database_alone_remembers_that_a_client_did_not_come(
    book: Callable[..., Booking], master: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = book()
    swept, _ = sweep_over_a_mark(booking, master, monkeypatch)
    assert isinstance(swept, IntegrityError)
    assert (ended(booking), endings()) == ("no_show", 1)


def test_control_without_row_lock_and_trigger_forgets_that_a_client_did_not_come(
    book: Callable[..., Booking], master: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_forgotten() -> bool:
        booking = book()
        sweep_over_a_mark(booking, master, monkeypatch)
        return ended(booking) == "completed"

    with without_constraints("bookings"):
        assert count_harm(is_forgotten) >= ENOUGH


# --- The next booking completes the last visit --------------------------------------------------------------------


def test_booking_again_and_cancelling_the_visit_that_is_over_do_not_wait_for_one_another(
    book: Callable[..., Booking], boris: Master, haircut: Service, master: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next booking takes the locks in the order in which the cancellation does: the master's, then the visit's."""
    visit, pause = book(), Pause()
    assert visit.client_id is not None
    monkeypatch.setattr(changing, "lock_masters", pause.after(lock_masters))
    cancelled, booked = pause.run(
        lambda: cancel_booking(booking_id=visit.pk, by=master, now=OVER, reason="Поздно"),
        booking_again(visit.client_id, boris, haircut),
    )
    assert isinstance(cancelled, NotActive)
    assert isinstance(booked, Booking)
    assert ended(visit) == "completed"


def test_control_that_locks_the_visit_before_the_master_deadlocks(
    book: Callable[..., Booking], boris: Master, haircut: Service, master: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settle_first(master_ids: list[int]) -> list[int]:
        visit = Booking.objects.filter(status=BookingStatus.CONFIRMED, ends_at__lte=OVER).get()
        clients.settle_active_booking(visit, by=master, now=OVER)
        return lock_masters(master_ids)

    monkeypatch.setattr("bookings.services.creating.lock_masters", settle_first)
    monkeypatch.setattr("bookings.services.creating.settle_active_booking", lambda *_args, **_kwargs: None)

    def deadlocks() -> bool:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("bookings.services.creating.lock_masters", lock_masters)
            visit = book()
        pause = Pause()
        monkeypatch.setattr(changing, "lock_masters", pause.after(lock_masters))
        assert visit.client_id is not None
        results = pause.run(
            lambda: cancel_booking(booking_id=visit.pk, by=master, now=OVER, reason="Поздно"),
            booking_again(visit.client_id, boris, haircut),
        )
        return any(map(is_deadlock, results))

    assert count_harm(deadlocks) >= ENOUGH


def booking_again(client_id: int, master: Master, service: Service) -> Act:
    return lambda: create_booking(
        client_id=client_id,
        service_ids=[service.pk],
        master_id=master.pk,
        starts_at=TUESDAY_10 + 4 * HOUR,
        idempotency_key="again",
        now=OVER,
    )

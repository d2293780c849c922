"""Many at once, over real connections: what the lock rule is for, what the constraint is for, and both gone."""

import datetime as dt
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.actors import Actor
from accounts.models import AuditEvent, Channel, User
from bookings.errors import ActiveBookingExists, SlotTaken
from bookings.models import Booking, BookingService, Notification, Service
from bookings.services import cancel_booking, create_booking
from bookings.tests.factories import TUESDAY_10
from bookings.tests.races import (
    ENOUGH,
    Meeting,
    count_harm,
    crowd,
    forget_bookings,
    no_lock,
    outcomes,
    overlaps,
    without_constraints,
)
from observability.tests.at_once import run_at_once
from schedules import claims
from schedules.models import BLOCKS_NO_OVERLAP, AvailabilityBlock, BlockKind, Master

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
# Hours that do not overlap: nine a day from Tuesday to Thursday, the first twenty of them.
TWENTY = [TUESDAY_10 + day * DAY + hour * HOUR for day in range(3) for hour in (0, 1, 2, 4, 5, 6, 7, 8, 9)][:20]
ROUNDS = 3 if os.environ.get("QUICK") == "1" else 10

Attempt = Callable[[], Booking]


@pytest.fixture
def shop(boris: Master, haircut: Service, now: dt.datetime) -> Callable[[int, dt.datetime], Attempt]:
    """An attempt of a client, by id, to book a moment with Boris."""

    def attempt(client_id: int, starts_at: dt.datetime, key: str = "tap") -> Attempt:
        return lambda: create_booking(
            client_id=client_id,
            service_ids=[haircut.pk],
            master_id=boris.pk,
            starts_at=starts_at,
            idempotency_key=key,
            now=now,
        )

    return attempt


@pytest.fixture
def no_lock_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody locks the master."""
    monkeypatch.setattr("bookings.services.creating.lock_masters", no_lock)


@pytest.fixture
def no_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks whether the time is free."""
    monkeypatch.setattr("bookings.services.creating.check_slot", lambda **_kwargs: None)


@pytest.fixture
def no_constraint(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The database accepts overlaps, and time is claimed by a plain INSERT."""
    plain = claims._CLAIM.replace(f"ON CONFLICT ON CONSTRAINT {BLOCKS_NO_OVERLAP} DO NOTHING", "")
    assert plain != claims._CLAIM
    monkeypatch.setattr(claims, "_CLAIM", plain)
    with without_constraints("availability_blocks", BLOCKS_NO_OVERLAP):
        yield


def assert_books_are_right(bookings: int) -> None:
    """So many bookings, each with its block, line, audit row, two notifications and two jobs; none overlaps."""
    counts = [
        model.objects.count()
        for model in (Booking, AvailabilityBlock, BookingService, AuditEvent, Notification, ProcrastinateJob)
    ]
    assert counts == [bookings] * 4 + [2 * bookings] * 2
    assert overlaps() == 0


def two_hundred_at_one_slot(shop: Callable[[int, dt.datetime], Attempt]) -> None:
    results = run_at_once([shop(client, TUESDAY_10) for client in crowd(200)], connections=32)
    assert outcomes(results) == {"Booking": 1, "SlotTaken": 199}
    assert_books_are_right(1)


def sixty_four_over_twenty_slots(shop: Callable[[int, dt.datetime], Attempt]) -> None:
    attempts = [shop(client, TWENTY[n % 20]) for n, client in enumerate(crowd(200))]
    results = run_at_once(attempts, connections=64)
    assert outcomes(results) == {"Booking": 20, "SlotTaken": 180}
    assert_books_are_right(20)
    assert sorted(Booking.objects.values_list("starts_at", flat=True)) == TWENTY


# --- One slot, many clients ---------------------------------------------------------------------------------------


def test_two_hundred_attempts_at_one_slot_make_one_booking(shop: Callable[..., Attempt]) -> None:
    two_hundred_at_one_slot(shop)


def test_sixty_four_connections_over_twenty_slots_make_twenty_bookings(shop: Callable[..., Attempt]) -> None:
    sixty_four_over_twenty_slots(shop)


def test_constraint_alone_lets_one_through(shop: Callable[..., Attempt], no_lock_rule: None, no_check: None) -> None:
    two_hundred_at_one_slot(shop)


def test_constraint_alone_fills_twenty_slots(shop: Callable[..., Attempt], no_lock_rule: None, no_check: None) -> None:
    sixty_four_over_twenty_slots(shop)


def test_lock_rule_alone_lets_one_through(shop: Callable[..., Attempt], no_constraint: None) -> None:
    two_hundred_at_one_slot(shop)


def test_lock_rule_alone_fills_twenty_slots(shop: Callable[..., Attempt], no_constraint: None) -> None:
    sixty_four_over_twenty_slots(shop)


def test_control_without_lock_rule_and_constraint_double_books(
    shop: Callable[..., Attempt], no_lock_rule: None, no_constraint: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this ever fails, the races above prove nothing: they would pass unprotected."""
    meeting = Meeting(16)
    monkeypatch.setattr("bookings.services.creating.check_slot", meeting.after(claims.check_slot))
    assert count_harm(lambda: crowd_doubles(shop)) >= ENOUGH


def test_check_made_before_the_lock_lets_doubles_through(
    shop: Callable[..., Attempt], no_constraint: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why the check is a later statement than the lock: what it saw may be old by the time the lock is held."""
    meeting = Meeting(16)
    check = meeting.after(claims.check_slot)
    monkeypatch.setattr("bookings.services.creating.lock_masters", no_lock)

    def check_then_lock(**kwargs: Any) -> None:
        check(**kwargs)
        claims.lock_masters([kwargs["master_id"]])

    monkeypatch.setattr("bookings.services.creating.check_slot", check_then_lock)
    assert count_harm(lambda: crowd_doubles(shop)) >= ENOUGH


def crowd_doubles(shop: Callable[..., Attempt]) -> bool:
    """Whether sixteen at one slot get it more than once."""
    run_at_once([shop(client, TUESDAY_10) for client in crowd(16)], connections=16)
    return overlaps() > 0


# --- One client, many taps ----------------------------------------------------------------------------------------


def test_eight_taps_on_one_confirm_are_one_booking(shop: Callable[..., Attempt], anna: User) -> None:
    results = run_at_once([shop(anna.pk, TUESDAY_10, "one-key")] * 8, connections=8)
    assert outcomes(results) == {"Booking": 8}
    assert len({result.pk for result in results if isinstance(result, Booking)}) == 1
    assert_books_are_right(1)


def test_two_slots_at_once_give_a_client_one_booking(shop: Callable[..., Attempt], anna: User) -> None:
    results = run_at_once([shop(anna.pk, starts_at, f"{starts_at:%H}") for starts_at in TWENTY[:2]], connections=2)
    assert outcomes(results) == {"Booking": 1, "ActiveBookingExists": 1}
    (refused,) = [result for result in results if isinstance(result, ActiveBookingExists)]
    assert refused.booking.pk == Booking.objects.get().pk
    assert_books_are_right(1)


def test_one_active_rule_holds_by_its_index_when_nobody_locks_the_client(
    shop: Callable[..., Attempt], anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bookings.services.creating.lock_client", lambda *_args, **_kwargs: 0)
    monkeypatch.setattr("bookings.services.creating.settle_active_booking", lambda *_args, **_kwargs: None)
    attempts = [shop(anna.pk, starts_at, f"{starts_at:%d%H}") for starts_at in TWENTY[:8]]
    results = run_at_once(attempts, connections=8)
    assert outcomes(results) == {"Booking": 1, "ActiveBookingExists": 7}
    assert_books_are_right(1)


def test_eight_cancellations_at_once_cancel_once(shop: Callable[..., Attempt], anna: User, now: dt.datetime) -> None:
    booking = shop(anna.pk, TUESDAY_10)()
    results = run_at_once(
        [lambda: cancel_booking(booking_id=booking.pk, by=Actor(anna.pk, Channel.BOT), now=now)] * 8, connections=8
    )
    assert outcomes(results) == {"Booking": 8}
    assert {result.status for result in results if isinstance(result, Booking)} == {"cancelled"}
    assert AuditEvent.objects.filter(action="booking_cancelled").count() == 1
    assert Notification.objects.filter(kind__in=("client_cancelled", "master_cancelled")).count() == 2
    assert not AvailabilityBlock.objects.exists()


def test_cancellation_and_a_crowd_for_its_slot_leave_one_booking_at_most(
    shop: Callable[..., Attempt], anna: User, now: dt.datetime
) -> None:
    booking = shop(anna.pk, TUESDAY_10)()
    attempts = [shop(client, TUESDAY_10) for client in crowd(15)]
    attempts.insert(3, lambda: cancel_booking(booking_id=booking.pk, by=Actor(anna.pk, Channel.BOT), now=now))
    results = run_at_once(attempts, connections=16)
    booked = sum(isinstance(result, Booking) for result in results) - 1
    refused = sum(isinstance(result, SlotTaken) for result in results)
    assert (booked + refused, booked <= 1) == (15, True)
    booking.refresh_from_db()
    assert booking.status == "cancelled"
    assert Booking.objects.filter(status="confirmed").count() == AvailabilityBlock.objects.count() == booked


def test_visit_and_time_off_claimed_at_once_do_not_overlap(
    shop: Callable[..., Attempt], boris: Master, now: dt.datetime
) -> None:
    def day_off() -> int:
        return claims.claim_time(
            master_id=boris.pk, kind=BlockKind.TIME_OFF, starts_at=TUESDAY_10 - HOUR, ends_at=TUESDAY_10 + 12 * HOUR
        )

    attempts: list[Callable[[], Booking | int]] = [shop(client, TUESDAY_10) for client in crowd(7)]
    attempts.insert(4, day_off)
    results = run_at_once(attempts, connections=8)
    assert sum(isinstance(result, Booking | int) for result in results) == 1
    assert AvailabilityBlock.objects.count() == 1


# --- Storms -------------------------------------------------------------------------------------------------------


@pytest.mark.soak
@pytest.mark.parametrize("storm", [two_hundred_at_one_slot, sixty_four_over_twenty_slots])
def test_storm_repeated_never_double_books(
    shop: Callable[..., Attempt], storm: Callable[[Callable[..., Attempt]], None]
) -> None:
    for _ in range(ROUNDS):
        storm(shop)
        forget_bookings()


@pytest.mark.soak
@pytest.mark.parametrize("storm", [two_hundred_at_one_slot, sixty_four_over_twenty_slots])
def test_storm_repeated_against_the_constraint_alone_never_double_books(
    shop: Callable[..., Attempt],
    storm: Callable[[Callable[..., Attempt]], None],
    no_lock_rule: None,
    no_check: None,
) -> None:
    for _ in range(ROUNDS):
        storm(shop)
        forget_bookings()


@pytest.mark.soak
@pytest.mark.parametrize("storm", [two_hundred_at_one_slot, sixty_four_over_twenty_slots])
def test_storm_repeated_against_the_lock_rule_alone_never_double_books(
    shop: Callable[..., Attempt], storm: Callable[[Callable[..., Attempt]], None], no_constraint: None
) -> None:
    for _ in range(ROUNDS):
        storm(shop)
        forget_bookings()

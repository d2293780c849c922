"""Bookings against whatever else takes or changes a master's time, each in the order of events that hurts most."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import Channel, User
from bookings.errors import BookingsInTheWay, SlotTaken, SlotUnavailable
from bookings.models import Booking, BookingStatus, Service
from bookings.services import (
    Conflicts,
    TimeOff,
    create_booking,
    create_manual_booking,
    reschedule_booking,
    take_time_off,
)
from bookings.services import time_off as time_off_service
from bookings.tests.factories import TUESDAY_10
from bookings.tests.races import (
    ENOUGH,
    Pause,
    count_harm,
    crowd,
    forget_bookings,
    no_lock,
    overlaps,
    without_constraints,
)
from schedules import claims
from schedules import services as schedule_services
from schedules.models import BLOCKS_NO_OVERLAP, AvailabilityBlock, BlockKind, Lunch, Master, Rota
from schedules.services import ScheduleChange, set_day_hours, set_lunch, set_rota

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = dt.timedelta(hours=1)
TUESDAY = dt.date(2026, 3, 3)
Act = Callable[[], Any]


@pytest.fixture
def bookers(boris: Master, haircut: Service, now: dt.datetime) -> dict[str, Callable[[], Act]]:
    """Three ways to take Tuesday at 10 with Boris; what they need is made at once, the act comes later."""
    master = Actor(boris.user_id, Channel.BOT)

    def book(starts_at: dt.datetime = TUESDAY_10) -> Act:
        (client,) = crowd(1)
        return lambda: create_booking(
            client_id=client,
            service_ids=[haircut.pk],
            master_id=boris.pk,
            starts_at=starts_at,
            idempotency_key="tap",
            now=now,
        )

    def by_hand() -> Act:
        return lambda: create_manual_booking(
            master_id=boris.pk,
            service_ids=[haircut.pk],
            starts_at=TUESDAY_10,
            name="Гость",
            phone="",
            idempotency_key="form",
            by=master,
            now=now,
        )

    def move() -> Act:
        booking = book(TUESDAY_10 + 9 * HOUR)()
        return lambda: reschedule_booking(booking_id=booking.pk, starts_at=TUESDAY_10, by=master, now=now)

    return {"book": book, "by_hand": by_hand, "move": move}


@pytest.fixture
def morning_off(boris: Master, now: dt.datetime) -> Callable[[Conflicts], Act]:
    """Time off from 9 to 13, and what becomes of the bookings in the way."""
    return lambda conflicts: (
        lambda: take_time_off(
            master_id=boris.pk,
            starts_at=TUESDAY_10 - HOUR,
            ends_at=TUESDAY_10 + 3 * HOUR,
            reason="",
            by=Actor(boris.user_id, Channel.BOT),
            now=now,
            conflicts=conflicts,
            cancel_reason="Заболел",
        )
    )


@pytest.fixture
def changes(boris: Master, administrator: User, now: dt.datetime) -> dict[str, Act]:
    """Three ways to take Tuesday at 10 out of the hours that Boris works."""
    by = Actor(administrator.pk, Channel.ADMIN)
    ten = (dt.time(10), dt.time(11))
    return {
        "day_hours": lambda: set_day_hours(master_id=boris.pk, day=TUESDAY, hours=[], by=by, now=now),
        "rota": lambda: set_rota(
            master_id=boris.pk, from_day=TUESDAY, cycle_days=7, cycle_anchor=TUESDAY, hours={}, by=by, now=now
        ),
        "lunch": lambda: set_lunch(master_id=boris.pk, lunch=ten, from_day=TUESDAY, one_day=True, by=by, now=now),
    }


def stop_bookers_after_check(pause: Pause, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("creating", "changing"):
        monkeypatch.setattr(f"bookings.services.{module}.check_slot", pause.after(claims.check_slot))


def stop_time_off_after_check(pause: Pause, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = time_off_service._bookings_within
    monkeypatch.setattr(time_off_service, "_bookings_within", pause.after(looked))


def stop_changes_after_check(pause: Pause, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule_services, "_changed", pause.after(schedule_services._changed))


@pytest.fixture
def no_lock_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody locks the master."""
    for module in ("bookings.services.creating", "bookings.services.time_off", "schedules.services"):
        monkeypatch.setattr(f"{module}.lock_masters", no_lock)


WAYS = ("book", "by_hand", "move")
KINDS = ("day_hours", "rota", "lunch")


# --- Booking against time off -------------------------------------------------------------------------------------


def confirmed_at_ten() -> int:
    return Booking.objects.filter(status=BookingStatus.CONFIRMED, starts_at=TUESDAY_10).count()


@pytest.mark.parametrize("way", WAYS)
def test_time_off_waits_for_the_booking_that_was_first_and_asks_about_it(
    bookers: dict[str, Any], morning_off: Callable[..., Act], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for conflicts in Conflicts:
        pause = Pause()
        stop_bookers_after_check(pause, monkeypatch)
        booked, off = pause.run(bookers[way](), morning_off(conflicts))
        assert isinstance(booked, Booking)
        match conflicts:
            case Conflicts.STEP_BACK:
                assert isinstance(off, BookingsInTheWay)
                assert [each.pk for each in off.bookings] == [booked.pk]
            case Conflicts.CANCEL:
                assert isinstance(off, TimeOff)
                assert [each.pk for each in off.cancelled] == [booked.pk]
            case Conflicts.MOVE:
                assert isinstance(off, TimeOff)
                assert [offer.booking_id for offer in off.offers] + [each.pk for each in off.to_call] == [booked.pk]
        assert confirmed_at_ten() == (conflicts != Conflicts.CANCEL)
        forget_bookings()


@pytest.mark.parametrize("way", WAYS)
def test_booking_waits_for_the_time_off_that_was_first_and_is_refused(
    bookers: dict[str, Any], morning_off: Callable[..., Act], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for conflicts in Conflicts:
        pause = Pause()
        stop_time_off_after_check(pause, monkeypatch)
        off, booked = pause.run(morning_off(conflicts), bookers[way]())
        assert isinstance(booked, SlotTaken)
        assert isinstance(off, TimeOff)
        assert (off.cancelled, off.offers, off.to_call) == ([], [], [])
        assert confirmed_at_ten() == 0
        assert len(off.stretches) == AvailabilityBlock.objects.filter(kind=BlockKind.TIME_OFF).count() == 1
        forget_bookings()


@pytest.mark.parametrize("conflicts", Conflicts)
def test_control_without_the_lock_takes_time_off_around_a_booking_and_says_nothing(
    bookers: dict[str, Any],
    morning_off: Callable[..., Act],
    conflicts: Conflicts,
    no_lock_rule: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked = time_off_service._bookings_within

    def is_silent() -> bool:
        pause = Pause()
        monkeypatch.setattr(time_off_service, "_bookings_within", pause.after(looked))
        off, booked = pause.run(morning_off(conflicts), bookers["book"]())
        told = isinstance(off, TimeOff) and (off.cancelled or off.offers or off.to_call)
        return isinstance(off, TimeOff) and isinstance(booked, Booking) and not told and confirmed_at_ten() == 1

    assert count_harm(is_silent) >= ENOUGH


def race_into_time_off(
    bookers: dict[str, Any], morning_off: Callable[..., Act], monkeypatch: pytest.MonkeyPatch
) -> tuple[object, object]:
    pause = Pause()
    monkeypatch.setattr("bookings.services.creating.check_slot", pause.after(claims.check_slot))
    return pause.run(bookers["book"](), morning_off(Conflicts.STEP_BACK))


def test_constraint_alone_refuses_the_booking_that_was_checked_before_the_time_off(
    bookers: dict[str, Any], morning_off: Callable[..., Act], no_lock_rule: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked, off = race_into_time_off(bookers, morning_off, monkeypatch)
    assert isinstance(booked, SlotTaken)
    assert isinstance(off, TimeOff)
    assert overlaps() == 0


def test_control_without_lock_and_constraint_books_into_time_off(
    bookers: dict[str, Any], morning_off: Callable[..., Act], no_lock_rule: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = claims._CLAIM.replace(f"ON CONFLICT ON CONSTRAINT {BLOCKS_NO_OVERLAP} DO NOTHING", "")
    monkeypatch.setattr(claims, "_CLAIM", plain)

    def overlap() -> bool:
        race_into_time_off(bookers, morning_off, monkeypatch)
        return overlaps() > 0

    with without_constraints("availability_blocks", BLOCKS_NO_OVERLAP):
        assert count_harm(overlap) >= ENOUGH


# --- Booking against a change of hours ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_change_of_hours_waits_for_the_booking_that_was_first_and_reports_it(
    bookers: dict[str, Any], changes: dict[str, Act], way: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = Pause()
    stop_bookers_after_check(pause, monkeypatch)
    booked, change = pause.run(bookers[way](), changes[kind])
    assert isinstance(booked, Booking)
    assert isinstance(change, ScheduleChange)
    assert [block.pk for block in change.in_the_way] == [booked.block_id]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", WAYS)
def test_booking_waits_for_the_change_of_hours_that_was_first_and_is_refused(
    bookers: dict[str, Any], changes: dict[str, Act], way: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    act, pause = bookers[way](), Pause()
    stop_changes_after_check(pause, monkeypatch)
    change, booked = pause.run(changes[kind], act)
    assert isinstance(booked, SlotUnavailable)
    assert booked.data == {"reason": "outside_shift"}
    assert isinstance(change, ScheduleChange)
    assert confirmed_at_ten() == 0


@pytest.mark.usefixtures("no_lock_rule")
@pytest.mark.parametrize("is_booking_first", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_control_without_the_lock_books_outside_the_hours_and_nobody_is_told(
    bookers: dict[str, Any],
    changes: dict[str, Act],
    kind: str,
    is_booking_first: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    changed = schedule_services._changed

    def is_untold() -> bool:
        pause = Pause()
        if is_booking_first:
            monkeypatch.setattr("bookings.services.creating.check_slot", pause.after(claims.check_slot))
            booked, change = pause.run(bookers["book"](), changes[kind])
        else:
            monkeypatch.setattr(schedule_services, "_changed", pause.after(changed))
            change, booked = pause.run(changes[kind], bookers["book"]())
        Rota.objects.filter(from_day=TUESDAY).delete()
        Lunch.objects.all().delete()
        return isinstance(booked, Booking) and isinstance(change, ScheduleChange) and not change.in_the_way

    assert count_harm(is_untold) >= ENOUGH

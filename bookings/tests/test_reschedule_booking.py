"""A visit is moved in place: the old time is held until the new one is, and nothing but the time changes."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.errors import AccessClosed, AccountError
from accounts.models import AuditEvent, Role, User
from bookings.errors import (
    BookingError,
    BookingNotFound,
    NotActive,
    SlotTaken,
    SlotUnavailable,
    TooLateToChange,
)
from bookings.models import Booking, Notification, Service
from bookings.services import create_booking, reschedule_booking
from bookings.tests.factories import TUESDAY_10, BookingFactory
from bookings.tests.ledger import events, refused, told, unchanged, unless_said_otherwise
from schedules.models import AvailabilityBlock, Master
from schedules.tests.factories import BlockFactory

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
LATER = TUESDAY_10 + 5 * HOUR
Move = Callable[..., Booking]


@pytest.fixture
def booking(boris: Master, anna: User, haircut: Service, now: dt.datetime) -> Booking:
    """Anna's haircut with Boris on Tuesday at 10, ten minutes of buffer after it; its news is told already."""
    Service.objects.filter(pk=haircut.pk).update(buffer_minutes=10)
    booking = create_booking(
        client_id=anna.pk,
        service_ids=[haircut.pk],
        master_id=boris.pk,
        starts_at=TUESDAY_10,
        idempotency_key="tap-1",
        now=now,
    )
    Notification.objects.all().delete()
    return booking


@pytest.fixture
def move(booking: Booking, anna_herself: Actor, now: dt.datetime) -> Move:
    """Anna moves her visit to three in the afternoon, but for what is said otherwise."""
    return unless_said_otherwise(reschedule_booking, booking_id=booking.pk, starts_at=LATER, by=anna_herself, now=now)


def assert_at(booking: Booking, starts_at: dt.datetime) -> None:
    """Booking and block agree on the time: an hour, and the buffer after it."""
    booking.refresh_from_db()
    block = AvailabilityBlock.objects.get(booking=booking)
    assert (booking.starts_at, booking.ends_at, booking.status) == (starts_at, starts_at + HOUR, "confirmed")
    assert (block.starts_at, block.during.upper) == (starts_at, starts_at + HOUR + 10 * MINUTE)
    assert (block.master_id, block.kind) == (booking.master_id, "booking")


def test_moving_takes_the_new_time_and_frees_the_old(
    move: Move, booking: Booking, anna: User, boris: Master, viktor: User
) -> None:
    block_id = booking.block_id
    moved = move()
    assert (moved.pk, moved.starts_at, moved.block_id) == (booking.pk, LATER, block_id)
    assert_at(booking, LATER)
    assert AvailabilityBlock.objects.count() == 1
    assert booking.revision == 1
    assert told() == [("client_moved", anna.pk), ("master_moved", boris.user_id)]
    audit = AuditEvent.objects.get(action="booking_rescheduled")
    assert (audit.actor_id, audit.object_id) == (anna.pk, booking.pk)
    assert (audit.before["starts_at"], audit.after["starts_at"]) == (TUESDAY_10.isoformat(), LATER.isoformat())
    assert BookingFactory.create(master=boris, client=viktor).starts_at == TUESDAY_10


def test_visit_may_overlap_its_own_old_time(move: Move, booking: Booking) -> None:
    for starts_at in (TUESDAY_10 + HOUR / 2, TUESDAY_10):
        move(starts_at=starts_at)
        assert_at(booking, starts_at)


def test_price_duration_services_and_buffer_stay_as_they_were_agreed(
    move: Move, booking: Booking, boris: Master, haircut: Service
) -> None:
    lines = list(booking.lines.values())
    Service.objects.filter(pk=haircut.pk).update(price=9000, duration_minutes=120, buffer_minutes=0, is_active=False)
    move()
    assert_at(booking, LATER)
    assert booking.total_price == Decimal(1500)
    assert list(booking.lines.values()) == lines


def test_moving_to_where_it_is_changes_nothing(move: Move, boris_himself: Actor) -> None:
    with unchanged():
        assert move(starts_at=TUESDAY_10).revision == 0
        assert move(starts_at=TUESDAY_10, by=boris_himself).revision == 0
        assert move(starts_at=TUESDAY_10, now=TUESDAY_10 - HOUR).revision == 0


def test_each_move_there_and_back_is_told_once(move: Move, anna: User, boris: Master) -> None:
    for revision, starts_at in enumerate([LATER, TUESDAY_10, LATER], start=1):
        for _ in range(2):
            assert move(starts_at=starts_at).revision == revision
    assert told() == [("client_moved", anna.pk), ("master_moved", boris.user_id)] * 3
    keys = set(Notification.objects.values_list("dedupe_key", flat=True))
    assert len(keys) == 6


@pytest.mark.parametrize("who", ["master", "admin"])
def test_who_moves_it_is_not_told_but_everybody_else_is(  # noqa: PLR0917 - fixtures
    move: Move, anna: User, boris: Master, boris_himself: Actor, irina: Actor, who: str
) -> None:
    move(by=boris_himself if who == "master" else irina)
    master = [] if who == "master" else [("master_moved", boris.user_id)]
    assert told() == [("client_moved", anna.pk), *master]


def test_event_says_what_was_moved(
    move: Move,
    booking: Booking,
    haircut: Service,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with caplog.at_level("INFO"), django_capture_on_commit_callbacks(execute=True):
        move()
    ((event, fields),) = events(caplog)
    assert event == "booking_rescheduled"
    assert (fields["booking_id"], fields["service_ids"], fields["starts_at"]) == (booking.pk, [haircut.pk], LATER)


# --- When -----------------------------------------------------------------------------------------------------------


def test_clients_deadline_is_counted_to_the_minute(move: Move, booking: Booking) -> None:
    with pytest.raises(TooLateToChange):
        move(now=TUESDAY_10 - 2 * HOUR + dt.timedelta(microseconds=1))
    move(now=TUESDAY_10 - 2 * HOUR)
    assert_at(booking, LATER)


def test_client_moves_no_nearer_than_the_minimum_notice(move: Move, caplog: pytest.LogCaptureFixture) -> None:
    move(starts_at=TUESDAY_10 + DAY)
    with refused(SlotUnavailable, caplog, reason="too_soon"):
        move(starts_at=TUESDAY_10, now=TUESDAY_10 - 29 * MINUTE)
    assert move(starts_at=TUESDAY_10, now=TUESDAY_10 - 30 * MINUTE).revision == 2


@pytest.mark.parametrize("who", ["master", "admin"])
@pytest.mark.parametrize("late", [-HOUR, 30 * MINUTE, HOUR - MINUTE])
def test_staff_are_bound_by_no_notice(  # noqa: PLR0917 - fixtures
    move: Move, booking: Booking, boris_himself: Actor, irina: Actor, who: str, late: dt.timedelta
) -> None:
    half_past = TUESDAY_10 + HOUR / 2
    move(by=boris_himself if who == "master" else irina, now=TUESDAY_10 + late, starts_at=half_past)
    assert_at(booking, half_past)


def test_not_even_staff_move_into_the_past(move: Move, boris_himself: Actor, caplog: pytest.LogCaptureFixture) -> None:
    move(starts_at=TUESDAY_10 + DAY)
    with refused(SlotUnavailable, caplog, reason="too_soon"):
        move(by=boris_himself, starts_at=TUESDAY_10, now=TUESDAY_10 + HOUR / 2)


# --- Refused: the old time is kept ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts_at", "refusal", "reason"),
    [
        (LATER + HOUR / 4, SlotUnavailable, "off_grid"),
        (LATER + dt.timedelta(seconds=1), SlotUnavailable, "off_grid"),
        (LATER.replace(tzinfo=None), SlotUnavailable, "off_grid"),
        (TUESDAY_10 + 2 * HOUR, SlotUnavailable, "outside_shift"),
        (TUESDAY_10 + 9 * HOUR, SlotUnavailable, "outside_shift"),
        (TUESDAY_10 + 4 * DAY, SlotUnavailable, "outside_shift"),
        (TUESDAY_10 - 7 * DAY, SlotUnavailable, "too_soon"),
        (TUESDAY_10 + 35 * DAY, SlotUnavailable, "beyond_horizon"),
        (TUESDAY_10 + 6 * HOUR, SlotTaken, "time_taken"),
        (TUESDAY_10 + 7 * HOUR, SlotTaken, "time_taken"),
    ],
    ids=[
        "between two slots",
        "a second late",
        "of no zone",
        "buffer into lunch",
        "buffer after work",
        "a day off",
        "past",
        "beyond the horizon",
        "buffer into another visit",
        "another visit",
    ],
)
@pytest.mark.parametrize("who", ["client", "master", "admin"])
def test_old_time_is_kept_when_the_new_one_is_refused(  # noqa: PLR0917 - fixtures
    move: Move,
    booking: Booking,
    boris: Master,
    anna_herself: Actor,
    boris_himself: Actor,
    irina: Actor,
    who: str,
    starts_at: dt.datetime,
    refusal: type[SlotUnavailable],
    reason: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    BookingFactory.create(master=boris, starts_at=TUESDAY_10 + 7 * HOUR)
    by = {"client": anna_herself, "master": boris_himself, "admin": irina}[who]
    with refused(refusal, caplog, reason=reason) as caught:
        move(by=by, starts_at=starts_at)
    assert_at(booking, TUESDAY_10)
    assert all(slot.master_id == boris.pk for slot in caught.value.slots)


def test_refusal_offers_only_slots_in_which_the_agreed_visit_fits(
    move: Move, boris: Master, haircut: Service, booking: Booking
) -> None:
    Service.objects.filter(pk=haircut.pk).update(duration_minutes=15, buffer_minutes=0, is_active=False)
    BlockFactory.create(master=boris, begins=LATER)
    with pytest.raises(SlotTaken) as caught:
        move()
    for slot in caught.value.slots:
        move(starts_at=slot.starts_at)
        assert_at(booking, slot.starts_at)
    assert caught.value.slots


@pytest.mark.parametrize(
    ("prepare", "at", "refusal"),
    [
        (lambda _: None, TUESDAY_10 - HOUR, TooLateToChange),
        (lambda _: None, TUESDAY_10, NotActive),
        (lambda booking: Booking.objects.filter(pk=booking.pk).update(status="completed"), None, NotActive),
        (lambda booking: Booking.objects.filter(pk=booking.pk).update(status="no_show"), None, NotActive),
        (lambda booking: User.objects.filter(pk=booking.client_id).update(is_active=False), None, AccessClosed),
        (
            lambda booking: Booking.objects.filter(pk=booking.pk).update(client=None, walk_in_name="X", source="admin"),
            None,
            BookingNotFound,
        ),
    ],
    ids=["an hour before", "when it begins", "completed", "no-show", "client disabled", "not hers"],
)
def test_client_who_may_not_move_it_keeps_the_old_time(  # noqa: PLR0917 - fixtures
    move: Move,
    booking: Booking,
    now: dt.datetime,
    prepare: Callable[[Booking], object],
    at: dt.datetime | None,
    refusal: type[BookingError | AccountError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    prepare(booking)
    with refused(refusal, caplog):
        move(now=at or now)


def test_nobody_but_the_three_moves_it(  # noqa: PLR0917 - fixtures
    move: Move,
    booking: Booking,
    boris: Master,
    boris_himself: Actor,
    gleb_himself: Actor,
    irina: Actor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with refused(BookingNotFound, caplog, booking_id=booking.pk):
        move(by=gleb_himself)
    with refused(BookingNotFound, caplog, booking_id=999_999):
        move(booking_id=999_999)
    with refused(NotActive, caplog, booking_id=booking.pk):
        move(by=irina, now=TUESDAY_10 + HOUR)
    User.objects.filter(pk=boris.user_id).update(role=Role.CLIENT)
    with refused(BookingNotFound, caplog, booking_id=booking.pk):
        move(by=boris_himself)


def test_visit_of_a_master_who_left_stays_where_it_is(
    move: Move, booking: Booking, irina: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    Master.objects.update(is_active=False)
    with refused(SlotUnavailable, caplog, reason="outside_shift"):
        move(by=irina)
    assert_at(booking, TUESDAY_10)

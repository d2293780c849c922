"""Who has missed visits is asked a day before whether they come, and loses the time when they don't answer."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.errors import AccessClosed, NotAllowed
from accounts.models import AuditEvent, User
from bookings.errors import BookingNotFound, NotActive, NothingToConfirm
from bookings.models import Booking, Notification, Service
from bookings.services import (
    ask_to_confirm,
    attending,
    cancel_booking,
    confirm_attendance,
    create_booking,
    release_unconfirmed,
    reschedule_booking,
)
from bookings.tests.factories import TUESDAY_10, missed
from bookings.tests.ledger import events, refused, told, unchanged, unless_said_otherwise
from schedules.models import AvailabilityBlock, Master

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
INSTANT = dt.timedelta(microseconds=1)
# The visit, when it is asked about, and until when the answer is waited for.
THURSDAY_10 = TUESDAY_10 + 2 * DAY
ASKED_AT = THURSDAY_10 - DAY
DEADLINE = THURSDAY_10 - 2 * HOUR
Book = Callable[..., Booking]
Confirm = Callable[..., Booking]


@pytest.fixture
def book(boris: Master, anna: User, haircut: Service, now: dt.datetime) -> Book:
    """Anna books a haircut on Thursday at 10, but for what is said otherwise."""
    return unless_said_otherwise(
        create_booking,
        client_id=anna.pk,
        service_ids=[haircut.pk],
        master_id=boris.pk,
        starts_at=THURSDAY_10,
        idempotency_key="tap-1",
        now=now,
    )


@pytest.fixture
def booking(book: Book, anna: User, now: dt.datetime) -> Booking:
    """Anna has missed two visits, and books another; the news is told."""
    missed(anna, 7 * DAY, 14 * DAY, now=now)
    booking = book()
    Notification.objects.all().delete()
    return booking


@pytest.fixture
def confirm(booking: Booking, anna_herself: Actor) -> Confirm:
    """Anna says that she comes as soon as she is asked, but for what is said otherwise."""
    return unless_said_otherwise(confirm_attendance, booking_id=booking.pk, by=anna_herself, now=ASKED_AT)


# --- Asked ----------------------------------------------------------------------------------------------------------


def test_client_is_asked_a_day_before_exactly_once(booking: Booking, anna: User) -> None:
    assert ask_to_confirm(now=ASKED_AT - INSTANT) == 0
    assert ask_to_confirm(now=ASKED_AT) == 1
    booking.refresh_from_db()
    assert booking.asked_at == ASKED_AT
    with unchanged():
        assert ask_to_confirm(now=ASKED_AT) == 0
        assert ask_to_confirm(now=DEADLINE - INSTANT) == 0
    assert told() == [("client_asked", anna.pk)]


def test_who_books_within_a_day_is_asked_at_once(book: Book, anna: User, now: dt.datetime) -> None:
    missed(anna, 7 * DAY, 14 * DAY, now=now)
    book(now=DEADLINE - HOUR)
    assert ask_to_confirm(now=DEADLINE - HOUR) == 1


def test_nobody_is_asked_who_has_not_to_has_said_or_has_cancelled(
    book: Book, viktor: User, confirm: Confirm, anna_herself: Actor, now: dt.datetime
) -> None:
    book(client_id=viktor.pk, starts_at=THURSDAY_10 + HOUR)
    confirm(now=now)
    assert ask_to_confirm(now=ASKED_AT) == 0
    cancel_booking(
        booking_id=Booking.objects.get(client=anna_herself.user_id, status="confirmed").pk, by=anna_herself, now=now
    )
    assert ask_to_confirm(now=ASKED_AT) == 0


def test_nobody_is_asked_when_it_is_too_late_to_answer(booking: Booking) -> None:
    assert ask_to_confirm(now=DEADLINE) == 0


def test_asking_goes_by_batches(
    booking: Booking, book: Book, viktor: User, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed(viktor, 7 * DAY, 14 * DAY, now=now)
    book(client_id=viktor.pk, starts_at=THURSDAY_10 + HOUR)
    monkeypatch.setattr(attending, "_AT_ONCE", 1)
    assert [ask_to_confirm(now=ASKED_AT + HOUR) for _ in range(3)] == [1, 1, 0]


# --- Answered -------------------------------------------------------------------------------------------------------


def test_client_says_that_they_come(confirm: Confirm, booking: Booking, anna: User) -> None:
    ask_to_confirm(now=ASKED_AT)
    assert confirm(now=ASKED_AT + HOUR).confirmed_at == ASKED_AT + HOUR
    audit = AuditEvent.objects.get(action="booking_attendance_confirmed")
    assert (audit.actor_id, audit.object_id) == (anna.pk, booking.pk)
    with unchanged():
        assert confirm(now=ASKED_AT + 2 * HOUR).confirmed_at == ASKED_AT + HOUR
        assert release_unconfirmed(now=DEADLINE) == 0
    assert Booking.objects.get(pk=booking.pk).status == "confirmed"


def test_answer_counts_as_long_as_the_time_is_not_given_away(confirm: Confirm) -> None:
    ask_to_confirm(now=ASKED_AT)
    assert confirm(now=THURSDAY_10 - INSTANT).confirmed_at == THURSDAY_10 - INSTANT
    assert release_unconfirmed(now=THURSDAY_10 - INSTANT) == 0


def test_answer_comes_too_late_when_the_visit_has_begun(
    confirm: Confirm, booking: Booking, caplog: pytest.LogCaptureFixture
) -> None:
    with refused(NotActive, caplog, booking_id=booking.pk):
        confirm(now=THURSDAY_10)


def test_staff_may_answer_for_a_client_who_called(confirm: Confirm, irina: Actor) -> None:
    assert confirm(by=irina).confirmed_at == ASKED_AT


def test_master_does_not_answer_for_the_client(
    confirm: Confirm, boris_himself: Actor, gleb_himself: Actor, booking: Booking, caplog: pytest.LogCaptureFixture
) -> None:
    with refused(NotAllowed, caplog, user_id=boris_himself.user_id):
        confirm(by=boris_himself)
    with refused(BookingNotFound, caplog, booking_id=booking.pk):
        confirm(by=gleb_himself)


def test_disabled_client_answers_nothing(confirm: Confirm, anna: User, caplog: pytest.LogCaptureFixture) -> None:
    User.objects.filter(pk=anna.pk).update(is_active=False)
    with refused(AccessClosed, caplog, user_id=anna.pk):
        confirm()


def test_visit_that_waits_for_no_answer_takes_none(
    book: Book, anna_herself: Actor, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    booking = book()
    with refused(NothingToConfirm, caplog, booking_id=booking.pk):
        confirm_attendance(booking_id=booking.pk, by=anna_herself, now=now)


# --- Not answered ---------------------------------------------------------------------------------------------------


def test_time_that_nobody_confirmed_is_free_again_and_the_client_is_told_why(  # noqa: PLR0917 - fixtures
    booking: Booking,
    book: Book,
    anna: User,
    boris: Master,
    viktor: User,
    confirm: Confirm,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ask_to_confirm(now=ASKED_AT)
    assert release_unconfirmed(now=DEADLINE - INSTANT) == 0
    assert release_unconfirmed(now=DEADLINE) == 1
    booking.refresh_from_db()
    assert (booking.status, booking.cancelled_by, booking.cancel_reason) == ("cancelled", "shop", "")
    assert booking.cancelled_at == DEADLINE
    assert not AvailabilityBlock.objects.filter(master=boris, starts_at=THURSDAY_10).exists()
    audit = AuditEvent.objects.get(action="booking_cancelled")
    assert (audit.actor_id, audit.channel) == (None, "worker")
    assert told(booking=booking) == [
        ("client_asked", anna.pk),
        ("client_released", anna.pk),
        ("master_cancelled", boris.user_id),
    ]
    with unchanged():
        assert release_unconfirmed(now=DEADLINE) == 0
    with refused(NotActive, caplog, booking_id=booking.pk):
        confirm(now=DEADLINE)
    assert book(client_id=viktor.pk, now=DEADLINE).starts_at == THURSDAY_10


def test_event_of_a_release_says_that_it_was_the_shops_rule(
    booking: Booking, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    ask_to_confirm(now=ASKED_AT)
    with caplog.at_level("INFO"), django_capture_on_commit_callbacks(execute=True):
        release_unconfirmed(now=DEADLINE)
    ((event, fields),) = events(caplog)
    assert (event, fields["reason_code"]) == ("booking_cancelled", "by_shop")


def test_who_was_never_asked_keeps_the_time(booking: Booking) -> None:
    with unchanged():
        assert release_unconfirmed(now=DEADLINE) == 0


def test_visit_that_has_begun_is_not_taken_away(booking: Booking) -> None:
    ask_to_confirm(now=ASKED_AT)
    with unchanged():
        assert release_unconfirmed(now=THURSDAY_10) == 0


def test_releasing_goes_by_batches(
    booking: Booking, book: Book, viktor: User, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    missed(viktor, 7 * DAY, 14 * DAY, now=now)
    book(client_id=viktor.pk, starts_at=THURSDAY_10 + HOUR)
    assert ask_to_confirm(now=ASKED_AT + HOUR) == 2
    monkeypatch.setattr(attending, "_AT_ONCE", 1)
    assert [release_unconfirmed(now=DEADLINE + HOUR) for _ in range(3)] == [1, 1, 0]


# --- Another time is another question -------------------------------------------------------------------------------


def test_moved_visit_is_asked_about_again(confirm: Confirm, booking: Booking, anna: User, anna_herself: Actor) -> None:
    ask_to_confirm(now=ASKED_AT)
    confirm()
    moved = reschedule_booking(booking_id=booking.pk, starts_at=THURSDAY_10 + DAY, by=anna_herself, now=ASKED_AT)
    assert (moved.confirm_by, moved.asked_at, moved.confirmed_at) == (DEADLINE + DAY, None, None)
    assert [ask_to_confirm(now=ASKED_AT + DAY) for _ in range(2)] == [1, 0]
    assert [kind for kind, _ in told(recipient=anna)] == ["client_asked", "client_moved", "client_asked"]
    assert release_unconfirmed(now=DEADLINE) == 0
    assert release_unconfirmed(now=DEADLINE + DAY) == 1


def test_visit_booked_for_soon_and_moved_away_is_asked_about_after_all(
    book: Book, anna: User, anna_herself: Actor, now: dt.datetime
) -> None:
    missed(anna, 7 * DAY, 14 * DAY, now=now)
    soon = DEADLINE - HOUR / 2
    booking = book(now=soon)
    assert booking.confirm_by is None
    moved = reschedule_booking(booking_id=booking.pk, starts_at=THURSDAY_10 + DAY, by=anna_herself, now=soon)
    assert moved.confirm_by == DEADLINE + DAY


def test_visit_moved_to_soon_needs_no_answer_any_more(booking: Booking, boris_himself: Actor) -> None:
    ask_to_confirm(now=ASKED_AT)
    moved = reschedule_booking(
        booking_id=booking.pk, starts_at=THURSDAY_10 + HOUR, by=boris_himself, now=THURSDAY_10 - HOUR
    )
    assert moved.confirm_by is None
    with unchanged():
        assert release_unconfirmed(now=THURSDAY_10) == 0

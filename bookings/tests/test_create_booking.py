"""Booking a visit: everything that follows from it in one transaction, or nothing at all."""

import datetime as dt
import re
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.transaction import TransactionManagementError
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.errors import AccessClosed, AccountError
from accounts.models import AuditEvent, User
from bookings import outbox
from bookings.errors import (
    ActiveBookingExists,
    BookingError,
    ServiceUnavailable,
    SlotTaken,
    SlotUnavailable,
)
from bookings.models import Booking, BookingService, Notification, Offer, Service
from bookings.services import create_booking
from bookings.tasks import deliver_notification
from bookings.tests.factories import TUESDAY_10, BookingFactory
from bookings.tests.ledger import everything, unchanged, unless_said_otherwise
from observability.correlation import correlated
from observability.jobs import enqueue
from schedules.models import AvailabilityBlock, Master
from schedules.tests.factories import BlockFactory

HOUR = dt.timedelta(hours=1)
Book = Callable[..., Booking]


@pytest.fixture
def book(boris: Master, anna: User, haircut: Service, now: dt.datetime) -> Book:
    """Anna books a haircut with Boris on Tuesday at 10, but for what is said otherwise."""

    return unless_said_otherwise(
        create_booking,
        client_id=anna.pk,
        service_ids=[haircut.pk],
        master_id=boris.pk,
        starts_at=TUESDAY_10,
        idempotency_key="tap-1",
        now=now,
    )


def test_booking_writes_its_block_row_line_audit_notifications_and_jobs(
    book: Book, boris: Master, anna: User, haircut: Service, now: dt.datetime
) -> None:
    before = {name: len(rows) for name, rows in everything().items()}
    with correlated("tg-77000001"):
        booking = book()
    after = {name: len(rows) - before[name] for name, rows in everything().items()}
    assert {name: number for name, number in after.items() if number} == {
        "availability_blocks": 1,
        "bookings": 1,
        "booking_services": 1,
        "audit_events": 1,
        "notifications": 2,
        "procrastinate_jobs": 2,
    }

    block = AvailabilityBlock.objects.get()
    assert (block.kind, block.master_id, block.starts_at) == ("booking", boris.pk, TUESDAY_10)
    assert block.during.upper == TUESDAY_10 + HOUR
    booking = Booking.objects.get(pk=booking.pk)
    assert (booking.block_id, booking.client_id, booking.master_id) == (block.pk, anna.pk, boris.pk)
    assert (booking.starts_at, booking.ends_at) == (TUESDAY_10, TUESDAY_10 + HOUR)
    assert (booking.status, booking.source, booking.total_price) == ("confirmed", "bot", Decimal(1500))
    assert booking.created_at == now
    line = BookingService.objects.get()
    assert (line.booking_id, line.service_id, line.price, line.duration_minutes) == (
        booking.pk,
        haircut.pk,
        Decimal(1500),
        60,
    )

    audit = AuditEvent.objects.get()
    assert (audit.actor_id, audit.channel, audit.action) == (anna.pk, "bot", "booking_created")
    assert (audit.object_type, audit.object_id, audit.correlation_id) == ("booking", booking.pk, "tg-77000001")
    assert audit.after["status"] == "confirmed"

    told = Notification.objects.order_by("kind")
    assert [(row.kind, row.recipient_id, row.status) for row in told] == [
        ("client_confirmed", anna.pk, "pending"),
        ("master_new", boris.user_id, "pending"),
    ]
    assert {row.correlation_id for row in told} == {"tg-77000001"}
    jobs = ProcrastinateJob.objects.order_by("pk")
    assert {(job.task_name, job.status) for job in jobs} == {("bookings.tasks.deliver_notification", "todo")}
    assert sorted(job.args["notification_id"] for job in jobs) == sorted(row.pk for row in told)
    assert {job.args["correlation_id"] for job in jobs} == {"tg-77000001"}


def test_audit_and_notifications_hold_no_personal_data(book: Book, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(name="Аннушка-Пролила", phone="+79161234567")
    book()
    written = str([list(model.objects.values()) for model in (AuditEvent, Notification, ProcrastinateJob)])
    assert "booking_created" in written
    assert "Аннушка" not in written
    assert "9161234567" not in written


# --- Refused --------------------------------------------------------------------------------------------------------


def _disable(model: type[Any]) -> Callable[..., None]:
    return lambda **_: model.objects.update(is_active=False)


@pytest.mark.parametrize(
    ("prepare", "changes", "refusal"),
    [
        (lambda boris, **_: BlockFactory.create(master=boris, begins=TUESDAY_10 + HOUR / 2), {}, SlotTaken),
        (lambda boris, **_: BookingFactory.create(master=boris), {}, SlotTaken),
        (lambda anna, **_: BookingFactory.create(client=anna), {"starts_at": TUESDAY_10 + HOUR}, ActiveBookingExists),
        (_disable(Service), {}, ServiceUnavailable),
        (_disable(Offer), {}, ServiceUnavailable),
        (lambda **_: None, {"service_ids": [999_999]}, ServiceUnavailable),
        (lambda anna, **_: User.objects.filter(pk=anna.pk).update(is_active=False), {}, AccessClosed),
        (_disable(Master), {}, ServiceUnavailable),
        (lambda **_: None, {"master_id": 999_999}, ServiceUnavailable),
        (lambda **_: None, {"starts_at": TUESDAY_10 + HOUR / 4}, SlotUnavailable),
        (lambda **_: None, {"starts_at": TUESDAY_10 + 3 * HOUR}, SlotUnavailable),
        (lambda **_: None, {"starts_at": TUESDAY_10 - 7 * dt.timedelta(days=1)}, SlotUnavailable),
        (lambda **_: None, {"starts_at": TUESDAY_10 + 35 * dt.timedelta(days=1)}, SlotUnavailable),
    ],
    ids=[
        "over a break",
        "over a visit",
        "with one still to come",
        "service no longer offered",
        "not by this master",
        "no such service",
        "client disabled",
        "master takes no bookings",
        "no such master",
        "between two slots",
        "at lunch",
        "in the past",
        "beyond the horizon",
    ],
)
def test_refused_booking_leaves_everything_as_it_was(  # noqa: PLR0917 - fixtures
    book: Book,
    boris: Master,
    anna: User,
    prepare: Callable[..., object],
    changes: dict[str, Any],
    refusal: type[BookingError | AccountError],
) -> None:
    prepare(boris=boris, anna=anna)
    before = everything()
    with pytest.raises(refusal) as caught:
        book(**changes)
    assert type(caught.value) is refusal
    assert everything() == before


def test_loser_gets_the_slots_that_are_free_that_day(book: Book, boris: Master, viktor: User) -> None:
    book()
    with pytest.raises(SlotTaken) as caught:
        book(client_id=viktor.pk)
    assert caught.value.data == {"reason": "time_taken"}
    assert [slot.starts_at for slot in caught.value.slots] == [
        TUESDAY_10 + n * HOUR / 2 for n in (2, 3, 4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
    ]
    assert {slot.master_id for slot in caught.value.slots} == {boris.pk}
    again = book(client_id=viktor.pk, starts_at=caught.value.slots[0].starts_at)
    assert again.starts_at == TUESDAY_10 + HOUR


@pytest.mark.parametrize(
    ("starts_at", "reason"),
    [
        (TUESDAY_10 + HOUR / 4, "off_grid"),
        (TUESDAY_10 + 3 * HOUR, "outside_shift"),
        (TUESDAY_10 - 7 * dt.timedelta(days=1), "too_soon"),
        (TUESDAY_10 + 35 * dt.timedelta(days=1), "beyond_horizon"),
    ],
)
def test_unavailable_slot_says_why(book: Book, starts_at: dt.datetime, reason: str) -> None:
    with pytest.raises(SlotUnavailable) as caught:
        book(starts_at=starts_at)
    assert caught.value.data == {"reason": reason}


def test_broken_write_leaves_everything_as_it_was(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("disk on fire")

    monkeypatch.setattr(outbox, "tell_booked", breaks)
    before = everything()
    with pytest.raises(RuntimeError, match="disk on fire"):
        book()
    assert everything() == before


# --- Twice ----------------------------------------------------------------------------------------------------------


def test_second_tap_on_confirm_returns_the_same_booking(book: Book) -> None:
    first = book()
    with unchanged():
        assert book().pk == first.pk


def test_second_tap_returns_the_same_booking_even_when_the_time_has_passed(book: Book) -> None:
    first = book()
    assert book(now=TUESDAY_10 + HOUR / 2).pk == first.pk


def test_same_key_of_another_client_is_another_booking(book: Book, viktor: User) -> None:
    first = book()
    second = book(client_id=viktor.pk, starts_at=TUESDAY_10 + HOUR)
    assert second.pk != first.pk
    assert second.client_id == viktor.pk


def test_client_has_one_booking_to_come_and_the_refusal_carries_it(book: Book) -> None:
    first = book()
    with pytest.raises(ActiveBookingExists) as caught:
        book(idempotency_key="tap-2", starts_at=TUESDAY_10 + 5 * HOUR)
    assert caught.value.booking.pk == first.pk
    with pytest.raises(ActiveBookingExists):  # it lasts until the visit is over
        book(idempotency_key="tap-2", starts_at=TUESDAY_10 + 5 * HOUR, now=TUESDAY_10 + HOUR / 2)


def test_visit_that_is_over_is_completed_before_the_next_is_booked(book: Book, anna: User) -> None:
    first = book()
    second = book(idempotency_key="tap-2", starts_at=TUESDAY_10 + 24 * HOUR, now=TUESDAY_10 + HOUR)
    assert second.pk != first.pk
    first.refresh_from_db()
    assert first.status == "completed"
    assert first.block_id is not None
    completed = AuditEvent.objects.get(action="booking_completed")
    assert (completed.object_id, completed.actor_id) == (first.pk, anna.pk)
    assert (completed.before, completed.after["status"]) == (
        {"status": "confirmed", "master_id": first.master_id, "starts_at": TUESDAY_10.isoformat()},
        "completed",
    )


def test_whoever_comes_past_the_one_active_rule_meets_the_constraint(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = book()
    monkeypatch.setattr("bookings.services.creating.settle_active_booking", lambda *_args, **_kwargs: None)
    before = everything()
    with pytest.raises(ActiveBookingExists) as caught:
        book(idempotency_key="tap-2", starts_at=TUESDAY_10 + 4 * HOUR)
    assert caught.value.booking.pk == first.pk
    assert everything() == before


# --- One transaction --------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_rollback_around_the_booking_leaves_no_row_and_no_job(book: Book) -> None:
    before = everything()
    with suppress(RuntimeError), transaction.atomic():
        assert book().pk
        raise RuntimeError("the caller changed its mind")
    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_job_outside_a_transaction_is_refused() -> None:
    with pytest.raises(TransactionManagementError):
        enqueue(deliver_notification, [{"notification_id": 1}])
    assert not ProcrastinateJob.objects.exists()


def test_booking_locks_the_client_first_and_the_master_in_an_earlier_statement_than_the_check(
    book: Book, django_assert_num_queries: Any
) -> None:
    """The number of statements is what a booking costs: it grows only on purpose."""
    with django_assert_num_queries(12) as captured:
        book()
    statements = [query["sql"].replace('"', "") for query in captured.captured_queries]
    steps = [
        next(n for n, sql in enumerate(statements) if re.search(pattern, sql, re.DOTALL))
        for pattern in (
            r"FROM users\b.*FOR NO KEY UPDATE",
            r"UPDATE masters\b",
            r"FROM availability_blocks\b",
            r"INSERT INTO availability_blocks\b",
        )
    ]
    assert steps == sorted(set(steps))

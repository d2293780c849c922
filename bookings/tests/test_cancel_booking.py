"""A client cancels their own visit: its time is free again, both sides are told, once."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import AuditEvent, User
from bookings.errors import BookingError, BookingNotFound, ClientDisabled, NotActive, TooLateToCancel
from bookings.models import Booking, Notification, Service
from bookings.services import cancel_booking, create_booking
from bookings.tests.factories import TUESDAY_10, BookingFactory
from observability.correlation import correlated
from schedules.models import AvailabilityBlock, Master

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def booking(boris: Master, anna: User) -> Booking:
    return BookingFactory.create(master=boris, client=anna)


def everything() -> dict[str, list[Any]]:
    models = (AvailabilityBlock, Booking, AuditEvent, Notification, ProcrastinateJob)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def test_cancelling_frees_the_time_and_tells_both_sides(
    booking: Booking, anna: User, boris: Master, now: dt.datetime
) -> None:
    with correlated("tg-77000002"):
        returned = cancel_booking(booking_id=booking.pk, by=anna, now=now)
    booking.refresh_from_db()
    assert returned.status == booking.status == "cancelled"
    assert (booking.block_id, booking.cancelled_by, booking.cancelled_at) == (None, "client", now)
    assert booking.starts_at == TUESDAY_10
    assert not AvailabilityBlock.objects.exists()

    audit = AuditEvent.objects.get()
    assert (audit.action, audit.actor_id, audit.object_id) == ("booking_cancelled", anna.pk, booking.pk)
    assert (audit.before, audit.after["status"]) == ({"status": "confirmed"}, "cancelled")
    told = Notification.objects.order_by("kind").values_list("kind", "recipient_id", "correlation_id")
    assert list(told) == [
        ("client_cancelled", anna.pk, "tg-77000002"),
        ("master_cancelled", boris.user_id, "tg-77000002"),
    ]
    assert {job.args["correlation_id"] for job in ProcrastinateJob.objects.all()} == {"tg-77000002"}
    assert ProcrastinateJob.objects.count() == 2


def test_time_of_a_cancelled_visit_goes_to_the_next_and_its_client_may_book_again(  # noqa: PLR0917 - fixtures
    booking: Booking, anna: User, viktor: User, boris: Master, haircut: Service, now: dt.datetime
) -> None:
    cancel_booking(booking_id=booking.pk, by=anna, now=now)
    for client, starts_at in ((viktor, TUESDAY_10), (anna, TUESDAY_10 + HOUR)):
        again = create_booking(
            client_id=client.pk,
            service_id=haircut.pk,
            master_id=boris.pk,
            starts_at=starts_at,
            idempotency_key="tap-9",
            now=now,
        )
        assert (again.client_id, again.starts_at) == (client.pk, starts_at)


def test_cancelling_again_changes_nothing(booking: Booking, anna: User, now: dt.datetime) -> None:
    cancel_booking(booking_id=booking.pk, by=anna, now=now)
    before = everything()
    again = cancel_booking(booking_id=booking.pk, by=anna, now=now + HOUR)
    assert (again.status, again.cancelled_at) == ("cancelled", now)
    assert everything() == before


def test_visit_with_a_master_who_left_can_be_cancelled(booking: Booking, anna: User, now: dt.datetime) -> None:
    Master.objects.update(is_active=False)
    assert cancel_booking(booking_id=booking.pk, by=anna, now=now).status == "cancelled"


def test_notice_is_counted_to_the_minute(booking: Booking, anna: User) -> None:
    with pytest.raises(TooLateToCancel):
        cancel_booking(booking_id=booking.pk, by=anna, now=TUESDAY_10 - 2 * HOUR + dt.timedelta(microseconds=1))
    assert cancel_booking(booking_id=booking.pk, by=anna, now=TUESDAY_10 - 2 * HOUR).status == "cancelled"


def _settle(status: str) -> Callable[[Booking], object]:
    return lambda booking: Booking.objects.filter(pk=booking.pk).update(status=status)


@pytest.mark.parametrize(
    ("prepare", "at", "refusal"),
    [
        (lambda _: None, TUESDAY_10 - HOUR, TooLateToCancel),
        (lambda _: None, TUESDAY_10, NotActive),
        (lambda _: None, TUESDAY_10 + 24 * HOUR, NotActive),
        (_settle("completed"), TUESDAY_10 - 24 * HOUR, NotActive),
        (_settle("no_show"), TUESDAY_10 - 24 * HOUR, NotActive),
        (lambda _: User.objects.update(is_active=False), TUESDAY_10 - 24 * HOUR, ClientDisabled),
    ],
    ids=["an hour before", "when it begins", "the day after", "completed", "no-show", "client disabled"],
)
def test_refused_cancellation_leaves_everything_as_it_was(
    booking: Booking,
    anna: User,
    prepare: Callable[[Booking], object],
    at: dt.datetime,
    refusal: type[BookingError],
) -> None:
    prepare(booking)
    before = everything()
    with pytest.raises(refusal) as caught:
        cancel_booking(booking_id=booking.pk, by=anna, now=at)
    assert type(caught.value) is refusal
    assert everything() == before


def test_somebody_elses_visit_is_as_good_as_none(booking: Booking, outsider: User, now: dt.datetime) -> None:
    before = everything()
    for booking_id in (booking.pk, 999_999):
        with pytest.raises(BookingNotFound) as caught:
            cancel_booking(booking_id=booking_id, by=outsider, now=now)
        assert caught.value.data == {"booking_id": booking_id}
    assert everything() == before


def test_not_even_the_visits_master_cancels_it_as_a_client(booking: Booking, boris: Master, now: dt.datetime) -> None:
    with pytest.raises(BookingNotFound):
        cancel_booking(booking_id=booking.pk, by=boris.user, now=now)

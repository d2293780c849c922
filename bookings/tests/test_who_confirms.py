"""Who has missed visits within a year has to say that they come; how many visits is the shop's to set."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from accounts.actors import Actor
from accounts.models import User
from bookings.models import Booking, Service
from bookings.services import ask_to_confirm, create_booking, create_manual_booking
from bookings.tests.factories import TUESDAY_10, BookingFactory, missed
from bookings.tests.ledger import unless_said_otherwise
from schedules.models import Master

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
INSTANT = dt.timedelta(microseconds=1)
THURSDAY_10 = TUESDAY_10 + 2 * DAY
ASKED_AT = THURSDAY_10 - DAY
DEADLINE = THURSDAY_10 - 2 * HOUR
Book = Callable[..., Booking]


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


def test_client_who_has_missed_two_visits_has_to_confirm_the_next(book: Book, anna: User, now: dt.datetime) -> None:
    missed(anna, 7 * DAY, 14 * DAY, now=now)
    booking = book()
    assert (booking.confirm_by, booking.asked_at, booking.confirmed_at) == (DEADLINE, None, None)


@pytest.mark.parametrize(
    ("ago", "has_to"),
    [
        ([7 * DAY], False),
        ([7 * DAY, 365 * DAY], False),
        ([7 * DAY, 365 * DAY - INSTANT], True),
        ([7 * DAY, 14 * DAY, 21 * DAY], True),
    ],
)
def test_visits_missed_more_than_a_year_ago_are_forgotten(
    book: Book, anna: User, now: dt.datetime, ago: list[dt.timedelta], has_to: bool
) -> None:
    missed(anna, *ago, now=now)
    assert (book().confirm_by is not None) == has_to


def test_missed_visits_of_others_and_visits_that_took_place_do_not_count(
    book: Book, anna: User, viktor: User, now: dt.datetime
) -> None:
    missed(viktor, 7 * DAY, 14 * DAY, now=now)
    for n in (2, 3):
        BookingFactory.create(client=anna, starts_at=now - n * DAY, status="completed")
    assert book().confirm_by is None


@pytest.mark.parametrize(("limit", "has_to"), [(0, False), (1, True), (2, True), (3, False)])
def test_how_many_is_the_settings_and_nought_asks_nobody(  # noqa: PLR0917 - fixtures
    book: Book, anna: User, now: dt.datetime, settings: Any, limit: int, has_to: bool
) -> None:
    settings.NO_SHOWS_BEFORE_CONFIRM = limit
    missed(anna, 7 * DAY, 14 * DAY, now=now)
    assert (book().confirm_by is not None) == has_to
    assert ask_to_confirm(now=ASKED_AT) == int(has_to)


def test_visit_that_begins_soon_is_not_asked_about(book: Book, anna: User, now: dt.datetime) -> None:
    missed(anna, 7 * DAY, 14 * DAY, now=now)
    assert book(now=DEADLINE - HOUR / 2).confirm_by is None


def test_visit_booked_by_hand_is_not_asked_about(
    boris: Master, boris_himself: Actor, haircut: Service, now: dt.datetime
) -> None:
    booking = create_manual_booking(
        master_id=boris.pk,
        service_ids=[haircut.pk],
        starts_at=THURSDAY_10,
        name="Олег",
        phone="",
        idempotency_key="tap-1",
        by=boris_himself,
        now=now,
    )
    assert booking.confirm_by is None

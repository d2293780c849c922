"""A walk-in who opens the bot and shares their own contact finds the visits that were booked by hand for them."""

import datetime as dt
from typing import Any

import pytest

from accounts.errors import AccessClosed, NotOwnContact, PhoneInvalid
from accounts.models import AuditEvent, User
from bookings.errors import TooLateToChange
from bookings.models import Booking, Notification
from bookings.selectors import upcoming_bookings
from bookings.services import cancel_booking, linking, mark_no_show, share_contact
from bookings.tests.offer_factories import (
    DAY,
    HOUR,
    MINUTE,
    TUESDAY,
    at,
    book,
    book_by_hand,
    everything,
    failing,
    in_the_chat,
    refused,
)
from schedules.models import Master

PHONE = "+79160000001"


def share(person: User, now: dt.datetime, **changes: Any) -> list[Booking]:
    """The person shares their own contact, but for what is said otherwise."""
    usual: dict[str, Any] = {"phone": PHONE, "contact_user_id": person.telegram_id}
    return share_contact(user_id=person.pk, now=now, **usual | changes)


@pytest.fixture
def visit(boris: Master, now: dt.datetime) -> Booking:
    """Of somebody off the bot, on Tuesday at 10."""
    return book_by_hand(boris, at(10), now=now, phone=PHONE)


def test_visit_to_come_becomes_the_clients_and_what_was_noted_of_them_goes(
    visit: Booking, anna: User, now: dt.datetime
) -> None:
    assert share(anna, now) == [visit]
    visit.refresh_from_db()
    anna.refresh_from_db()
    assert (visit.client_id, visit.walk_in_name, visit.walk_in_phone) == (anna.pk, "", "")
    assert (visit.source, visit.status, visit.starts_at) == ("master", "confirmed", at(10))
    assert anna.phone == PHONE
    assert upcoming_bookings(client=anna, now=now) == [visit]
    event = AuditEvent.objects.get(action="booking_linked")
    assert (event.actor_id, event.object_id) == (anna.pk, visit.pk)
    assert PHONE not in f"{event.before} {event.after}"


@pytest.mark.parametrize("noted", ["8 (916) 000-00-01", "+7 916 000 00 01", "9160000001"])
@pytest.mark.parametrize("shared", ["79160000001", "+79160000001"])
def test_however_the_number_is_written_it_is_the_same(
    boris: Master, anna: User, noted: str, shared: str, now: dt.datetime
) -> None:
    visit = book_by_hand(boris, at(10), now=now, phone=noted)
    assert share(anna, now, phone=shared) == [visit]


def test_all_that_is_to_come_is_linked_beside_a_booking_of_the_clients_own(
    visit: Booking, boris: Master, anna: User, now: dt.datetime
) -> None:
    own = book(anna, boris, at(15), now=now)
    later = book_by_hand(boris, at(10, day=TUESDAY + DAY), now=now, phone=PHONE)
    assert share(anna, now) == [visit, later]
    assert set(anna.bookings.all()) == {own, visit, later}


def test_what_has_begun_is_over_was_cancelled_or_missed_stays_as_it_was(
    visit: Booking, boris: Master, anna: User, now: dt.datetime
) -> None:
    cancelled = book_by_hand(boris, at(11), now=now, phone=PHONE)
    cancel_booking(booking_id=cancelled.pk, by=in_the_chat(boris), reason="врач", now=now)
    missed = book_by_hand(boris, at(12), now=now, phone=PHONE)
    mark_no_show(booking_id=missed.pk, by=in_the_chat(boris), now=at(12))
    before = list(Booking.objects.order_by("pk").values())
    assert share(anna, at(10)) == []
    assert list(Booking.objects.order_by("pk").values()) == before
    assert upcoming_bookings(client=anna, now=at(10)) == []


def test_other_phones_and_visits_without_one_are_not_linked(boris: Master, anna: User, now: dt.datetime) -> None:
    book_by_hand(boris, at(10), now=now, phone="+79160000002")
    book_by_hand(boris, at(11), now=now)
    assert share(anna, now) == []
    assert not anna.bookings.exists()


@pytest.mark.parametrize("contact", [None, 0, 1002])
def test_contact_of_somebody_else_links_nothing(
    visit: Booking, anna: User, contact: int | None, now: dt.datetime
) -> None:
    with refused(NotOwnContact):
        share(anna, now, contact_user_id=contact)


@pytest.mark.parametrize("phone", ["", "12", "не скажу", "+7916000000a", "7" * 10_000])
def test_what_is_no_number_links_nothing(visit: Booking, anna: User, phone: str, now: dt.datetime) -> None:
    with refused(PhoneInvalid):
        share(anna, now, phone=phone)


def test_who_was_disabled_or_is_nobody_links_nothing(visit: Booking, anna: User, now: dt.datetime) -> None:
    User.objects.filter(pk=anna.pk).update(is_active=False)
    with refused(AccessClosed):
        share(anna, now)
    with refused(AccessClosed):
        share_contact(user_id=999_999, phone=PHONE, contact_user_id=1, now=now)


def test_contact_that_is_delivered_again_changes_nothing(visit: Booking, anna: User, now: dt.datetime) -> None:
    share(anna, now)
    before = everything()
    assert share(anna, now) == []
    assert everything() == before


def test_of_two_people_with_one_phone_the_first_has_the_visit(
    visit: Booking, boris: Master, anna: User, viktor: User, now: dt.datetime
) -> None:
    assert share(viktor, now) == [visit]
    assert share(anna, now) == []
    visit.refresh_from_db()
    assert visit.client_id == viktor.pk
    next_visit = book_by_hand(boris, at(11), now=now, phone=PHONE)
    assert share(anna, now) == [next_visit]


def test_client_cancels_what_was_linked_by_the_clients_rules(visit: Booking, anna: User, now: dt.datetime) -> None:
    share(anna, now)
    with refused(TooLateToChange):
        cancel_booking(booking_id=visit.pk, by=in_the_chat(anna), now=at(10) - 2 * HOUR + MINUTE)
    cancelled = cancel_booking(booking_id=visit.pk, by=in_the_chat(anna), now=now)
    assert (cancelled.status, cancelled.cancelled_by) == ("cancelled", "client")


def test_who_was_linked_is_told_when_the_visit_is_cancelled(
    visit: Booking, boris: Master, anna: User, now: dt.datetime
) -> None:
    share(anna, now)
    cancel_booking(booking_id=visit.pk, by=in_the_chat(boris), reason="врач", now=now)
    assert list(Notification.objects.values_list("recipient", "kind")) == [(anna.pk, "client_cancelled")]


def test_failure_in_the_middle_links_nothing(
    visit: Booking, boris: Master, anna: User, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    book_by_hand(boris, at(11), now=now, phone=PHONE)
    with failing(monkeypatch, linking, "record", from_call=2):
        share(anna, now)

"""Bookings in admin: made by hand, moved, cancelled and marked by the services, refused beside the field."""

import datetime as dt
import re
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEvent, User
from bookings.models import Booking, Service
from bookings.tests.admin_pages import BOOKING, browser_of, moment, page_of, visit
from bookings.tests.factories import BookingFactory, OfferFactory, ServiceFactory
from bookings.tests.ledger import everything
from bookings.tests.offer_factories import DAY, HOUR, at, book, book_by_hand
from schedules.models import Master
from schedules.tests.admin_pages import error_beside, said
from schedules.tests.factories import BlockFactory, MasterFactory

PAGES = ["cancel", "move", "no-show"]


@pytest.fixture
def staff(administrator: User, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The administrator's browser, with every permission on bookings that a page asks for, at `now`."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    return browser_of(administrator, "view_booking", "add_booking", "change_booking")


@pytest.fixture
def beard(boris: Master) -> Service:
    """Half an hour that Boris does too, listed after the haircut."""
    service = ServiceFactory.create(name="Борода", price=800, duration_minutes=30, position=1)
    OfferFactory.create(master=boris, service=service)
    return service


def levels(answer: Any) -> list[str]:
    return [words.partition(":")[0] for words in said(answer)]


# --- By hand ------------------------------------------------------------------------------------------------------


def test_visit_is_booked_by_hand(staff: Client, administrator: User, boris: Master, haircut: Service) -> None:
    answer = staff.post(f"{BOOKING}add/", visit(boris, haircut, phone="8 916 000-00-01"))
    booking = Booking.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page_of(booking, "change"))
    assert (booking.master_id, booking.starts_at, booking.ends_at) == (boris.pk, at(10), at(11))
    assert (booking.walk_in_name, booking.walk_in_phone, booking.source) == ("Олег", "+79160000001", "admin")
    event = AuditEvent.objects.get()
    assert (event.action, event.actor_id, event.channel) == ("booking_created", administrator.pk, "admin")
    assert levels(answer) == ["success"]
    assert "Олег" in said(answer)[0]


def test_services_are_done_in_the_order_of_the_list(
    staff: Client, boris: Master, haircut: Service, beard: Service
) -> None:
    assert staff.post(f"{BOOKING}add/", visit(boris, beard, haircut)).status_code == 302
    booking = Booking.objects.get()
    assert list(booking.lines.values_list("service_id", flat=True)) == [haircut.pk, beard.pk]
    assert (booking.ends_at, booking.total_price) == (at(11, 30), Decimal(2300))


def test_form_sent_twice_is_one_booking(staff: Client, boris: Master, haircut: Service) -> None:
    first, second = (staff.post(f"{BOOKING}add/", visit(boris, haircut)) for _ in range(2))
    assert Booking.objects.count() == 1
    assert first["Location"] == second["Location"] == page_of(Booking.objects.get(), "change")


def test_form_filled_in_anew_after_a_step_back_is_another_booking(
    staff: Client, boris: Master, haircut: Service
) -> None:
    staff.post(f"{BOOKING}add/", visit(boris, haircut))
    staff.post(f"{BOOKING}add/", visit(boris, haircut, name="Пётр", starts_at=at(11)))
    assert list(Booking.objects.order_by("pk").values_list("walk_in_name", flat=True)) == ["Олег", "Пётр"]


def test_every_form_that_is_opened_carries_a_key_of_its_own(staff: Client, boris: Master) -> None:
    pages = [staff.get(f"{BOOKING}add/").content.decode() for _ in range(2)]
    keys = [uuid.UUID(each) for page in pages for each in re.findall(r'name="key" value="([^"]+)"', page)]
    assert len(keys) == len(set(keys)) == 2


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"name": "я" * 65}, "name"),
        ({"phone": "5"}, "phone"),
        ({"phone": "8-800-FLOWERS"}, "phone"),
        ({"services": []}, "services"),
        ({"services": [404]}, "services"),
        ({"master": 404}, "master"),
        ({"master": ""}, "master"),
        ({"starts_at_0": ""}, "starts_at"),
        ({"starts_at_1": ""}, "starts_at"),
        ({"starts_at_0": "someday"}, "starts_at"),
        ({"starts_at_1": "10:10"}, "starts_at"),
        ({"starts_at_1": "13:00"}, "starts_at"),
        ({"starts_at_0": "01.03.2026"}, "starts_at"),
        ({"starts_at_0": "02.05.2026"}, "starts_at"),
        ({"starts_at_0": "01.01.0001", "starts_at_1": "00:00"}, "starts_at"),
        ({"starts_at_0": "31.12.9999", "starts_at_1": "23:30"}, "starts_at"),
        ({"key": "no key"}, "key"),
        ({"key": ""}, "key"),
    ],
)
def test_refused_booking_is_an_error_beside_its_field(
    staff: Client, boris: Master, haircut: Service, fields: dict[str, Any], field: str
) -> None:
    before = everything()
    answer = staff.post(f"{BOOKING}add/", visit(boris, haircut, **fields))
    assert len(error_beside(answer, field)) == 1
    assert len(answer.context["adminform"].form.errors) == 1
    assert everything() == before


def test_taken_time_is_refused_with_what_is_free_on_that_day(
    staff: Client, boris: Master, haircut: Service, now: dt.datetime
) -> None:
    book_by_hand(boris, at(10), now=now)
    BlockFactory.create(master=boris, begins=at(15), ends=at(20))
    before = everything()
    answer = staff.post(f"{BOOKING}add/", visit(boris, haircut))
    (words,) = error_beside(answer, "starts_at")
    assert "11:00, 11:30, 12:00, 14:00." in words
    assert everything() == before


def test_refused_time_of_a_full_day_says_that_nothing_is_free(staff: Client, boris: Master, haircut: Service) -> None:
    BlockFactory.create(master=boris, begins=at(0), ends=at(23))
    (words,) = error_beside(staff.post(f"{BOOKING}add/", visit(boris, haircut)), "starts_at")
    assert words.endswith("В этот день всё занято.")


def test_service_that_the_master_does_not_do_is_an_error_beside_the_services(
    staff: Client, boris: Master, haircut: Service
) -> None:
    before = everything()
    foreign = ServiceFactory.create()
    answer = staff.post(f"{BOOKING}add/", visit(boris, haircut, foreign))
    assert error_beside(answer, "services")
    assert {table: rows for table, rows in everything().items() if table != "services"} == {
        table: rows for table, rows in before.items() if table != "services"
    }


def test_more_services_than_a_visit_holds_are_an_error_beside_them(
    staff: Client, boris: Master, haircut: Service
) -> None:
    more = OfferFactory.create_batch(5, master=boris)
    answer = staff.post(f"{BOOKING}add/", visit(boris, haircut, *(offer.service for offer in more)))
    assert error_beside(answer, "services") == ["В одной записи не больше 5 услуг."]
    assert not Booking.objects.exists()


def test_only_who_takes_bookings_and_what_is_offered_can_be_chosen(staff: Client, boris: Master) -> None:
    retired = MasterFactory.create(is_active=False)
    old = ServiceFactory.create(is_active=False)
    answer = staff.post(f"{BOOKING}add/", visit(retired, old))
    assert error_beside(answer, "master")
    assert error_beside(answer, "services")
    assert not Booking.objects.exists()


# --- Cancelled, moved, missed -------------------------------------------------------------------------------------


def test_booking_is_cancelled_with_a_reason(
    staff: Client, administrator: User, anna: User, boris: Master, now: dt.datetime
) -> None:
    booking = book(anna, boris, at(10), now=now)
    answer = staff.post(page_of(booking, "cancel"), {"reason": "Мастер заболел"})
    assert (answer.status_code, answer["Location"]) == (302, page_of(booking, "change"))
    booking.refresh_from_db()
    assert (booking.status, booking.cancelled_by, booking.cancel_reason) == ("cancelled", "admin", "Мастер заболел")
    event = AuditEvent.objects.get(action="booking_cancelled")
    assert (event.actor_id, event.channel) == (administrator.pk, "admin")


@pytest.mark.parametrize("reason", ["", "   ", "\u200b", "я" * 501], ids=["none", "spaces", "unseen", "501 letters"])
def test_cancellation_without_a_reason_is_refused_beside_it(
    staff: Client, anna: User, boris: Master, now: dt.datetime, reason: str
) -> None:
    booking = book(anna, boris, at(10), now=now)
    before = everything()
    assert len(error_beside(staff.post(page_of(booking, "cancel"), {"reason": reason}), "reason")) == 1
    assert everything() == before


def test_booking_is_moved(staff: Client, anna: User, boris: Master, now: dt.datetime) -> None:
    booking = book(anna, boris, at(10), now=now)
    assert staff.post(page_of(booking, "move"), moment("starts_at", at(10, 30))).status_code == 302
    booking.refresh_from_db()
    assert (booking.starts_at, booking.ends_at, booking.revision) == (at(10, 30), at(11, 30), 1)


def test_page_to_move_a_booking_shows_its_time_by_the_shops_clock(
    staff: Client, anna: User, boris: Master, now: dt.datetime
) -> None:
    page = staff.get(page_of(book(anna, boris, at(10), now=now), "move")).content.decode()
    assert 'value="03.03.2026"' in page
    assert 'value="10:00:00"' in page


def test_move_to_a_taken_time_is_refused_with_what_is_free_on_that_day(
    staff: Client, anna: User, viktor: User, boris: Master, now: dt.datetime
) -> None:
    booking = book(anna, boris, at(10), now=now)
    book(viktor, boris, at(14, day=at(14).date() + DAY), now=now)
    BlockFactory.create(master=boris, begins=at(15) + DAY, ends=at(20) + DAY)
    before = everything()
    (words,) = error_beside(staff.post(page_of(booking, "move"), moment("starts_at", at(14) + DAY)), "starts_at")
    assert "10:00, 10:30, 11:00, 11:30, 12:00." in words
    assert everything() == before


@pytest.mark.parametrize(("page", "form"), [("cancel", {"reason": "поздно"}), ("move", moment("starts_at", at(14)))])
def test_booking_that_is_over_is_not_changed_and_the_page_says_so(
    staff: Client, boris: Master, now: dt.datetime, page: str, form: dict[str, str]
) -> None:
    booking = BookingFactory.create(master=boris, starts_at=now - 2 * HOUR, status="completed")
    before = everything()
    answer = staff.post(page_of(booking, page), form)
    assert len(error_beside(answer, "__all__")) == 1
    assert everything() == before


def test_visit_is_marked_as_missed_on_its_page(staff: Client, boris: Master, now: dt.datetime) -> None:
    booking = BookingFactory.create(master=boris, starts_at=now - HOUR)
    assert staff.post(page_of(booking, "no-show")).status_code == 302
    booking.refresh_from_db()
    assert booking.status == "no_show"


def test_visit_to_come_is_not_marked_as_missed(staff: Client, boris: Master) -> None:
    booking = BookingFactory.create(master=boris)
    before = everything()
    assert len(error_beside(staff.post(page_of(booking, "no-show")), "__all__")) == 1
    assert everything() == before


def test_action_marks_what_was_missed_and_says_what_can_not_be_marked(
    staff: Client, boris: Master, now: dt.datetime
) -> None:
    missed = [BookingFactory.create(master=boris, starts_at=now - n * HOUR) for n in (1, 2)]
    to_come, old = BookingFactory.create(master=boris), BookingFactory.create(master=boris, starts_at=now - 3 * DAY)
    chosen = [booking.pk for booking in (*missed, to_come, old)]
    answer = staff.post(BOOKING, {"action": "mark_as_missed", "_selected_action": chosen})
    assert levels(answer) == ["error", "error", "success"]
    assert set(Booking.objects.filter(status="no_show")) == set(missed)


@pytest.mark.parametrize("name", PAGES)
def test_page_says_which_visit_it_is_about(
    staff: Client, anna: User, boris: Master, now: dt.datetime, name: str
) -> None:
    booking = book(anna, boris, at(10), now=now)
    assert f"#{booking.pk}, вт, 3 марта, 10:00, Анна" in staff.get(page_of(booking, name)).content.decode()


# --- Its page -----------------------------------------------------------------------------------------------------


def test_page_of_a_booking_links_to_what_can_be_done(staff: Client, boris: Master, now: dt.datetime) -> None:
    to_come = BookingFactory.create(master=boris)
    begun = BookingFactory.create(master=boris, starts_at=now - HOUR / 2)
    over = BookingFactory.create(master=boris, starts_at=now - 2 * HOUR, status="completed")
    links = {}
    for booking in (to_come, begun, over):
        page = staff.get(page_of(booking, "change")).content.decode()
        links[booking] = [name for name in PAGES if page_of(booking, name) in page]
    assert links == {to_come: ["cancel", "move"], begun: PAGES, over: ["no-show"]}


def test_page_of_a_booking_has_nothing_to_fill_in(staff: Client, boris: Master) -> None:
    booking = BookingFactory.create(master=boris)
    before = everything()
    assert 'name="status"' not in staff.get(page_of(booking, "change")).content.decode()
    assert staff.post(page_of(booking, "change"), {"status": "no_show"}).status_code == 403
    assert staff.post(page_of(booking, "delete"), {"post": "yes"}).status_code == 403
    assert everything() == before

"""Who opens the pages of bookings and time off in admin, and what opening one does: nothing."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from bookings.models import Booking, Service
from bookings.tests.admin_pages import BOOKING, HELD, TIME_OFF, WAITLIST, browser_of, moment, page_of, time_off, visit
from bookings.tests.factories import (
    BookingFactory,
    BookingServiceFactory,
    ServiceFactory,
    SlotOfferFactory,
    WaitlistEntryFactory,
)
from bookings.tests.ledger import everything
from bookings.tests.offer_factories import at, stand_in_line
from schedules.models import BlockKind, Master
from schedules.tests.factories import BlockFactory

Posts = dict[str, dict[str, Any]]
VIEWS = ("view_booking", "view_availabilityblock", "view_slotoffer", "view_waitlistentry")


@pytest.fixture(autouse=True)
def at_now(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


@pytest.fixture
def booking(boris: Master) -> Booking:
    return BookingFactory.create(master=boris)


@pytest.fixture
def posts(booking: Booking, boris: Master, haircut: Service) -> Posts:
    """Every page that writes, with a form that it would take."""
    return {
        f"{BOOKING}add/": visit(boris, haircut, starts_at=at(12)),
        page_of(booking, "cancel"): {"reason": "болезнь"},
        page_of(booking, "move"): moment("starts_at", at(14)),
        page_of(booking, "no-show"): {},
        f"{TIME_OFF}add/": time_off(boris, at(16), at(18)),
    }


@pytest.mark.parametrize("permissions", [(), VIEWS], ids=["no permission", "may look"])
def test_staff_without_permission_change_nothing(
    administrator: User, posts: Posts, permissions: tuple[str, ...]
) -> None:
    browser = browser_of(administrator, *permissions)
    before = everything()
    for path, form in posts.items():
        assert browser.get(path).status_code == 403
        assert browser.post(path, form).status_code == 403
    assert everything() == before


def test_who_may_only_look_sees_no_links_and_no_actions(administrator: User, booking: Booking) -> None:
    browser = browser_of(administrator, *VIEWS)
    page = browser.get(page_of(booking, "change"))
    assert page.status_code == 200
    assert page_of(booking, "cancel") not in page.content.decode()
    block = BlockFactory.create(master=booking.master)
    before = everything()
    for path, action, row in ((BOOKING, "mark_as_missed", booking), (TIME_OFF, "take_back", block)):
        assert action not in browser.get(path).content.decode()
        browser.post(path, {"action": action, "_selected_action": [row.pk]})
    assert everything() == before


def test_client_and_master_are_sent_to_the_sign_in_page(anna: User, boris: Master, posts: Posts) -> None:
    for person in (anna, boris.user):
        browser = browser_of(person, "add_booking", "change_booking", "add_availabilityblock")
        before = everything()
        for path, form in posts.items():
            answer = browser.post(path, form)
            assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/admin/login/")
        assert everything() == before


def test_permission_to_book_alone_is_enough_to_book(administrator: User, boris: Master, haircut: Service) -> None:
    browser = browser_of(administrator, "add_booking")
    answer = browser.post(f"{BOOKING}add/", visit(boris, haircut))
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert Booking.objects.filter(walk_in_name="Олег").count() == 1


def test_page_that_is_only_opened_writes_nothing(administrator: User, posts: Posts) -> None:
    browser = browser_of(administrator, "add_booking", "change_booking", "add_availabilityblock")
    before = everything()
    for path, form in posts.items():
        page = browser.get(path, form)
        assert page.status_code == 200
        assert "style=" not in page.content.decode()
        assert "unsafe" not in page["Content-Security-Policy"]
    assert everything() == before


def test_form_from_another_site_is_refused(administrator: User, posts: Posts) -> None:
    browser_of(administrator, "add_booking", "change_booking", "add_availabilityblock")
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(administrator)
    before = everything()
    for path, form in posts.items():
        assert browser.post(path, form).status_code == 403
    assert everything() == before


@pytest.mark.parametrize("booking_id", [404, 2**63 + 1])
def test_booking_that_is_not_there_has_no_pages(administrator: User, booking_id: int) -> None:
    browser = browser_of(administrator, "change_booking")
    for name in ("cancel", "move", "no-show"):
        assert browser.post(f"{BOOKING}{booking_id}/{name}/", {"reason": "болезнь"}).status_code == 404


@pytest.mark.parametrize("path", [BOOKING, TIME_OFF, HELD, WAITLIST])
def test_list_takes_as_many_queries_for_ten_rows_as_for_one(administrator: User, path: str) -> None:
    browser = browser_of(administrator, *VIEWS)
    counts = []
    for rows in (1, 9):
        for _ in range(rows):
            line = BookingServiceFactory.create()
            BlockFactory.create(kind=BlockKind.TIME_OFF, master=line.booking.master)
            offer = SlotOfferFactory.create()
            stand_in_line(offer.client, offer.master, ServiceFactory.create(), since=offer.created_at)
        with CaptureQueriesContext(connection) as captured:
            page = browser.get(path)
        assert page.status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("path", [HELD, WAITLIST])
def test_held_times_and_the_waiting_list_are_only_looked_at(administrator: User, path: str) -> None:
    model = path.split("/")[-2]
    browser = browser_of(administrator, *(f"{verb}_{model}" for verb in ("view", "add", "change", "delete")))
    row = SlotOfferFactory.create() if path == HELD else WaitlistEntryFactory.create()
    before = everything()
    assert browser.get(path, {"q": row.client.name}).status_code == 200
    assert row.client.name in browser.get(f"{path}{row.pk}/change/").content.decode()
    for name in ("add/", f"{row.pk}/change/", f"{row.pk}/delete/"):
        assert browser.post(path + name, {"status": "taken", "post": "yes"}).status_code == 403
    assert everything() == before

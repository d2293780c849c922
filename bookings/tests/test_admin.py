"""Admin as staff see it: who gets in, what is listed, what can't be changed by a form."""

import pytest
from django.contrib.admin.sites import site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Role, User
from accounts.tests.factories import UserFactory
from bookings.models import Service
from bookings.tests.factories import BookingFactory, BookingServiceFactory, NotificationFactory

LISTS = [
    "/admin/accounts/user/",
    "/admin/schedules/master/",
    "/admin/bookings/service/",
    "/admin/bookings/booking/",
    "/admin/bookings/notification/",
]


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_superuser("owner", "a-long-pass-phrase")


@pytest.fixture
def staff(owner: User) -> Client:
    browser = Client()
    browser.force_login(owner)
    return browser


def a_visit() -> None:
    line = BookingServiceFactory.create()
    NotificationFactory.create(booking=line.booking)


def test_the_owner_signs_in_with_a_password(owner: User) -> None:
    browser = Client()
    answer = browser.post("/admin/login/", {"username": "owner", "password": "a-long-pass-phrase", "next": "/admin/"})
    assert answer.status_code == 302
    assert browser.get("/admin/").status_code == 200


def test_a_wrong_password_is_refused(owner: User) -> None:
    answer = Client().post("/admin/login/", {"username": "owner", "password": "wrong"})
    assert answer.status_code == 200
    assert "_auth_user_id" not in answer.client.session


@pytest.mark.parametrize("role", [Role.CLIENT, Role.MASTER])
def test_clients_and_masters_do_not_get_in(role: Role, db: None) -> None:
    person = UserFactory.create(username="somebody", role=role)
    person.set_password("a-long-pass-phrase")
    person.save()
    browser = Client()
    browser.post("/admin/login/", {"username": "somebody", "password": "a-long-pass-phrase"})
    assert browser.get("/admin/").status_code == 302


def test_somebody_whose_access_was_closed_does_not_get_in(owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(is_active=False)
    browser = Client()
    browser.post("/admin/login/", {"username": "owner", "password": "a-long-pass-phrase"})
    assert browser.get("/admin/").status_code == 302


def test_an_administrator_sees_only_what_was_granted(administrator: User) -> None:
    browser = Client()
    browser.force_login(administrator)
    assert browser.get("/admin/").status_code == 200
    for path in LISTS:
        assert browser.get(path).status_code == 403


@pytest.mark.parametrize("path", LISTS)
def test_a_list_page_takes_as_many_queries_for_ten_rows_as_for_one(path: str, staff: Client) -> None:
    counts = []
    for rows in (1, 9):
        for _ in range(rows):
            a_visit()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert staff.get(path).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("model", ["accounts/user", "bookings/notification"])
def test_what_a_workflow_makes_no_form_can(model: str, staff: Client) -> None:
    assert staff.get(f"/admin/{model}/add/").status_code == 403


@pytest.mark.parametrize("model", ["accounts/user", "bookings/booking", "bookings/notification"])
def test_what_a_workflow_changes_no_form_can(model: str, staff: Client) -> None:
    a_visit()
    booking = BookingFactory.create()
    assert staff.post(f"/admin/{model}/{booking.pk}/delete/", {"post": "yes"}).status_code in (302, 403)
    assert type(booking).objects.filter(pk=booking.pk).exists()


def test_a_users_page_shows_no_password_hash(staff: Client, owner: User) -> None:
    page = staff.get(f"/admin/accounts/user/{owner.pk}/change/").content.decode()
    assert owner.password not in page
    assert "pbkdf2" not in page


def test_searching_every_list_works(staff: Client) -> None:
    a_visit()
    for path in LISTS:
        assert staff.get(path, {"q": "Анна"}).status_code == 200


def test_every_listed_model_is_registered() -> None:
    names = {model._meta.db_table for model in site._registry}
    assert {"users", "masters", "services", "bookings", "notifications"} <= names


def test_pages_carry_a_strict_content_security_policy(staff: Client) -> None:
    policy = staff.get("/admin/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_what_bookings_point_at_is_not_deleted_by_a_form(staff: Client, haircut: Service) -> None:
    a_visit()
    assert staff.post(f"/admin/bookings/service/{haircut.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Service.objects.filter(pk=haircut.pk).exists()

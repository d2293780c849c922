"""Admin as staff see it: who gets in, what is listed, what can't be changed by a form."""

import pytest
from django.contrib.admin.sites import site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, Role, User
from accounts.tests.factories import UserFactory
from bookings.tests.factories import BookingFactory, BookingServiceFactory, NotificationFactory
from schedules.models import Master

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


@pytest.mark.parametrize("model", ["accounts/user", "bookings/booking", "bookings/notification"])
def test_what_a_workflow_changes_no_form_can(model: str, staff: Client) -> None:
    a_visit()
    booking = BookingFactory.create()
    assert staff.get(f"/admin/{model}/add/").status_code == 403
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


def test_a_master_changed_by_a_form_is_in_the_audit_trail(staff: Client, owner: User, boris: Master) -> None:
    page = staff.get(f"/admin/schedules/master/{boris.pk}/change/")
    form = page.context["adminform"].form.initial | {"name": "Борис Б.", "user": boris.user_id, "is_active": "on"}
    shifts = page.context["inline_admin_formsets"][0].formset
    data = {key: value for key, value in form.items() if value is not None}
    data |= {f"shifts-{key}": value for key, value in shifts.management_form.initial.items()}
    for number, shift in enumerate(boris.shifts.all()):
        data |= {f"shifts-{number}-id": shift.pk, f"shifts-{number}-master": boris.pk}
        data |= {f"shifts-{number}-cycle_day": shift.cycle_day}
        data |= {f"shifts-{number}-starts": shift.starts, f"shifts-{number}-ends": "19:30"}
    answer = staff.post(f"/admin/schedules/master/{boris.pk}/change/", data)
    assert answer.status_code == 302, answer.context["errors"]
    event = AuditEvent.objects.get(action="master_changed")
    assert (event.actor_id, event.channel, event.object_id) == (owner.pk, "admin", boris.pk)
    assert event.after == {"fields": ["name", "shifts"]}


def test_a_lunch_that_ends_before_it_begins_is_an_error_of_the_form(staff: Client, boris: Master) -> None:
    data = {"name": "Борис", "user": boris.user_id, "cycle_days": 7, "cycle_anchor": "02.03.2026"}
    data |= {"lunch_starts": "14:00", "lunch_ends": "13:00", "shifts-TOTAL_FORMS": 0, "shifts-INITIAL_FORMS": 0}
    answer = staff.post(f"/admin/schedules/master/{boris.pk}/change/", data)
    assert answer.status_code == 200
    assert not AuditEvent.objects.filter(action="master_changed").exists()


@pytest.mark.parametrize("path", ["schedules/master", "bookings/service"])
def test_what_bookings_point_at_is_not_deleted_by_a_form(path: str, staff: Client, boris: Master) -> None:
    a_visit()
    assert staff.post(f"/admin/{path}/{boris.pk}/delete/", {"post": "yes"}).status_code in (302, 403)
    assert boris.__class__.objects.filter(pk=boris.pk).exists()

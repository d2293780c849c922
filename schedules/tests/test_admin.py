"""Masters and lunches in admin: saved by the services, refused beside the field; and who sees schedules at all."""

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, User
from schedules import admin as schedules_admin
from schedules.errors import PastDay
from schedules.models import DEFAULT_LUNCH, Lunch, Master, Rota
from schedules.tests.admin_pages import LUNCH, MASTER, ROTA, TUESDAY, UNCHANGED, error_beside, lunch, rota, said
from schedules.tests.changes import DAY, booked, lunch_on, tables
from schedules.tests.factories import MONDAY, MasterFactory, add_shifts, give_lunch

# --- Lunch --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one_day", [True, False], ids=["that day", "from then on"])
def test_lunch_is_given(staff: Client, boris: Master, one_day: bool) -> None:
    answer = staff.post(f"{LUNCH}add/", lunch(boris, **({"one_day": "on"} if one_day else {})))
    assert answer.status_code == 302, answer.context["errors"]
    noon = (dt.time(12), dt.time(13))
    assert [lunch_on(boris, MONDAY + n * DAY) for n in range(3)] == [
        DEFAULT_LUNCH,
        noon,
        DEFAULT_LUNCH if one_day else noon,
    ]
    assert AuditEvent.objects.get().action == "lunch_changed"


def test_lunch_left_empty_is_none(staff: Client, boris: Master) -> None:
    assert staff.post(f"{LUNCH}add/", lunch(boris, "", "")).status_code == 302
    assert lunch_on(boris, TUESDAY) is None


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"starts": "14:00", "ends": "13:00"}, "ends"),
        ({"starts": "10:00", "ends": "15:00"}, "ends"),
        ({"starts": "12:00:01"}, "starts"),
        ({"ends": ""}, "ends"),
        ({"starts": ""}, "starts"),
        ({"from_day": MONDAY - DAY}, "from_day"),
        ({"master": ""}, "master"),
    ],
)
def test_refused_lunch_is_an_error_beside_its_field(
    staff: Client, boris: Master, fields: dict[str, Any], field: str
) -> None:
    before = tables()
    answer = staff.post(f"{LUNCH}add/", lunch(boris, **fields))
    assert len(error_beside(answer, field)) == 1
    assert len(answer.context["adminform"].form.errors) == 1
    assert [tables()[table] for table in UNCHANGED] == [before[table] for table in UNCHANGED]


@pytest.mark.leaves_broken("blocks_without_booking")
def test_booking_that_lunch_runs_into_is_in_a_warning(staff: Client, boris: Master) -> None:
    booked(boris, dt.datetime(2026, 3, 3, 9, tzinfo=dt.UTC))
    assert "3 марта 12:00" in " ".join(said(staff.post(f"{LUNCH}add/", lunch(boris))))


# --- Masters ------------------------------------------------------------------------------------------------------


def test_person_is_made_a_master(staff: Client, anna: User) -> None:
    answer = staff.post(f"{MASTER}add/", {"user": anna.pk, "name": "Анна"})
    assert answer.status_code == 302, answer.context["errors"]
    master = Master.objects.get(user=anna)
    assert (master.name, master.is_active, master.user.role) == ("Анна", True, "master")


def test_master_changed_by_a_form_is_in_the_audit_trail(
    staff: Client, administrator: User, boris: Master, viktor: User
) -> None:
    answer = staff.post(f"{MASTER}{boris.pk}/change/", {"name": "Борис Б.", "user": viktor.pk})
    assert answer.status_code == 302, answer.context["errors"]
    stored = Master.objects.get(pk=boris.pk)
    assert (stored.name, stored.is_active, stored.user_id) == ("Борис Б.", False, boris.user_id)
    event = AuditEvent.objects.get(action="master_changed")
    assert (event.actor_id, event.channel, event.object_id) == (administrator.pk, "admin", boris.pk)
    assert event.after == {"is_active": False}


@pytest.mark.parametrize("name", ["", "   ", "я" * 65], ids=["none", "spaces", "65 letters"])
def test_name_that_is_none_is_an_error_beside_it(staff: Client, boris: Master, name: str) -> None:
    assert error_beside(staff.post(f"{MASTER}{boris.pk}/change/", {"name": name, "is_active": "on"}), "name")


def test_master_or_somebody_disabled_is_no_new_master(staff: Client, boris: Master, anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(is_active=False)
    for user_id in (anna.pk, boris.user_id, 404):
        assert error_beside(staff.post(f"{MASTER}add/", {"user": user_id, "name": "Кто-то"}), "user")
    assert Master.objects.count() == 1


# --- All of them --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [ROTA, LUNCH, MASTER])
def test_nobody_gets_in_without_permission(administrator: User, boris: Master, path: str) -> None:
    browser = Client()
    browser.force_login(administrator)
    before = tables()
    assert browser.get(path).status_code == 403
    assert browser.get(f"{path}add/").status_code == 403
    for form in (rota(boris), lunch(boris), {"user": administrator.pk, "name": "Ирина"}):
        assert browser.post(f"{path}add/", form).status_code == 403
    assert tables() == before


@pytest.mark.parametrize(("path", "name"), [(ROTA, "rota"), (LUNCH, "lunch")])
def test_who_may_only_look_sees_rows_and_adds_none(administrator: User, boris: Master, path: str, name: str) -> None:
    administrator.user_permissions.add(Permission.objects.get(codename=f"view_{name}"))
    row = Rota.objects.get(master=boris) if name == "rota" else give_lunch(boris, None)
    browser = Client()
    browser.force_login(administrator)
    assert browser.get(path).status_code == 200
    assert browser.get(f"{path}{row.pk}/change/").status_code == 200
    assert browser.post(f"{path}add/", rota(boris) if name == "rota" else lunch(boris)).status_code == 403


def test_master_is_not_deleted_by_a_form(staff: Client, boris: Master) -> None:
    assert staff.post(f"{MASTER}{boris.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Master.objects.filter(pk=boris.pk).exists()


def test_what_a_service_refuses_at_the_last_moment_is_said_and_nothing_is_kept(
    staff: Client, boris: Master, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Midnight, or a colleague, can come between the form and the service."""

    def too_late(**_: Any) -> None:
        raise PastDay

    monkeypatch.setattr(schedules_admin, "set_lunch", too_late)
    before = tables()
    answer = staff.post(f"{LUNCH}add/", lunch(boris))
    assert (answer.status_code, answer["Location"]) == (302, f"{LUNCH}add/")
    assert [words.split(":")[0] for words in said(answer)] == ["error"]
    assert tables() == before


@pytest.mark.parametrize("path", [ROTA, LUNCH, MASTER])
def test_list_takes_as_many_queries_for_ten_rows_as_for_one(staff: Client, path: str) -> None:
    counts = []
    for rows in (1, 9):
        for _ in range(rows):
            master = MasterFactory.create()
            add_shifts(master, days=range(5), starts=dt.time(10), ends=dt.time(20))
            give_lunch(master, None)
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(path).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert Lunch.objects.count() == 10

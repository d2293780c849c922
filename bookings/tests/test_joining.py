"""Who comes by an invite can work at once; who goes takes no more bookings, and loses no visit."""

import datetime as dt
import json
import logging
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.actors import THE_OPERATOR, Actor
from accounts.errors import AlreadyHere, InviteRefused, LastOwner, NotAllowed
from accounts.invites import create_invite
from accounts.models import AuditEvent, Channel, Invite, Role, User
from accounts.services import create_owner
from accounts.tests.factories import UserFactory
from bookings.desk.callbacks import Today
from bookings.desk.menus import menu_of
from bookings.models import Booking, Offer, Service
from bookings.selectors import bookable_services, free_slots, offer_terms
from bookings.services import change_access, change_role, join_by_invite
from bookings.tests.factories import ServiceFactory
from bookings.tests.offer_factories import at, book
from observability.tests.at_once import run_at_once
from schedules.calendar import horizon, local_day
from schedules.models import Master


@pytest.fixture
def token(now: dt.datetime, db: None) -> str:
    return create_invite(role=Role.MASTER, by=THE_OPERATOR, now=now)[1]


def can_be_booked(master: Master, service: Service, now: dt.datetime) -> bool:
    terms = offer_terms(service_ids=[service.pk], master_id=master.pk)
    return bool(terms and free_slots(terms=terms, days=horizon(now), now=now))


# --- Coming -------------------------------------------------------------------------------------------------------


def test_who_comes_can_be_booked_at_once_for_every_service_at_the_shops_terms(
    anna: User, haircut: Service, token: str, now: dt.datetime
) -> None:
    ServiceFactory.create(name="Больше не делаем", is_active=False)
    joined = join_by_invite(user_id=anna.pk, token=token, now=now)
    assert (joined.user.role, joined.role, joined.again) == (Role.MASTER, Role.MASTER, False)
    master = Master.objects.get(user=anna)
    assert (master.name, master.is_active) == ("Анна", True)
    assert can_be_booked(master, haircut, now)
    assert list(master.offers.values_list("service", "own_price", "own_duration_minutes")) == [(haircut.pk, None, None)]
    assert Today().pack() in str(menu_of(joined.user))


def test_the_first_week_is_monday_to_friday_whatever_the_day_of_joining(
    anna: User, haircut: Service, token: str, now: dt.datetime
) -> None:
    thursday = now + dt.timedelta(days=3)
    join_by_invite(user_id=anna.pk, token=token, now=thursday)
    terms = offer_terms(service_ids=[haircut.pk], master_id=Master.objects.get(user=anna).pk)
    days = {local_day(slot.starts_at) for slot in free_slots(terms=terms, days=horizon(thursday), now=thursday)}
    assert {day.weekday() for day in days} == set(range(5))
    assert min(days) == local_day(thursday)


@pytest.mark.django_db(transaction=True)
def test_two_links_that_one_person_opens_at_once_make_one_master(
    anna: User, haircut: Service, token: str, now: dt.datetime
) -> None:
    _, other = create_invite(role=Role.MASTER, by=THE_OPERATOR, now=now)
    opens = [partial(join_by_invite, user_id=anna.pk, token=each, now=now) for each in (token, other)]
    results = run_at_once(opens, connections=2)
    assert sorted(type(each).__name__ for each in results) == ["AlreadyHere", "Joined"]
    assert Master.objects.filter(user=anna).count() == 1
    assert Invite.objects.filter(used_at__isnull=True).count() == 1


def test_who_made_the_link_is_in_the_trail_of_what_it_did(
    administrator: User, anna: User, haircut: Service, now: dt.datetime
) -> None:
    _, token = create_invite(role=Role.MASTER, by=Actor(administrator.pk, Channel.ADMIN), now=now)
    join_by_invite(user_id=anna.pk, token=token, now=now)
    of_master = AuditEvent.objects.filter(object_type="master")
    assert set(of_master.values_list("action", "actor_id")) == {
        ("master_changed", administrator.pk),
        ("rota_changed", administrator.pk),
    }
    assert AuditEvent.objects.get(action="invite_used").actor_id == anna.pk


def test_an_administrator_by_invite_has_no_day_of_their_own(anna: User, now: dt.datetime) -> None:
    _, token = create_invite(role=Role.ADMIN, by=THE_OPERATOR, now=now)
    assert join_by_invite(user_id=anna.pk, token=token, now=now).user.role == Role.ADMIN
    assert not Master.objects.exists()


def test_an_owner_who_takes_a_masters_link_cuts_hair_and_stays_the_owner(
    haircut: Service, token: str, now: dt.datetime
) -> None:
    owner = UserFactory.create(role=Role.OWNER, is_superuser=True)
    join_by_invite(user_id=owner.pk, token=token, now=now)
    assert User.objects.get(pk=owner.pk).role == Role.OWNER
    assert can_be_booked(Master.objects.get(user=owner), haircut, now)


def test_a_link_is_not_wasted_on_who_is_a_master_already(
    boris: Master, token: str, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(AlreadyHere):
        join_by_invite(user_id=boris.user_id, token=token, now=now)
    assert Invite.objects.get().used_at is None
    assert AuditEvent.objects.filter(action="invite_refused", actor_id=boris.user_id).count() == 1
    assert "auth_failed" in caplog.text


def test_the_same_person_twice_is_one_master(anna: User, haircut: Service, token: str, now: dt.datetime) -> None:
    join_by_invite(user_id=anna.pk, token=token, now=now)
    assert join_by_invite(user_id=anna.pk, token=token, now=now).again
    assert Master.objects.filter(user=anna).count() == 1
    assert Offer.objects.count() == 1


def test_a_refused_link_leaves_nothing_but_its_trace(anna: User, now: dt.datetime) -> None:
    with pytest.raises(InviteRefused):
        join_by_invite(user_id=anna.pk, token="forged", now=now)
    assert not Master.objects.exists()
    assert User.objects.get(pk=anna.pk).role == Role.CLIENT
    assert AuditEvent.objects.get().action == "invite_refused"


@pytest.mark.parametrize("name", ["", "\u200b", "я" * 128, "а" * 63 + " б", "<b>Боб</b>"])
def test_whatever_telegram_calls_them_they_have_a_name(name: str, token: str, now: dt.datetime) -> None:
    person = UserFactory.create(name=name)
    join_by_invite(user_id=person.pk, token=token, now=now)
    assert Master.objects.get(user=person).name.strip()


def test_a_master_who_went_and_comes_back_finds_everything_as_it_was(
    boris: Master, haircut: Service, token: str, now: dt.datetime
) -> None:
    Offer.objects.update(own_price=2000)
    change_role(user_id=boris.user_id, role=Role.CLIENT, by=THE_OPERATOR, now=now)
    join_by_invite(user_id=boris.user_id, token=token, now=now)
    boris.refresh_from_db()
    assert boris.is_active
    assert boris.rotas.count() == 1
    assert Offer.objects.get().own_price == 2000
    assert can_be_booked(boris, haircut, now)


# --- Going --------------------------------------------------------------------------------------------------------


def test_a_demoted_master_takes_no_bookings_and_keeps_the_visits(
    boris: Master, haircut: Service, anna: User, now: dt.datetime
) -> None:
    book(anna, boris, at(10), now=now)
    standing = change_role(user_id=boris.user_id, role=Role.CLIENT, by=THE_OPERATOR, now=now)
    assert (standing.user.role, standing.visits_to_come) == (Role.CLIENT, 1)
    boris.refresh_from_db()
    assert not boris.is_active
    assert bookable_services() == []
    assert Booking.objects.get().status == "confirmed"


def test_whose_access_is_closed_takes_no_bookings_and_does_not_come_back_to_the_list_by_opening(
    boris: Master, haircut: Service, now: dt.datetime
) -> None:
    change_access(user_id=boris.user_id, is_active=False, by=THE_OPERATOR, now=now)
    assert bookable_services() == []
    change_access(user_id=boris.user_id, is_active=True, by=THE_OPERATOR, now=now)
    assert bookable_services() == []
    change_role(user_id=boris.user_id, role=Role.MASTER, by=THE_OPERATOR, now=now)
    assert bookable_services() == [haircut]


def test_a_master_who_becomes_an_administrator_still_cuts_hair(
    boris: Master, haircut: Service, now: dt.datetime
) -> None:
    change_role(user_id=boris.user_id, role=Role.ADMIN, by=THE_OPERATOR, now=now)
    assert bookable_services() == [haircut]


@pytest.mark.parametrize("role", [Role.CLIENT, Role.MASTER])
def test_nobody_below_the_staff_changes_anybody(
    boris: Master, anna: User, outsider: User, now: dt.datetime, role: Role
) -> None:
    by = Actor(boris.user_id if role == Role.MASTER else anna.pk, Channel.BOT)
    with pytest.raises(NotAllowed):
        change_role(user_id=outsider.pk, role=Role.MASTER, by=by, now=now)
    with pytest.raises(NotAllowed):
        change_access(user_id=outsider.pk, is_active=False, by=by, now=now)


def test_the_last_owner_who_cuts_hair_keeps_both(token: str, now: dt.datetime) -> None:
    owner, _ = create_owner(username="olga", password="not-a-secret")
    join_by_invite(user_id=owner.pk, token=token, now=now)
    with pytest.raises(LastOwner):
        change_access(user_id=owner.pk, is_active=False, by=THE_OPERATOR, now=now)
    assert Master.objects.get().is_active


# --- Commands -----------------------------------------------------------------------------------------------------


def run(*command: str) -> dict[str, Any]:
    out = StringIO()
    call_command(*command, "--json", stdout=out)
    said: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return said


@pytest.mark.parametrize("reference", ["{0.pk}", "telegram:{0.telegram_id}", "{0.username}"])
def test_set_role_finds_the_person_and_makes_them_a_master_who_works(
    haircut: Service, anna: User, reference: str, now: dt.datetime
) -> None:
    User.objects.filter(pk=anna.pk).update(username="anna")
    anna.refresh_from_db()
    said = run("set_role", reference.format(anna), "--role", "master")
    assert said == {"ok": True, "user_id": anna.pk, "role": "master", "is_active": True, "visits_to_come": 0}
    assert bookable_services() == [haircut]
    assert set(AuditEvent.objects.values_list("channel", flat=True)) == {"command"}


def test_set_active_closes_and_opens(anna: User) -> None:
    assert run("set_active", str(anna.pk), "--off")["is_active"] is False
    assert run("set_active", str(anna.pk), "--on")["is_active"] is True
    assert AuditEvent.objects.filter(action="access_changed").count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("reference", ["nobody", "0", "-1", "9" * 30, "telegram:", "telegram:x", "telegram:0", "²"])
def test_a_person_who_is_not_there_is_a_failure(reference: str) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match="no such person") as failed:
        call_command("set_role", "--role=master", "--json", "--", reference, stdout=out)
    assert failed.value.returncode == 1
    assert json.loads(out.getvalue()) == {"ok": False, "reason_code": "person_unknown"}


@pytest.mark.django_db
@pytest.mark.parametrize("command", [["set_role", "olga", "--role", "client"], ["set_active", "olga", "--off"]])
def test_no_command_leaves_the_shop_without_an_owner(command: list[str]) -> None:
    create_owner(username="olga", password="not-a-secret")
    with pytest.raises(CommandError, match="the only owner"):
        call_command(*command)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "command",
    [
        ["set_role", "1"],
        ["set_role", "1", "--role", "god"],
        ["set_active", "1"],
        ["set_active", "1", "--on", "--off"],
        ["create_invite"],
        ["create_invite", "--role", "owner"],
    ],
)
def test_wrong_usage_changes_nothing(command: list[str]) -> None:
    with pytest.raises(CommandError, match=r"^Error: "):
        call_command(*command)
    assert not AuditEvent.objects.exists()

"""Masters made and changed, who may do what to a schedule, and what is written down about it."""

import datetime as dt
import json

import pytest
from django.db import transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.actors import THE_SHOP, Actor
from accounts.errors import AccessClosed, AccountError, NotAllowed
from accounts.models import AuditEvent, Channel, Role, User
from accounts.tests.factories import UserFactory
from observability.tests.at_once import run_at_once
from schedules.errors import InvalidName, MasterUnavailable
from schedules.models import Master
from schedules.services import create_master, update_master
from schedules.tests.changes import CALLS, CHANGES, events, refused, tables

BAD_NAMES = ["", "   ", "\n", "я" * 65, "б" * 10_000, "Борис\x00", "Борис\nГлеб", "Борис\ud800"]
BAD_NAME_IDS = ["none", "spaces", "a line", "65", "10,000", "a NUL", "two lines", "half a surrogate"]


# --- Masters ------------------------------------------------------------------------------------------------------


def test_person_becomes_a_master_who_takes_bookings(anna: User, irina: Actor) -> None:
    master = create_master(user_id=anna.pk, name="  Анна  ", by=irina)
    stored = Master.objects.get(user=anna)
    assert (master.pk, stored.name, stored.is_active) == (stored.pk, "Анна", True)
    assert User.objects.get(pk=anna.pk).role == Role.MASTER
    assert not stored.rotas.exists()


def test_administrator_who_becomes_a_master_stays_an_administrator(administrator: User, irina: Actor) -> None:
    create_master(user_id=administrator.pk, name="Ирина", by=irina)
    assert User.objects.get(pk=administrator.pk).role == Role.ADMIN


def test_nobody_becomes_a_master_twice(boris: Master, irina: Actor, caplog: pytest.LogCaptureFixture) -> None:
    with refused(MasterUnavailable, caplog, user_id=boris.user_id):
        create_master(user_id=boris.user_id, name="Борис", by=irina)


def test_somebody_unknown_or_disabled_becomes_no_master(
    anna: User, irina: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    User.objects.filter(pk=anna.pk).update(is_active=False)
    for user_id in (anna.pk, 999_999, 2**70):
        with refused(MasterUnavailable, caplog, user_id=user_id):
            create_master(user_id=user_id, name="Анна", by=irina)


@pytest.mark.django_db(transaction=True)
def test_person_made_a_master_from_several_places_at_once_is_one(anna: User, irina: Actor) -> None:
    attempts = [lambda: create_master(user_id=anna.pk, name="Анна", by=irina)] * 8
    outcomes = run_at_once(attempts, connections=4)
    assert sum(isinstance(outcome, Master) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, MasterUnavailable) for outcome in outcomes) == 7
    assert Master.objects.filter(user=anna).count() == 1


def test_master_is_renamed_and_rested_without_a_word_about_hours(boris: Master, irina: Actor) -> None:
    before = tables()
    master = update_master(master_id=boris.pk, name="Борис Б.", is_active=False, by=irina)
    assert (master.name, master.is_active) == ("Борис Б.", False)
    after = tables()
    assert {table for table in before if before[table] != after[table]} == {"masters", "audit_events"}


@pytest.mark.parametrize("name", BAD_NAMES, ids=BAD_NAME_IDS)
def test_name_that_is_none_is_refused(
    boris: Master, anna: User, irina: Actor, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    with refused(InvalidName, caplog, limit=64):
        create_master(user_id=anna.pk, name=name, by=irina)
    with refused(InvalidName, caplog, limit=64):
        update_master(master_id=boris.pk, name=name, is_active=True, by=irina)


def test_longest_name_is_kept_whole(boris: Master, irina: Actor) -> None:
    assert update_master(master_id=boris.pk, name="я" * 64, is_active=True, by=irina).name == "я" * 64


# --- Permissions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER, None], ids=["administrator", "owner", "the shop"])
def test_staff_may_change_any_schedule(boris: Master, now: dt.datetime, call: str, role: Role | None) -> None:
    by = THE_SHOP
    if role:
        by = Actor(UserFactory.create(role=role, is_superuser=role == Role.OWNER).pk, Channel.ADMIN)
    CALLS[call](boris.pk, by, now)
    assert AuditEvent.objects.get().actor_id == by.user_id


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("who", "error"),
    [("client", NotAllowed), ("other master", NotAllowed), ("disabled administrator", AccessClosed)],
)
def test_nobody_else_may_change_a_schedule(
    *,
    boris: Master,
    gleb: Master,
    anna: User,
    now: dt.datetime,
    caplog: pytest.LogCaptureFixture,
    call: str,
    who: str,
    error: type[AccountError],
) -> None:
    people = {"client": anna.pk, "other master": gleb.user_id}
    user_id = people.get(who) or UserFactory.create(role=Role.ADMIN, is_active=False).pk
    with refused(error, caplog, user_id=user_id):
        CALLS[call](boris.pk, Actor(user_id, Channel.BOT), now)


@pytest.mark.parametrize("call", CALLS)
def test_master_may_change_nothing_of_their_own_but_lunch(
    boris: Master, boris_himself: Actor, now: dt.datetime, caplog: pytest.LogCaptureFixture, call: str
) -> None:
    if call == "set_lunch":
        CALLS[call](boris.pk, boris_himself, now)
        assert AuditEvent.objects.get().actor_id == boris_himself.user_id
    else:
        with refused(NotAllowed, caplog):
            CALLS[call](boris.pk, boris_himself, now)


def test_only_staff_make_a_master(boris_himself: Actor, anna: User, caplog: pytest.LogCaptureFixture) -> None:
    for by in (boris_himself, Actor(anna.pk, Channel.BOT)):
        with refused(NotAllowed, caplog):
            create_master(user_id=anna.pk, name="Анна", by=by)


def test_role_is_read_again_for_every_change(
    boris: Master, irina: Actor, boris_himself: Actor, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    CALLS["set_rota"](boris.pk, irina, now)
    CALLS["set_lunch"](boris.pk, boris_himself, now)
    User.objects.filter(pk__in=[by.user_id for by in (irina, boris_himself)]).update(role=Role.CLIENT)
    for call, by in (("set_rota", irina), ("set_lunch", boris_himself)):
        with refused(NotAllowed, caplog):
            CALLS[call](boris.pk, by, now)
    User.objects.filter(pk__in=[irina.user_id]).update(is_active=False)
    with refused(AccessClosed, caplog):
        CALLS["set_rota"](boris.pk, irina, now)


@pytest.mark.parametrize("call", CALLS)
def test_master_who_is_not_there_is_refused(
    irina: Actor, now: dt.datetime, caplog: pytest.LogCaptureFixture, call: str
) -> None:
    with refused(MasterUnavailable, caplog, master_ids=[404]):
        CALLS[call](404, irina, now)


# --- What is written down -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", CALLS)
def test_change_is_one_audit_row_and_after_the_commit_one_event(
    *,
    boris: Master,
    irina: Actor,
    now: dt.datetime,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    call: str,
) -> None:
    caplog.set_level("INFO", logger="barbershop.events")
    with django_capture_on_commit_callbacks(execute=True):
        CALLS[call](boris.pk, irina, now)
        assert events(caplog) == []
    fields = {"master_id": boris.pk, "change": CHANGES[call], "actor_id": irina.user_id, "affected_bookings": 0}
    assert events(caplog) == [("schedule_updated", fields)]
    audit = AuditEvent.objects.get()
    assert (audit.actor_id, audit.channel, audit.action) == (irina.user_id, "admin", f"{CHANGES[call]}_changed")
    assert (audit.object_type, audit.object_id) == ("master", boris.pk)


def test_new_master_is_one_audit_row_and_after_the_commit_one_event(
    anna: User,
    irina: Actor,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    caplog.set_level("INFO", logger="barbershop.events")
    with django_capture_on_commit_callbacks(execute=True):
        master = create_master(user_id=anna.pk, name="Анна", by=irina)
        assert events(caplog) == []
    ((event, fields),) = events(caplog)
    assert (event, fields["master_id"], fields["change"]) == ("schedule_updated", master.pk, "master")
    assert AuditEvent.objects.get().after == {"user_id": anna.pk, "is_active": True}


def test_change_that_is_rolled_back_says_nothing(
    boris: Master,
    irina: Actor,
    now: dt.datetime,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    caplog.set_level("INFO", logger="barbershop.events")
    before = tables()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        CALLS["set_rota"](boris.pk, irina, now)
        transaction.set_rollback(True)
    assert events(caplog) == []
    assert tables() == before


def test_nothing_personal_is_written_down(
    boris: Master,
    irina: Actor,
    now: dt.datetime,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    caplog.set_level("INFO")
    with django_capture_on_commit_callbacks(execute=True):
        for call in CALLS.values():
            call(boris.pk, irina, now)
        with pytest.raises(InvalidName):
            update_master(master_id=boris.pk, name="Борис" * 100, is_active=True, by=irina)
    written = json.dumps([[event.before, event.after] for event in AuditEvent.objects.all()], ensure_ascii=False)
    logged = repr([record.__dict__ for record in caplog.records])
    assert AuditEvent.objects.count() == len(CALLS)
    assert "Борис" not in written + logged
    assert "Ирина" not in written + logged

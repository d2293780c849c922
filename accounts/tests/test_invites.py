"""Invites: one link, one person, for a while; the token is in the link and nowhere else."""

import datetime as dt
import hashlib
import json
import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import invites
from accounts.actors import THE_OPERATOR, THE_SHOP, Actor
from accounts.errors import AccessClosed, AlreadyHere, InviteRefused, NotAllowed
from accounts.inbox import mark_failed, store_updates
from accounts.invites import accept_invite, create_invite, note_refusal, revoke_invite
from accounts.links import link_to
from accounts.models import AuditEvent, Channel, Invite, Role, TelegramUpdate, User
from accounts.services import create_owner
from accounts.tests.factories import UserFactory
from observability.logs import JsonFormatter
from observability.tests.at_once import run_at_once

WEEK = dt.timedelta(days=7)
SECOND = dt.timedelta(seconds=1)
TEXT_COLUMNS = """
    SELECT table_name, column_name FROM information_schema.columns
     WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'jsonb', 'json', 'bytea')
"""


def by_bot(user: User) -> Actor:
    return Actor(user.pk, Channel.BOT)


def role_of(user: User) -> str:
    return User.objects.values_list("role", flat=True).get(pk=user.pk)


def everywhere(needle: str) -> list[str]:
    """Every column of text in the database that has the words somewhere."""
    with connection.cursor() as cursor:
        cursor.execute(TEXT_COLUMNS)
        found = []
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}"::text LIKE %s', [f"%{needle}%"])
            if cursor.fetchone() != (0,):
                found.append(f"{table}.{column}")
    return found


# --- Made ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_only_the_hash_is_kept_and_the_link_expires(now: dt.datetime, settings: Any) -> None:
    settings.INVITE_DAYS = 3
    invite, token = create_invite(role=Role.MASTER, by=THE_OPERATOR, now=now)
    invite.refresh_from_db()
    assert invite.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert (invite.role, invite.created_by, invite.expires_at) == ("master", None, now + dt.timedelta(days=3))
    assert len(token) == 32
    assert AuditEvent.objects.get().action == "invite_created"
    assert create_invite(role=Role.MASTER, by=THE_OPERATOR, now=now)[1] != token


@pytest.mark.django_db
def test_the_token_is_in_no_log_and_in_no_column(
    now: dt.datetime, anna: User, viktor: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        _, token = create_invite(role=Role.MASTER, by=THE_OPERATOR, now=now)
        accept_invite(user_id=anna.pk, token=token, now=now)
        with pytest.raises(InviteRefused) as refused:
            accept_invite(user_id=viktor.pk, token=token, now=now)
        note_refusal(refused.value, user_id=viktor.pk)
    assert everywhere(hashlib.sha256(token.encode()).hexdigest()) == ["invites.token_hash"]
    assert everywhere(token) == []
    written = "\n".join(
        JsonFormatter().format(record) for record in caplog.records if record.name != "django.db.backends"
    )
    assert "auth_failed" in written
    assert token not in written
    assert token not in f"{refused.value!r} {refused.value.data}"


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["/start {}", "/start@shop_bot {}", "/start\n{}", "/start \t{}", "/start\u00a0{}"])
def test_a_link_whose_update_failed_is_not_kept_with_it(now: dt.datetime, command: str) -> None:
    _, token = create_invite(role=Role.MASTER, by=THE_OPERATOR, now=now)
    text = command.format(token)
    store_updates([{"update_id": 7, "message": {"from": {"id": 1001}, "text": text, "entities": [{"length": 6}]}}])
    mark_failed(7, "ZeroDivisionError")
    assert everywhere(token) == []
    kept = json.loads(TelegramUpdate.objects.get(pk=7).payload)
    assert kept["message"] == {"from": {"id": 1001}, "text": command.split(maxsplit=1)[0], "entities": [{"length": 6}]}


@pytest.mark.django_db
def test_a_tap_below_a_link_that_failed_is_kept_without_the_link(now: dt.datetime) -> None:
    _, token = create_invite(role=Role.ADMIN, by=THE_OPERATOR, now=now)
    link = link_to("shop_bot", token)
    send = {"text": "Send", "url": f"https://t.me/share/url?{urlencode({'url': link, 'text': 'Join us!'})}"}
    message = {"text": f"Link: {link} once", "reply_markup": {"inline_keyboard": [[send]]}}
    store_updates([{"update_id": 7, "callback_query": {"from": {"id": 1001}, "data": "1inv", "message": message}}])
    mark_failed(7, "ZeroDivisionError")
    assert everywhere(token) == []
    kept = json.loads(TelegramUpdate.objects.get(pk=7).payload)["callback_query"]["message"]
    assert kept["text"] == "Link: https://t.me/shop_bot?start= once"


@pytest.mark.django_db
def test_staff_invite_masters_and_only_the_owner_or_a_command_invites_administrators(
    now: dt.datetime, administrator: User, anna: User
) -> None:
    owner, _ = create_owner(username="olga", password="not-a-secret")
    for by in (THE_OPERATOR, THE_SHOP, by_bot(owner)):
        create_invite(role=Role.ADMIN, by=by, now=now)
    create_invite(role=Role.MASTER, by=by_bot(administrator), now=now)
    made = Invite.objects.count()
    with pytest.raises(NotAllowed):
        create_invite(role=Role.ADMIN, by=by_bot(administrator), now=now)
    for role in (Role.CLIENT, Role.MASTER):
        User.objects.filter(pk=anna.pk).update(role=role)
        with pytest.raises(NotAllowed):
            create_invite(role=Role.MASTER, by=by_bot(anna), now=now)
    assert Invite.objects.count() == made == 4


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.CLIENT, Role.OWNER])
def test_no_invite_makes_an_owner_also_past_the_code(now: dt.datetime, role: Role) -> None:
    with pytest.raises(ValueError, match="no invite"):
        create_invite(role=role, by=THE_OPERATOR, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invite.objects.create(token_hash="0" * 64, role=role, created_at=now, expires_at=now + WEEK)


@pytest.mark.django_db
def test_an_invite_is_used_or_revoked_never_both(now: dt.datetime, anna: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Invite.objects.create(
            token_hash="0" * 64,
            role=Role.MASTER,
            created_at=now,
            expires_at=now + WEEK,
            used_by=anna,
            used_at=now,
            revoked_at=now,
        )


# --- Opened -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.MASTER, Role.ADMIN])
def test_who_opens_it_has_the_role_and_the_invite_is_used_up(now: dt.datetime, anna: User, role: Role) -> None:
    invite, token = create_invite(role=role, by=THE_OPERATOR, now=now)
    accepted = accept_invite(user_id=anna.pk, token=token, now=now + WEEK - SECOND)
    assert (accepted.again, accepted.user.role, role_of(anna)) == (False, role, role)
    invite.refresh_from_db()
    assert (invite.used_by, invite.used_at) == (anna, now + WEEK - SECOND)
    actions = set(AuditEvent.objects.values_list("action", "actor_id"))
    assert actions == {("invite_created", None), ("role_changed", anna.pk), ("invite_used", anna.pk)}


@pytest.mark.django_db
def test_the_same_person_twice_changes_nothing_the_second_time(now: dt.datetime, anna: User) -> None:
    _, token = create_invite(role=Role.MASTER, by=THE_OPERATOR, now=now)
    accept_invite(user_id=anna.pk, token=token, now=now)
    rows = AuditEvent.objects.count()
    assert accept_invite(user_id=anna.pk, token=token, now=now + 2 * WEEK).again
    assert AuditEvent.objects.count() == rows


@pytest.mark.django_db
def test_who_lost_the_role_can_not_take_it_back_by_the_old_link(now: dt.datetime, anna: User) -> None:
    _, token = create_invite(role=Role.MASTER, by=THE_OPERATOR, now=now)
    accept_invite(user_id=anna.pk, token=token, now=now)
    User.objects.filter(pk=anna.pk).update(role=Role.CLIENT)
    with pytest.raises(InviteRefused) as refused:
        accept_invite(user_id=anna.pk, token=token, now=now)
    assert refused.value.data["reason"] == "used"
    assert role_of(anna) == "client"


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["used", "expired", "revoked", "unknown", "malformed", "maker_not_allowed"])
def test_a_link_that_is_no_good_is_refused_with_its_reason_and_gives_nothing(
    now: dt.datetime, anna: User, viktor: User, administrator: User, way: str
) -> None:
    invite, token = create_invite(role=Role.MASTER, by=by_bot(administrator), now=now)
    at = now
    match way:
        case "used":
            accept_invite(user_id=viktor.pk, token=token, now=now)
        case "expired":
            at = now + WEEK
        case "revoked":
            assert revoke_invite(invite_id=invite.pk, by=by_bot(administrator), now=now)
        case "unknown":
            token = token[::-1]
        case "malformed":
            token = f"{token}' OR 1=1 --\ud800\x00"
        case "maker_not_allowed":
            User.objects.filter(pk=administrator.pk).update(role=Role.CLIENT)
    with pytest.raises(InviteRefused) as refused:
        accept_invite(user_id=anna.pk, token=token, now=at)
    assert refused.value.data["reason"] == way
    assert role_of(anna) == "client"
    assert not Invite.objects.filter(used_by=anna).exists()


@pytest.mark.django_db
def test_invite_of_an_administrator_whose_access_was_closed_is_no_good(
    now: dt.datetime, anna: User, administrator: User
) -> None:
    _, token = create_invite(role=Role.MASTER, by=by_bot(administrator), now=now)
    User.objects.filter(pk=administrator.pk).update(is_active=False)
    with pytest.raises(InviteRefused):
        accept_invite(user_id=anna.pk, token=token, now=now)


@pytest.mark.django_db
def test_a_refusal_is_in_the_log_and_in_the_trail(
    now: dt.datetime, anna: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(InviteRefused) as refused:
        accept_invite(user_id=anna.pk, token="x" * 32, now=now)
    note_refusal(refused.value, user_id=anna.pk)
    (record,) = (each for each in caplog.records if each.__dict__.get("event") == "auth_failed")
    assert record.__dict__["fields"] == {"actor_id": anna.pk, "what": "invite", "reason_code": "unknown"}
    row = AuditEvent.objects.get(action="invite_refused")
    assert (row.actor_id, row.after) == (anna.pk, {"reason_code": "unknown"})


@pytest.mark.django_db
def test_whose_access_is_closed_is_not_let_in_again_by_a_link(now: dt.datetime, anna: User) -> None:
    _, token = create_invite(role=Role.MASTER, by=THE_OPERATOR, now=now)
    User.objects.filter(pk=anna.pk).update(is_active=False)
    with pytest.raises(AccessClosed):
        accept_invite(user_id=anna.pk, token=token, now=now)
    with pytest.raises(AccessClosed):
        accept_invite(user_id=404, token=token, now=now)
    assert not Invite.objects.filter(used_at__isnull=False).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.ADMIN, Role.OWNER])
def test_an_invite_never_lowers_a_role_and_is_not_wasted_on_who_has_it(now: dt.datetime, role: Role) -> None:
    boss = UserFactory.create(role=role, is_superuser=role == Role.OWNER)
    _, to_be_admin = create_invite(role=Role.ADMIN, by=THE_OPERATOR, now=now)
    with pytest.raises(AlreadyHere):
        accept_invite(user_id=boss.pk, token=to_be_admin, now=now)
    assert not Invite.objects.filter(used_at__isnull=False).exists()
    _, to_be_master = create_invite(role=Role.MASTER, by=THE_OPERATOR, now=now)
    accept_invite(user_id=boss.pk, token=to_be_master, now=now)
    assert role_of(boss) == role


@pytest.mark.django_db
def test_who_may_not_give_the_role_may_not_revoke_its_invite(now: dt.datetime, administrator: User) -> None:
    invite, _ = create_invite(role=Role.ADMIN, by=THE_OPERATOR, now=now)
    with pytest.raises(NotAllowed):
        revoke_invite(invite_id=invite.pk, by=by_bot(administrator), now=now)
    assert revoke_invite(invite_id=invite.pk, by=THE_OPERATOR, now=now)
    assert not revoke_invite(invite_id=invite.pk, by=THE_OPERATOR, now=now)


# --- At the same moment -------------------------------------------------------------------------------------------


def opened_by_eight(now: dt.datetime) -> list[Any]:
    people = [UserFactory.create() for _ in range(8)]
    _, token = create_invite(role=Role.MASTER, by=THE_OPERATOR, now=now)
    opens = [partial(accept_invite, user_id=each.pk, token=token, now=now) for each in people]
    return run_at_once(opens, connections=8)


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_open_one_link_at_the_same_moment_one_gets_it(now: dt.datetime) -> None:
    results = opened_by_eight(now)
    assert sorted(type(each).__name__ for each in results) == ["Accepted", *["InviteRefused"] * 7]
    assert User.objects.filter(role=Role.MASTER).count() == 1
    assert AuditEvent.objects.filter(action="invite_used").count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_a_look_before_the_write_lets_several_in(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    all_have_looked = threading.Barrier(8)

    def look_then_write(token: str, user: User, *, now: dt.datetime) -> Invite | None:
        invite = Invite.objects.filter(token_hash=invites._hash(token), used_at__isnull=True).first()
        all_have_looked.wait(10)
        if invite is not None:
            Invite.objects.filter(pk=invite.pk).update(used_by=user, used_at=now)
        return invite

    monkeypatch.setattr(invites, "_claim", look_then_write)
    opened_by_eight(now)
    assert User.objects.filter(role=Role.MASTER).count() == 8


@pytest.mark.django_db(transaction=True)
def test_a_link_that_is_opened_and_revoked_at_once_is_one_or_the_other(now: dt.datetime) -> None:
    for _ in range(5):
        person = UserFactory.create()
        invite, token = create_invite(role=Role.MASTER, by=THE_OPERATOR, now=now)
        acts: list[Callable[[], object]] = [
            partial(accept_invite, user_id=person.pk, token=token, now=now),
            partial(revoke_invite, invite_id=invite.pk, by=THE_OPERATOR, now=now),
        ]
        run_at_once(acts, connections=2)
        invite.refresh_from_db()
        assert (invite.used_at is None) != (invite.revoked_at is None)
        assert (role_of(person) == "master") == (invite.used_at is not None)

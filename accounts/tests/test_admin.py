"""People and invites in admin: a link is shown once and kept nowhere, made and revoked by who may."""

import datetime as dt
import re
from collections.abc import Callable
from functools import partial

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actors import THE_OPERATOR
from accounts.invites import accept_invite, create_invite
from accounts.links import remember_bot
from accounts.models import AuditEvent, Invite, InviteState, Role, User
from accounts.roles import set_active, set_role
from accounts.services import create_owner
from accounts.tests.factories import UserFactory
from accounts.tests.test_invites import everywhere

INVITE = "/admin/accounts/invite/"
PEOPLE = "/admin/accounts/user/"


@pytest.fixture(autouse=True)
def at_now(now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)


@pytest.fixture
def owner(db: None) -> User:
    return create_owner(username="olga", password="not-a-secret")[0]


def browser_of(person: User, *permissions: str) -> Client:
    person.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    browser = Client()
    browser.force_login(person)
    return browser


def token_in(page: str) -> str:
    (token,) = set(re.findall(r"\?start=([\w-]{32})", page))
    return str(token)


def revoke(browser: Client, *invites: Invite) -> str:
    """What the list says then."""
    chosen = {"action": "revoke", "_selected_action": [each.pk for each in invites]}
    return browser.post(INVITE, chosen, follow=True).content.decode()


def test_the_link_is_shown_once_and_is_in_no_cookie_session_entry_or_row(
    administrator: User, anna: User, now: dt.datetime
) -> None:
    remember_bot(telegram_id=4242, username="shop_bot", now=now)
    browser = browser_of(administrator, "add_invite", "view_invite")
    page = browser.post(f"{INVITE}add/", {"role": "master"})
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    token = token_in(page.content.decode())
    assert f"https://t.me/shop_bot?start={token}" in page.content.decode()
    assert everywhere(token) == []
    assert token not in str(browser.cookies)
    assert token not in str([each.get_decoded() for each in Session.objects.all()])
    assert LogEntry.objects.count() == 1
    for path in (INVITE, f"{INVITE}{Invite.objects.get().pk}/change/"):
        shown = browser.get(path).content.decode()
        assert token not in shown
        assert Invite.objects.get().token_hash not in shown
    assert accept_invite(user_id=anna.pk, token=token, now=now).invite.created_by == administrator
    assert AuditEvent.objects.get(action="invite_created").channel == "admin"


def test_before_any_bot_has_run_the_words_to_send_are_shown(administrator: User) -> None:
    page = browser_of(administrator, "add_invite").post(f"{INVITE}add/", {"role": "master"})
    assert re.search(r"<pre>/start [\w-]{32}</pre>", page.content.decode())


def test_only_the_owner_is_offered_administrators_and_a_forged_form_is_refused(
    administrator: User, owner: User
) -> None:
    browser = browser_of(administrator, "add_invite")
    assert 'value="admin"' not in browser.get(f"{INVITE}add/").content.decode()
    for role in ("admin", "owner", "client", ""):
        page = browser.post(f"{INVITE}add/", {"role": role})
        assert list(page.context["adminform"].form.errors) == ["role"]
    assert not Invite.objects.exists()
    page = browser_of(owner).post(f"{INVITE}add/", {"role": "admin"})
    assert page.status_code == 200
    assert Invite.objects.get().role == "admin"


def test_who_has_no_permission_makes_and_revokes_nothing(administrator: User, anna: User, now: dt.datetime) -> None:
    invite, _ = create_invite(role=Role.MASTER, by=THE_OPERATOR, now=now)
    browser = browser_of(administrator, "view_invite")
    assert browser.post(f"{INVITE}add/", {"role": "master"}).status_code == 403
    assert b"revoke" not in browser.get(INVITE).content
    revoke(browser, invite)
    assert browser.post(f"{INVITE}{invite.pk}/change/", {"role": "admin"}).status_code == 403
    assert browser.post(f"{INVITE}{invite.pk}/delete/", {"post": "yes"}).status_code == 403
    assert browser_of(anna, "add_invite").post(f"{INVITE}add/", {"role": "master"}).status_code == 302
    invite.refresh_from_db()
    assert (Invite.objects.count(), invite.state(now=now)) == (1, InviteState.OPEN)


def test_open_invites_are_revoked_and_others_stay_as_they_are(
    administrator: User, anna: User, now: dt.datetime
) -> None:
    open_, _ = create_invite(role=Role.MASTER, by=THE_OPERATOR, now=now)
    used, token = create_invite(role=Role.MASTER, by=THE_OPERATOR, now=now)
    accept_invite(user_id=anna.pk, token=token, now=now)
    of_higher_role, _ = create_invite(role=Role.ADMIN, by=THE_OPERATOR, now=now)
    page = revoke(browser_of(administrator, "view_invite", "change_invite"), open_, used, of_higher_role)
    assert "Отозвано 1 приглашение." in page
    states = [Invite.objects.get(pk=each.pk).state(now=now) for each in (open_, used, of_higher_role)]
    assert states == [InviteState.REVOKED, InviteState.USED, InviteState.OPEN]


def test_the_list_of_people_tells_nothing_of_a_passwords_hash(administrator: User, owner: User) -> None:
    browser = browser_of(administrator, "view_user")
    assert "olga" in browser.get(PEOPLE, {"name__startswith": "Olg"}).content.decode().lower()
    assert browser.get(PEOPLE, {"password__startswith": owner.password[:20]}).status_code == 400


def test_list_takes_as_many_queries_for_ten_rows_as_for_one(owner: User, now: dt.datetime) -> None:
    browser = browser_of(owner)
    counts = []
    for rows in (1, 9):
        for _ in range(rows):
            _, token = create_invite(role=Role.MASTER, by=THE_OPERATOR, now=now)
            accept_invite(user_id=UserFactory.create().pk, token=token, now=now)
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(INVITE).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "change", [partial(set_role, role=Role.MASTER), partial(set_active, is_active=False)], ids=["demoted", "closed"]
)
def test_the_next_page_is_refused_to_who_lost_the_role_or_the_access(
    administrator: User, change: Callable[..., User]
) -> None:
    browser = browser_of(administrator, "view_invite")
    assert browser.get(INVITE).status_code == 200
    change(user_id=administrator.pk, by=THE_OPERATOR)
    answer = browser.get(INVITE)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/admin/login/")

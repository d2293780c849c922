"""Roles and closed doors: who may change them, what is written down, and never a shop without an owner."""

import logging
import threading
from functools import partial
from typing import Any

import pytest

from accounts import roles
from accounts.actors import THE_OPERATOR, Actor
from accounts.errors import AccessClosed, AccountError, LastOwner, NotAllowed, PersonUnknown
from accounts.models import AuditEvent, Channel, Role, User
from accounts.roles import set_active, set_role
from accounts.services import create_owner
from accounts.tests.factories import UserFactory
from observability.tests.at_once import run_at_once


@pytest.fixture
def owner(db: None) -> User:
    return create_owner(username="olga", password="not-a-secret")[0]


def through_admin(user: User) -> Actor:
    return Actor(user.pk, Channel.ADMIN)


def lines(caplog: pytest.LogCaptureFixture, event: str) -> list[dict[str, Any]]:
    return [record.__dict__["fields"] for record in caplog.records if record.__dict__.get("event") == event]


def now_is(user: User) -> tuple[str, bool, bool]:
    user = User.objects.get(pk=user.pk)
    return user.role, user.is_superuser, user.is_active


@pytest.mark.parametrize("role", Role)
def test_the_operator_gives_every_role_and_it_is_written_down(
    owner: User, anna: User, role: Role, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    User.objects.filter(pk=anna.pk).update(role=Role.MASTER if role == Role.CLIENT else Role.CLIENT)
    with caplog.at_level(logging.INFO), django_capture_on_commit_callbacks(execute=True):
        set_role(user_id=anna.pk, role=role, by=THE_OPERATOR)
    assert now_is(anna) == (role, role == Role.OWNER, True)
    row = AuditEvent.objects.get(action="role_changed")
    assert (row.channel, row.actor_id, row.object_type, row.object_id) == ("command", None, "user", anna.pk)
    assert row.after == {"role": role}
    assert lines(caplog, "role_changed") == [{"actor_id": None, "user_id": anna.pk, "what": f"role={role}"}]


def test_the_same_role_again_writes_nothing(anna: User) -> None:
    set_role(user_id=anna.pk, role=Role.CLIENT, by=THE_OPERATOR)
    set_active(user_id=anna.pk, is_active=True, by=THE_OPERATOR)
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("act", [partial(set_role, role=Role.MASTER), partial(set_active, is_active=False)])
def test_clients_and_masters_change_nobody_not_even_themselves(anna: User, viktor: User, act: Any) -> None:
    for role in (Role.CLIENT, Role.MASTER):
        User.objects.filter(pk=anna.pk).update(role=role)
        for whom in (anna, viktor):
            with pytest.raises(NotAllowed):
                act(user_id=whom.pk, by=Actor(anna.pk, Channel.BOT))
    assert not AuditEvent.objects.exists()


def test_an_administrator_changes_clients_and_masters_and_nobody_of_their_own_height(
    owner: User, administrator: User, anna: User
) -> None:
    by = through_admin(administrator)
    set_role(user_id=anna.pk, role=Role.MASTER, by=by)
    set_active(user_id=anna.pk, is_active=False, by=by)
    set_active(user_id=anna.pk, is_active=True, by=by)
    other = UserFactory.create(role=Role.ADMIN)
    for role in (Role.ADMIN, Role.OWNER):
        with pytest.raises(NotAllowed):
            set_role(user_id=anna.pk, role=role, by=by)
    for whom in (other, owner, administrator):
        with pytest.raises(NotAllowed):
            set_role(user_id=whom.pk, role=Role.CLIENT, by=by)
        with pytest.raises(NotAllowed):
            set_active(user_id=whom.pk, is_active=False, by=by)
    assert now_is(anna) == ("master", False, True)


def test_the_last_owner_stays_one(owner: User) -> None:
    closed = UserFactory.create(role=Role.OWNER, is_superuser=True, is_active=False)
    for by in (THE_OPERATOR, through_admin(owner)):
        with pytest.raises(LastOwner):
            set_role(user_id=owner.pk, role=Role.ADMIN, by=by)
        with pytest.raises(LastOwner):
            set_active(user_id=owner.pk, is_active=False, by=by)
    set_role(user_id=closed.pk, role=Role.CLIENT, by=THE_OPERATOR)
    assert now_is(owner) == ("owner", True, True)
    assert now_is(closed) == ("client", False, False)


def test_an_owner_steps_down_when_there_is_another(owner: User) -> None:
    UserFactory.create(role=Role.OWNER, is_superuser=True)
    set_role(user_id=owner.pk, role=Role.CLIENT, by=through_admin(owner))
    assert now_is(owner) == ("client", False, True)


def both_owners_step_down() -> list[Any]:
    first, second = (UserFactory.create(role=Role.OWNER, is_superuser=True) for _ in range(2))
    steps = [partial(set_role, user_id=each.pk, role=Role.CLIENT, by=THE_OPERATOR) for each in (first, second)]
    return run_at_once(steps, connections=2)


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_step_down_at_once_leave_one() -> None:
    for _ in range(5):
        User.objects.all().delete()
        results = both_owners_step_down()
        assert sorted(type(each).__name__ for each in results) == ["LastOwner", "User"]
        assert User.objects.filter(role=Role.OWNER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_both_owners_step_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked(user_id: int) -> tuple[User, list[User]]:
        owners = list(User.objects.filter(role=Role.OWNER, is_active=True))
        both_have_looked.wait(10)
        return User.objects.get(pk=user_id), owners

    both_have_looked = threading.Barrier(2)
    monkeypatch.setattr(roles, "_lock", unlocked)
    assert [type(each) for each in both_owners_step_down()] == [User, User]
    assert not User.objects.filter(role=Role.OWNER).exists()


@pytest.mark.parametrize(
    ("by", "error"),
    [(Actor(404, Channel.ADMIN), AccessClosed), (THE_OPERATOR, None)],
    ids=["nobody acts", "the operator acts"],
)
def test_nobody_acts_and_nobody_is_changed(anna: User, by: Actor, error: type[AccountError] | None) -> None:
    if error:
        with pytest.raises(error):
            set_role(user_id=anna.pk, role=Role.MASTER, by=by)
    for user_id in (0, -1, 2**63 - 1):
        with pytest.raises(PersonUnknown):
            set_role(user_id=user_id, role=Role.MASTER, by=THE_OPERATOR)


def test_whose_access_was_closed_acts_no_more(administrator: User, anna: User) -> None:
    set_active(user_id=administrator.pk, is_active=False, by=THE_OPERATOR)
    with pytest.raises(AccessClosed):
        set_role(user_id=anna.pk, role=Role.MASTER, by=through_admin(administrator))

"""Every constraint of the people tables refuses what it is there for, by name."""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.audit import record_audit
from accounts.models import Channel, Invite, TelegramUpdate
from accounts.tests.factories import UserFactory
from observability.logs import ConsoleFormatter, JsonFormatter
from observability.tests.constraints import accepted, constraints_of, refused_by

pytestmark = pytest.mark.django_db

MADE = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
HASH = "0123456789abcdef" * 4


def _invite(**fields: Any) -> Invite:
    defaults = {"token_hash": HASH, "role": "master", "created_at": MADE, "expires_at": MADE + dt.timedelta(days=1)}
    return Invite.objects.create(**defaults | fields)


def _update(**fields: Any) -> TelegramUpdate:
    return TelegramUpdate.objects.create(**{"update_id": 1, "payload": "{}"} | fields)


def _twice(make: Callable[[], object]) -> None:
    make()
    make()


def _audit(channel: str) -> None:
    record_audit(actor_id=None, channel=channel, action="x", object_type="user", object_id=1)  # type: ignore[arg-type] # on purpose


VIOLATIONS: dict[str, Callable[[], object]] = {
    "users_telegram_id_key": lambda: _twice(lambda: UserFactory.create(telegram_id=7)),
    "users_username_key": lambda: _twice(lambda: UserFactory.create(username="irina")),
    "users_telegram_id_positive": lambda: UserFactory.create(telegram_id=0),
    "users_role_known": lambda: UserFactory.create(role="boss"),
    "users_language_known": lambda: UserFactory.create(language="de"),
    "users_phone_e164": lambda: UserFactory.create(phone="89161234567"),
    "users_owner_is_superuser": lambda: UserFactory.create(role="owner", is_superuser=False),
    "invites_token_hash_key": lambda: _twice(_invite),
    "invites_hash_only": lambda: _invite(token_hash="a-token-in-the-clear"),
    "invites_role_grantable": lambda: _invite(role="owner"),
    "invites_expire": lambda: _invite(expires_at=MADE),
    "invites_used_by_someone": lambda: _invite(used_at=MADE),
    "invites_revoked_is_not_used": lambda: _invite(used_at=MADE, used_by=UserFactory.create(), revoked_at=MADE),
    "audit_events_channel_known": lambda: _audit("fax"),
    "telegram_updates_handled_is_erased": lambda: _update(status="handled", handled_at=MADE),
    "telegram_updates_status_known": lambda: _update(status="lost"),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_constraint_refuses_what_it_is_there_for(name: str) -> None:
    with refused_by(name):
        VIOLATIONS[name]()


def test_every_constraint_has_a_violation_here() -> None:
    assert constraints_of("accounts") == VIOLATIONS.keys()


@pytest.mark.parametrize("phone", ["+1234567", "+79161234567", "+123456789012345"])
def test_phone_in_international_form_is_accepted(phone: str) -> None:
    with accepted():
        UserFactory.create(phone=phone)


@pytest.mark.parametrize(
    "phone", ["+0123456789", "+12345", "+79161234567x", "+7 9161234567", "+7916123456٧", "+1234567\n"]
)
def test_phone_in_any_other_form_is_refused(phone: str) -> None:
    with refused_by("users_phone_e164"):
        UserFactory.create(phone=phone)


@pytest.mark.parametrize("role", ["client", "master", "admin"])
def test_nobody_but_an_owner_is_a_superuser(role: str) -> None:
    with refused_by("users_owner_is_superuser"):
        UserFactory.create(role=role, is_superuser=True)


def test_people_without_telegram_or_sign_in_name_are_many(db: None) -> None:
    with accepted():
        _twice(lambda: UserFactory.create(telegram_id=None, username=None))


def test_actor_of_the_audit_trail_may_be_gone() -> None:
    with accepted():
        record_audit(actor_id=999_999, channel=Channel.BOT, action="x", object_type="user", object_id=1)


@pytest.mark.parametrize("formatter", [JsonFormatter(), ConsoleFormatter()], ids=["json", "console"])
@pytest.mark.parametrize("broken", [{"phone": "79160000001"}, {"telegram_id": 79160000001}], ids=["row", "key"])
def test_a_broken_constraint_is_logged_without_the_row(formatter: logging.Formatter, broken: dict[str, Any]) -> None:
    UserFactory.create(telegram_id=79160000001)
    person = {"name": "Анна"} | broken
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        UserFactory.create(**person)
    assert "79160000001" in str(caught.value)
    failed = (type(caught.value), caught.value, caught.value.__traceback__)
    line = formatter.format(logging.LogRecord("shop", logging.ERROR, "", 0, "failed: %s", (caught.value,), failed))
    assert "violates" in line
    assert "79160000001" not in line
    assert "Анна" not in line

"""`export_client` and `erase_client`, as operators call them."""

import datetime as dt
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent, User
from bookings.tests.offer_factories import at, book
from schedules.models import Master


def said(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def refusal(*arguments: str) -> tuple[str, dict[str, Any]]:
    """What people and programs are told."""
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(*arguments, "--json", stdout=out)
    assert caught.value.returncode == 1
    return str(caught.value), json.loads(out.getvalue().splitlines()[-1])


@pytest.mark.parametrize("reference", ["telegram:1001", "{pk}"])
def test_an_export_is_json_in_peoples_own_letters(anna: User, reference: str) -> None:
    document = said("export_client", reference.format(pk=anna.pk))
    assert json.loads(document)["person"]["telegram_id"] == 1001
    assert '"name": "Анна"' in document
    assert AuditEvent.objects.get(action="client_exported").channel == "command"


def test_an_export_for_programs_is_one_line(anna: User) -> None:
    (line,) = said("export_client", "telegram:1001", "--json").splitlines()
    answer = json.loads(line)
    assert (answer["ok"], answer["person"]["name"]) == (True, "Анна")


def test_an_erasure_says_whom(anna: User, viktor: User) -> None:
    assert said("erase_client", "telegram:1001") == f"Person #{anna.pk} is forgotten.\n"
    assert json.loads(said("erase_client", str(viktor.pk), "--json")) == {"ok": True, "user_id": viktor.pk}
    assert not User.objects.filter(telegram_id__in=(1001, 1002)).exists()


def test_a_disabled_person_can_be_erased(anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(is_active=False)
    said("erase_client", "telegram:1001")
    assert not User.objects.filter(telegram_id=1001).exists()


def test_refusals_say_why(anna: User, boris: Master, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    visit = book(anna, boris, at(10), now=now)
    words, answer = refusal("erase_client", "telegram:1001")
    assert "visit to come" in words
    assert answer == {"ok": False, "reason_code": "visit_to_come", "booking_id": visit.pk}
    words, answer = refusal("erase_client", str(boris.user_id))
    assert "work here" in words
    assert answer["reason_code"] == "works_here"


@pytest.mark.parametrize("command", ["export_client", "erase_client"])
def test_nobody_is_nobody(command: str, db: None) -> None:
    words, answer = refusal(command, "telegram:404")
    assert words == "There is no such person."
    assert answer == {"ok": False, "reason_code": "person_unknown"}

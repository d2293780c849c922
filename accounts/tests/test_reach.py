"""Who blocks the bot and comes back: remembered, written down once, and nothing else changes."""

import datetime as dt
import logging
from functools import partial
from typing import Any

import pytest

from accounts.models import AuditEvent, User
from accounts.reach import note_back, note_blocked
from observability.tests.at_once import run_at_once


def actions() -> list[tuple[str, int | None]]:
    return list(AuditEvent.objects.order_by("pk").values_list("action", "actor_id"))


def test_blocked_and_back_is_remembered_and_written_down_once(
    anna: User, now: dt.datetime, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    with caplog.at_level(logging.INFO), django_capture_on_commit_callbacks(execute=True):
        assert note_blocked(telegram_id=1001, now=now)
        assert not note_blocked(telegram_id=1001, now=now + dt.timedelta(days=1))
        assert User.objects.get(pk=anna.pk).bot_blocked_at == now
        assert note_back(telegram_id=1001)
        assert not note_back(telegram_id=1001)
    assert User.objects.get(pk=anna.pk).bot_blocked_at is None
    assert actions() == [("bot_blocked", anna.pk), ("bot_unblocked", anna.pk)]
    lines = [each.__dict__["fields"]["what"] for each in caplog.records if "reach_changed" in each.getMessage()]
    assert lines == ["bot_blocked", "bot_unblocked"]


@pytest.mark.django_db
def test_nobody_is_made_of_who_only_blocks(now: dt.datetime) -> None:
    assert not note_blocked(telegram_id=4040, now=now)
    assert not note_back(telegram_id=4040)
    assert not User.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_told_twice_at_once_it_is_written_down_once(anna: User, now: dt.datetime) -> None:
    results = run_at_once([partial(note_blocked, telegram_id=1001, now=now)] * 4, connections=4)
    assert sorted(map(bool, results)) == [False, False, False, True]
    assert actions() == [("bot_blocked", anna.pk)]

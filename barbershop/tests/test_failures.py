"""We are broken: the person is told what to do, with a reference by which the operator finds it in the log."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from accounts import inbox
from accounts.models import Language, TelegramUpdate, UpdateStatus, User
from accounts.threads import in_thread
from barbershop import consumer
from barbershop.sandbox.client import SandboxClient
from barbershop.tests.conftest import Guest
from bookings import screens
from observability.logs import JsonFormatter

pytestmark = pytest.mark.usefixtures("bot")


@pytest.fixture
def log_lines() -> Iterator[list[dict[str, Any]]]:
    """What this process logs, as the operator reads it."""
    found: list[dict[str, Any]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(json.loads(self.format(record)))

    handler = Keep()
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield found
    logging.getLogger().removeHandler(handler)


def broken(*_args: object) -> None:
    raise RuntimeError("boom")


@pytest.mark.parametrize("how", ["tap", "command"])
async def test_who_meets_a_failure_is_told_what_to_do_with_a_reference_that_is_in_the_log(
    how: str, anna: Guest, telegram: SandboxClient, monkeypatch: pytest.MonkeyPatch, log_lines: list[dict[str, Any]]
) -> None:
    await anna.types("/start", "Записаться")
    monkeypatch.setattr(screens, "choose_service", broken)
    if how == "tap":
        await telegram.answer(await telegram.tap(anna.person, "Записаться"))
    else:
        await telegram.text(anna.person, "/book")
    sorry = await telegram.wait_for(anna.person, "Что-то сломалось у нас. Попробуйте ещё раз")
    [line] = [line for line in log_lines if line["level"] == "ERROR"]
    assert line["correlation_id"] in sorry.text
    assert line["error.type"] == "RuntimeError"
    monkeypatch.undo()
    await anna.types("/book", "Что делаем?")


async def test_a_failure_is_told_in_the_language_that_the_person_chose(
    anna: Guest, telegram: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await anna.types("/start", "Записаться")
    await in_thread(lambda: User.objects.update(language=Language.EN))
    monkeypatch.setattr(screens, "choose_service", broken)
    await anna.types("/book", "Something went wrong on our side")


async def test_what_was_tried_often_enough_is_given_up_and_the_person_is_told(
    anna: Guest, telegram: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox, "MAX_ATTEMPTS", 2)
    monkeypatch.setattr(consumer, "_pause_seconds", lambda _error, _attempt: 0.01)
    menu = await anna.types("/start", "Записаться")
    await telegram.fault("server_error", method="editMessageText", times=2)
    await telegram.tap(anna.person, "Помощь", menu.id)
    await telegram.wait_for(anna.person, "Что-то сломалось у нас")
    row = await in_thread(TelegramUpdate.objects.get, status=UpdateStatus.FAILED)
    assert (row.attempts, row.error) == (2, "TelegramServerError")

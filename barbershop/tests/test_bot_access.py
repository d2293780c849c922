"""Who asks for more than is theirs, over HTTP: a polite answer, a line, a count and a row, and nothing changed."""

from typing import Any

import pytest

from accounts.models import AuditEvent, Role, User
from accounts.threads import in_thread
from barbershop.sandbox.client import SandboxClient
from barbershop.tests.conftest import Guest
from bookings import callbacks
from bookings.models import Booking, BookingStatus
from bookings.moving import callbacks as moving
from observability.metrics import RBAC_DENIALS

pytestmark = pytest.mark.usefixtures("bot")
SOME_MINUTE = 30_000_000


def denials(command: str) -> float:
    """What the counter of a command stands at."""
    return float(RBAC_DENIALS.labels(command=command)._value.get())


def denied_lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [record.__dict__["fields"] for record in caplog.records if getattr(record, "event", "") == "rbac_deny"]


async def trail() -> list[AuditEvent]:
    return await in_thread(lambda: list(AuditEvent.objects.filter(action="access_denied").order_by("pk")))


async def person(telegram_id: int) -> User:
    return await in_thread(lambda: User.objects.get(telegram_id=telegram_id))


async def test_a_client_at_the_desk_leaves_a_line_a_count_and_a_row(
    anna: Guest, caplog: pytest.LogCaptureFixture
) -> None:
    before = denials("schedule")
    await anna.types("/schedule", "Это только для мастеров.")
    user = await person(1001)
    line = {"actor_id": user.pk, "role": "client", "command": "schedule", "resource": "", "reason_code": "wrong_role"}
    assert denied_lines(caplog) == [line]
    assert denials("schedule") == before + 1
    (row,) = await trail()
    assert (row.actor_id, row.channel, row.object_type, row.object_id) == (user.pk, "bot", "command", 0)
    assert row.after == {"command": "schedule", "role": "client", "reason_code": "wrong_role"}
    assert row.correlation_id.startswith("tg-")


async def test_another_clients_visit_is_not_found_whatever_is_forged(
    anna: Guest, victor: Guest, telegram: SandboxClient, caplog: pytest.LogCaptureFixture
) -> None:
    await anna.books(day=1)
    booking = await in_thread(Booking.objects.get)
    forged = [
        callbacks.Card(booking=booking.pk),
        callbacks.AskCancel(booking=booking.pk),
        callbacks.Cancel(booking=booking.pk),
        callbacks.Come(booking=booking.pk),
        moving.ChooseNewDay(booking=booking.pk),
        moving.ChooseNewTime(booking=booking.pk, day=740_000),
        moving.AskMove(booking=booking.pk, minute=SOME_MINUTE),
        moving.Move(booking=booking.pk, minute=SOME_MINUTE),
    ]
    for data in forged:
        menu = await victor.types("/start", "Записаться")
        await telegram.tap(victor.person, data.pack(), menu.id, forge=True)
        await telegram.wait_for(victor.person, "Не нахожу такую запись")
    assert {(line["reason_code"], line["resource"]) for line in denied_lines(caplog)} == {
        ("not_own", f"booking:{booking.pk}")
    }
    assert [row.object_id for row in await trail()] == [booking.pk] * len(forged)
    assert (await in_thread(Booking.objects.get)).status == BookingStatus.CONFIRMED


async def test_a_role_that_is_taken_away_is_gone_with_the_next_tap_and_back_with_the_one_after(boris: Guest) -> None:
    await boris.types("/start", "Расписание")
    await in_thread(lambda: User.objects.filter(telegram_id=2001).update(role=Role.CLIENT))
    await boris.taps("Расписание", "Это только для мастеров.")
    await in_thread(lambda: User.objects.filter(telegram_id=2001).update(role=Role.MASTER))
    await boris.types("/schedule", "сегодня")


async def test_access_that_is_closed_is_closed_with_the_next_tap(anna: Guest, caplog: pytest.LogCaptureFixture) -> None:
    await anna.types("/start", "Записаться")
    await in_thread(lambda: User.objects.filter(telegram_id=1001).update(is_active=False))
    await anna.taps("Записаться", "Доступ закрыт")
    assert [(line["command"], line["reason_code"]) for line in denied_lines(caplog)] == [("book", "user_disabled")]
    assert [row.after["reason_code"] for row in await trail()] == ["user_disabled"]

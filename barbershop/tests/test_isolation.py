"""How much one user's slow query costs another: measured, so it runs with the soak."""

import statistics
import time
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from barbershop.sandbox.client import SandboxClient
from barbershop.tests.conftest import Guest
from bookings import screens

pytestmark = pytest.mark.soak

TAPS = 15
SLOW_REQUESTS = ["/start"] * 3
LIMIT_SECONDS = 0.05


async def median_tap(guest: Guest) -> float:
    """Seconds from a tap to the edited screen, the median of TAPS taps."""
    times = []
    for button, words in [("Помощь", "Я записываю"), ("В меню", "полминуты")] * TAPS:
        started = time.perf_counter()
        await guest.taps(button, words)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


async def test_a_two_second_query_of_one_user_delays_another_by_50_ms_at_most(
    bot: object, anna: Guest, victor: Guest, telegram: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    menu = screens.menu

    def slow_for_anna(user: User) -> Any:
        if user.telegram_id == anna.person.id:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(2)")
        return menu(user)

    monkeypatch.setattr("bookings.screens.menu", slow_for_anna)
    await victor.types("/start", "Записаться")
    await median_tap(victor)
    alone = await median_tap(victor)
    for request in SLOW_REQUESTS:
        await telegram.text(anna.person, request)
    beside = await median_tap(victor)
    answered = [message for message in await telegram.history(anna.person) if message.from_bot]
    assert len(answered) < len(SLOW_REQUESTS), "the slow queries were over before they could disturb anybody"
    print(f"tap alone {alone * 1000:.1f} ms, beside a 2 s query {beside * 1000:.1f} ms")  # noqa: T201
    assert beside - alone <= LIMIT_SECONDS

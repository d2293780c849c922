"""Somebody sends too much: one warning, then silence, and nobody else notices."""

import logging
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import TelegramUpdate, UpdateStatus, User
from accounts.threads import in_thread
from barbershop import consumer
from barbershop.runtime import serve_bot
from barbershop.sandbox.client import SandboxClient
from barbershop.tests.conftest import Guest, eventually, running
from barbershop.throttle import LocalThrottle, Verdict
from observability.metrics import THROTTLED

WARNING = "Слишком быстро"


@pytest.fixture(autouse=True)
def two_at_once(settings: Settings, telegram: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two updates, and no third for a minute; who is over the limit is looked at again at once."""
    settings.THROTTLE_USER_BURST = 2
    settings.THROTTLE_USER_PER_MINUTE = 1
    monkeypatch.setattr(consumer, "REST_SECONDS", 0.02)


async def said_to(guest: Guest) -> list[str]:
    return [message.text for message in await guest.chat.history(guest.person) if message.from_bot]


async def all_are_done(count: int) -> None:
    await eventually(lambda: TelegramUpdate.objects.filter(status=UpdateStatus.HANDLED).count() == count)


def episodes(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [record.fields for record in caplog.records if record.message == "abuse_throttled"]  # type: ignore[attr-defined] # emit's


def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the throttle takes the time to be is the last one of these moments."""
    take, moments = LocalThrottle.take, [0.0]

    async def take_then(throttle: LocalThrottle, lane: int, *, now: float) -> Verdict:
        return await take(throttle, lane, now=moments[-1])

    monkeypatch.setattr(LocalThrottle, "take", take_then)
    return moments


def counted(command: str) -> float:
    return float(THROTTLED.labels(command=command)._value.get())


async def test_who_floods_is_warned_once_and_then_met_with_silence(
    bot: object, anna: Guest, caplog: pytest.LogCaptureFixture
) -> None:
    words, starts = counted("words"), counted("start")
    await anna.types("/start", "Записаться")
    await anna.types("/help", "Я записываю")
    await anna.types("more", WARNING)
    for number in range(15):
        await anna.chat.text(anna.person, f"more {number}")
    await anna.chat.text(anna.person, "/start")
    await all_are_done(19)
    assert [text for text in await said_to(anna) if WARNING in text] == (await said_to(anna))[2:]
    assert len(await said_to(anna)) == 3
    assert not await in_thread(TelegramUpdate.objects.exclude(payload="").exists)
    assert (counted("words") - words, counted("start") - starts) == (16, 1)
    person = await in_thread(User.objects.get, telegram_id=anna.person.id)
    assert episodes(caplog) == [{"what": "user", "actor_id": person.pk}]


async def test_taps_beyond_the_limit_are_answered_and_the_first_with_the_warning(
    bot: object, anna: Guest, telegram: SandboxClient
) -> None:
    await anna.types("/start", "Записаться")
    await anna.taps("Помощь", "Я записываю")
    taps = [await telegram.tap(anna.person, "В меню") for _ in range(5)]
    answers = [await telegram.answer(tap) for tap in taps]
    assert [WARNING in (answer["text"] or "") for answer in answers] == [True, False, False, False, False]
    assert [answer["show_alert"] for answer in answers] == [True, False, False, False, False]
    await all_are_done(7)
    assert len(await said_to(anna)) == 1
    counters = await telegram.counters()
    assert (counters["unanswered"], counters["error_count"]) == (0, 0)


async def test_the_warning_is_in_the_persons_language(bot: object, anna: Guest, telegram: SandboxClient) -> None:
    await anna.types("/language", "English")
    await anna.taps("English", "Choose the language")
    await anna.types("more", "too fast")


async def test_who_waits_is_heard_again_and_after_a_long_while_warned_anew(
    bot: object, anna: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = stopped_clock(monkeypatch)
    for sees in ("Записаться", "Записаться", WARNING):
        await anna.types("/start", sees)
    clock.append(60)
    await anna.types("/start", "Записаться")
    await anna.chat.text(anna.person, "/start")
    await all_are_done(5)
    assert WARNING not in (await said_to(anna))[-1]
    clock.append(600)
    for sees in ("Записаться", "Записаться", WARNING):
        await anna.types("/start", sees)


async def test_an_update_that_is_tried_again_takes_no_second_token(
    shop: object, anna: Guest, telegram: SandboxClient, settings: Settings
) -> None:
    settings.THROTTLE_USER_BURST = 1
    await telegram.fault("server_error", method="sendMessage", chat_id=anna.person.id, times=2)
    async with running(serve_bot):
        await anna.types("/start", "Записаться")
    assert await in_thread(TelegramUpdate.objects.values_list("attempts", flat=True).get) == 3


async def test_one_who_is_over_the_limit_takes_nobodys_place(
    bot: object, anna: Guest, victor: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "REST_SECONDS", 3600)
    monkeypatch.setattr(consumer, "MAX_LANES", 1)
    for number in range(10):
        await anna.chat.text(anna.person, f"flood {number}")
    await anna.chat.wait_for(anna.person, WARNING)
    await victor.types("/start", "Записаться")


async def test_that_a_person_blocked_the_bot_is_noted_however_much_they_sent(bot: object, anna: Guest) -> None:
    for number in range(10):
        await anna.chat.text(anna.person, f"flood {number}")
    await anna.chat.wait_for(anna.person, WARNING)
    await anna.chat.block(anna.person)
    await eventually(lambda: User.objects.filter(telegram_id=anna.person.id, bot_blocked_at__isnull=False).exists())


@pytest.mark.usefixtures("shop")
async def test_everybody_together_waits_and_loses_nothing(
    anna: Guest, victor: Guest, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stopped_clock(monkeypatch)
    settings.THROTTLE_USER_BURST = 100
    settings.THROTTLE_ALL_PER_SECOND = 27
    for number in range(15):
        for guest in (anna, victor):
            await guest.chat.text(guest.person, f"words {number}")
    async with running(serve_bot):
        await all_are_done(30)
    assert [len(await said_to(guest)) for guest in (anna, victor)] == [15, 15]
    assert episodes(caplog) == [{"what": "global", "source": "everybody"}]


async def test_a_redis_that_is_away_changes_nothing(
    shop: object, anna: Guest, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    caplog.set_level(logging.WARNING)
    async with running(serve_bot):
        await anna.types("/start", "Записаться")
        await anna.types("/help", "Я записываю")
        await anna.types("more", WARNING)
    assert len(episodes(caplog)) == 1

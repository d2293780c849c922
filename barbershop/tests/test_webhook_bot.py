"""The bot in webhook mode: the sandbox pushes to the real view over HTTP, and the bot handles what is stored."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiogram import Bot
from aiohttp.test_utils import unused_port
from django.core.management import CommandError
from django.db import OperationalError

from accounts.inbox import store_updates
from accounts.models import TelegramUpdate, UpdateStatus, User
from accounts.threads import in_thread
from barbershop import registration, webhook
from barbershop.runtime import run_bot, serve_bot
from barbershop.sandbox.client import SandboxClient
from barbershop.telegram import build_bot
from barbershop.tests.conftest import PATIENCE, WEBHOOK_SECRET, Guest, both_transports, eventually, running
from barbershop.tests.test_bot_changes import goes_to_move
from bookings import screens
from bookings.models import Booking

in_webhook_mode = pytest.mark.parametrize("transport", ["webhook"], indirect=True)


@both_transports
async def test_a_visit_is_booked_moved_and_cancelled(
    bot: object, transport: str, anna: Guest, telegram: SandboxClient
) -> None:
    await anna.books()
    await goes_to_move(anna)
    await anna.taps("Подтвердить", "Запись перенесена.")
    await anna.taps("Отменить", "Отменить запись на")
    await anna.taps("❌ Отменить", "Запись отменена.")
    assert await in_thread(lambda: Booking.objects.get().status) == "cancelled"
    counters = await telegram.wait_until(lambda seen: not seen["unanswered"] and not seen["pending_updates"])
    assert counters["error_count"] == 0
    assert counters["webhook"] is (transport == "webhook")


@in_webhook_mode
async def test_telegram_is_told_to_push_one_at_a_time_and_to_forget_nothing(
    bot: object, anna: Guest, telegram: SandboxClient, settings: Any
) -> None:
    await anna.types("/start", "Записаться")
    state = (await telegram.webhook())["webhook"]
    assert state["url"] == f"{settings.PUBLIC_URL}/telegram/webhook"
    assert state["max_connections"] == 1
    [made] = await telegram.wait_for_deliveries(bool)
    assert made["code"] == 200


@pytest.mark.usefixtures("shop")
async def test_nothing_sent_around_a_switch_is_lost_or_handled_twice(
    anna: Guest, telegram: SandboxClient, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    handled = spy_on_the_unknown(monkeypatch)
    settings.TELEGRAM_WEBHOOK_SECRET, settings.PUBLIC_URL = WEBHOOK_SECRET, live_server.url
    sent = 0
    for mode in ("polling", "webhook", "polling", "webhook"):
        settings.TELEGRAM_MODE = mode
        await say(anna, f"before {mode}")
        async with running(serve_bot):
            await telegram.wait_until(lambda seen, on=mode == "webhook": seen["webhook"] is on)  # type: ignore[misc]
            await say(anna, f"during {mode}")
            sent += 6
            await eventually(lambda count=sent: len(handled) >= count)
    await eventually(lambda: TelegramUpdate.objects.filter(status=UpdateStatus.HANDLED).count() == sent)
    assert len(handled) == sent
    await telegram.wait_until(lambda seen: not seen["pending_updates"])
    order = await in_thread(handled_order)
    assert order == sorted(order)


async def say(guest: Guest, words: str) -> None:
    for number in range(3):
        await guest.chat.text(guest.person, f"{words} {number}")


def spy_on_the_unknown(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The senders of what the bot didn't understand, grown with every update that is handled."""
    handled: list[int] = []
    original = screens.not_understood

    def spy(user: User) -> Any:
        handled.append(user.telegram_id or 0)
        return original(user)

    monkeypatch.setattr("bookings.screens.not_understood", spy)
    return handled


def handled_order() -> list[int]:
    return list(TelegramUpdate.objects.order_by("handled_at").values_list("update_id", flat=True))


@in_webhook_mode
async def test_an_update_that_was_stored_but_not_acknowledged_comes_again_and_is_handled_once(
    shop: object, transport: str, anna: Guest, telegram: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    handled = spy_on_the_unknown(monkeypatch)
    lost = iter([OperationalError])

    def store_and_lose_the_answer(updates: Any) -> None:
        store_updates(updates)
        for error in lost:
            raise error

    monkeypatch.setattr(webhook, "store_updates", store_and_lose_the_answer)
    async with running(serve_bot):
        await telegram.text(anna.person, "what?")
        made = await telegram.wait_for_deliveries(lambda made: len(made) == 2)
        await eventually(lambda: TelegramUpdate.objects.get().status == UpdateStatus.HANDLED)
    assert [attempt["code"] for attempt in made] == [503, 200]
    assert len(handled) == 1


@in_webhook_mode
async def test_an_update_delivered_again_is_handled_once(
    bot: object, transport: str, anna: Guest, telegram: SandboxClient
) -> None:
    await anna.books()
    before = await in_thread(TelegramUpdate.objects.count)
    again = await telegram.redeliver()
    made = await telegram.wait_for_deliveries(lambda made: [m["update_id"] for m in made].count(again) == 2)
    assert made[-1]["code"] == 200
    assert await in_thread(TelegramUpdate.objects.count) == before
    assert await in_thread(Booking.objects.count) == 1
    assert (await telegram.wait_until(lambda seen: not seen["unanswered"]))["error_count"] == 0


@in_webhook_mode
async def test_while_the_database_is_away_telegram_keeps_what_is_said_and_brings_it_later(
    bot: object, transport: str, anna: Guest, telegram: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = threading.Event()

    def away(updates: Any) -> None:
        if not back.is_set():
            raise OperationalError
        store_updates(updates)

    monkeypatch.setattr(webhook, "store_updates", away)
    await telegram.text(anna.person, "/start")
    await telegram.wait_for_deliveries(lambda made: len(made) > 0 and made[0]["code"] == 503)
    assert (await telegram.counters())["pending_updates"] == 1
    back.set()
    await telegram.hurry_webhook()
    await telegram.wait_for(anna.person, "Записаться")
    await telegram.wait_for_deliveries(lambda made: made[-1]["code"] == 200)


@in_webhook_mode
async def test_fifty_quick_messages_of_one_person_keep_their_order(
    bot: object, transport: str, anna: Guest, telegram: SandboxClient
) -> None:
    for number in range(50):
        await telegram.text(anna.person, f"quick {number}")
    await eventually(lambda: TelegramUpdate.objects.filter(status=UpdateStatus.HANDLED).count() == 50)
    made = [attempt["update_id"] for attempt in await telegram.wait_for_deliveries(lambda made: len(made) == 50)]
    assert await in_thread(handled_order) == made == sorted(made)


@pytest.mark.usefixtures("shop", "transport")
@in_webhook_mode
async def test_a_secret_that_web_and_bot_do_not_share_is_told_and_loses_nothing(
    anna: Guest, telegram: SandboxClient, settings: Any, events: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the moment between the restarts of web and bot with a new secret."""
    monkeypatch.setattr(registration, "LOOK_SECONDS", 0.05)
    async with running(serve_bot):
        await telegram.wait_until(lambda seen: seen["webhook"])
        settings.TELEGRAM_WEBHOOK_SECRET = "n" * 32
        await telegram.text(anna.person, "/start")
        made = await telegram.wait_for_deliveries(lambda made: len(made) > 0)
        assert made[0]["code"] == 403
        failing = {"what": "Wrong response from the webhook: 403 Forbidden", "pending_updates": 1}
        await eventually(lambda: ("webhook_failing", failing) in events)
    async with running(serve_bot):
        await telegram.wait_for(anna.person, "Записаться")


@in_webhook_mode
async def test_the_webhook_is_set_again_until_telegram_takes_it(
    shop: object, transport: str, anna: Guest, telegram: SandboxClient
) -> None:
    await telegram.fault("server_error", method="setWebhook", times=1)
    await telegram.fault("server_error", method="setMyCommands", times=1)
    await telegram.text(anna.person, "/start")
    async with running(serve_bot):
        await telegram.wait_for(anna.person, "Записаться")
        await published(telegram, anna)


@in_webhook_mode
async def test_a_webhook_that_somebody_took_away_is_put_back(
    shop: object, transport: str, anna: Guest, telegram: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registration, "LOOK_SECONDS", 0.05)
    async with running(serve_bot):
        await anna.types("/start", "Записаться")
        async with somebody_with_the_token() as bot:
            await bot.delete_webhook()
        await anna.types("/start", "Записаться")


async def test_polling_begins_though_deleting_the_webhook_failed_at_first(
    shop: object, anna: Guest, telegram: SandboxClient
) -> None:
    await set_foreign_webhook()
    await telegram.fault("server_error", method="deleteWebhook", times=1)
    await telegram.fault("server_error", method="setMyCommands", times=1)
    await telegram.text(anna.person, "/start")
    async with running(serve_bot):
        await telegram.wait_for(anna.person, "Записаться")
        await published(telegram, anna)


async def test_polling_goes_on_though_somebody_set_a_webhook_meanwhile(
    bot: object, anna: Guest, telegram: SandboxClient
) -> None:
    await anna.types("/start", "Записаться")
    await set_foreign_webhook()
    await anna.types("/start", "Записаться")


@asynccontextmanager
async def somebody_with_the_token() -> AsyncIterator[Bot]:
    bot = build_bot()
    yield bot
    await bot.session.close()


async def set_foreign_webhook() -> None:
    async with somebody_with_the_token() as bot:
        await bot.set_webhook(f"http://127.0.0.1:{unused_port()}/")


async def published(telegram: SandboxClient, guest: Guest) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await telegram.commands(guest.person):  # noqa: ASYNC110 - a published menu raises no event
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("missing", ["TELEGRAM_WEBHOOK_SECRET", "PUBLIC_URL"])
async def test_the_bot_does_not_start_in_webhook_mode_without_a_setting(settings: Any, missing: str) -> None:
    settings.TELEGRAM_MODE = "webhook"
    settings.TELEGRAM_WEBHOOK_SECRET, settings.PUBLIC_URL = WEBHOOK_SECRET, "https://shop.example"
    setattr(settings, missing, "")
    with pytest.raises(CommandError, match=missing):
        await run_bot()

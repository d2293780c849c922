"""The long-running processes: order, isolation, the hot spare, lost connections, delivery."""

import asyncio
import threading
from collections import defaultdict
from typing import Any

import pytest
from django.core.management import CommandError
from django.db import connection

from accounts.models import TelegramUpdate, UpdateStatus, User
from accounts.threads import in_thread
from barbershop.lease import BOT_LOCK, bot_lease
from barbershop.runtime import restarting, serve_bot, serve_jobs
from barbershop.sandbox.client import SandboxClient
from barbershop.telegram import build_bot
from barbershop.tests.conftest import PATIENCE, Guest, eventually, running
from bookings import screens
from bookings.models import Notification, NotificationStatus


def terminate_backends(where: str) -> int:
    """Cut the connections of this database that fit; how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            f" WHERE datname = current_database() AND pid <> pg_backend_pid() AND {where}"
        )
        (count,) = cursor.fetchone()
    return int(count)


LEASE_HOLDER = f"pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = {BOT_LOCK})"


async def test_one_users_slow_query_holds_up_nobody_else(
    bot: object, anna: Guest, victor: Guest, telegram: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    menu, release, entered = screens.menu, threading.Event(), threading.Event()

    def slow_for_anna(user: User) -> Any:
        if user.telegram_id == anna.person.id:
            entered.set()
            release.wait(PATIENCE)
        return menu(user)

    monkeypatch.setattr("bookings.screens.menu", slow_for_anna)
    await telegram.text(anna.person, "/start")
    await in_thread(entered.wait, PATIENCE)
    await victor.types("/start", "Записаться")
    assert not [message for message in await telegram.history(anna.person) if message.from_bot]
    release.set()
    await telegram.wait_for(anna.person, "Записаться")


async def test_a_flood_by_one_user_keeps_everybodys_order(
    bot: object, anna: Guest, victor: Guest, telegram: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[int, list[str]] = defaultdict(list)
    original = screens.not_understood

    def spy(user: User) -> Any:
        seen[user.telegram_id or 0].append(threading.current_thread().name)
        return original(user)

    monkeypatch.setattr("bookings.screens.not_understood", spy)
    for number in range(100):
        await telegram.text(anna.person, f"flood {number}")
        if number % 20 == 0:
            await telegram.text(victor.person, f"calm {number}")
    await eventually(lambda: not TelegramUpdate.objects.filter(status=UpdateStatus.PENDING).exists())
    for guest, count in ((anna, 100), (victor, 5)):
        order = await in_thread(handled_order, guest.person.id)
        assert order == sorted(order)
        assert len(seen[guest.person.id]) == count


def handled_order(lane: int) -> list[int]:
    """A lane's updates in the order in which they were finished."""
    finished = TelegramUpdate.objects.filter(lane=lane).order_by("handled_at")
    return list(finished.values_list("update_id", flat=True))


async def test_a_flood_does_not_starve_the_others(
    shop: object, anna: Guest, victor: Guest, telegram: SandboxClient
) -> None:
    for number in range(300):
        await telegram.text(anna.person, f"flood {number}")
    await telegram.text(victor.person, "/start")
    async with running(serve_bot):
        await telegram.wait_for(victor.person, "Записаться")
        pending = await in_thread(lambda: TelegramUpdate.objects.filter(status=UpdateStatus.PENDING).count())
        assert pending > 100


async def test_a_second_bot_waits_until_the_first_is_gone(transactional_db: None) -> None:
    async with bot_lease():
        waiting = asyncio.create_task(_hold_once())
        _, pending = await asyncio.wait({waiting}, timeout=0.5)
        assert pending
    async with asyncio.timeout(PATIENCE):
        await waiting


async def _hold_once() -> None:
    async with bot_lease():
        pass


async def test_the_bot_is_the_bot_again_after_its_lease_connection_was_cut(
    shop: object, anna: Guest, telegram: SandboxClient
) -> None:
    bot = build_bot()
    stop = asyncio.Event()
    task = asyncio.create_task(restarting(stop, lambda: serve_bot(bot)))
    await anna.types("/start", "Записаться")
    assert await in_thread(terminate_backends, LEASE_HOLDER) == 1
    await anna.types("/help", "Я записываю")
    stop.set()
    async with asyncio.timeout(PATIENCE):
        await task
    await bot.session.close()


async def test_a_worker_whose_connections_were_cut_goes_on_delivering(
    bot: object, anna: Guest, telegram: SandboxClient
) -> None:
    worker_bot = build_bot()
    stop = asyncio.Event()
    task = asyncio.create_task(restarting(stop, lambda: serve_jobs(worker_bot)))
    await eventually(lambda: _registered_workers() == 1)
    await in_thread(terminate_backends, "query ILIKE '%procrastinate%'")
    await anna.books()
    await telegram.wait_for(anna.person, "До встречи", since=0)
    stop.set()
    async with asyncio.timeout(PATIENCE):
        await task
    await worker_bot.session.close()


def _registered_workers() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_workers")
        (count,) = cursor.fetchone()
    return int(count)


async def test_a_refused_token_ends_the_bot_with_a_clear_error(
    shop: object, telegram: SandboxClient, settings: Any
) -> None:
    settings.TELEGRAM_BOT_TOKEN = f"{4242}:{'y' * 35}"
    bot = build_bot()
    with pytest.raises(CommandError, match="TELEGRAM_BOT_TOKEN"):
        async with asyncio.timeout(PATIENCE):
            await serve_bot(bot)
    await bot.session.close()


async def test_a_client_who_blocked_the_bot_makes_a_dead_letter(
    bot: object, anna: Guest, telegram: SandboxClient
) -> None:
    await anna.books()
    await telegram.block(anna.person)
    async with running(serve_jobs):
        await eventually(lambda: _status("client_confirmed") == NotificationStatus.DEAD)
    row = await in_thread(lambda: Notification.objects.get(kind="client_confirmed"))
    assert row.last_error == "TelegramForbiddenError"


@pytest.mark.parametrize("fault", ["server_error", "bad_gateway", "garbage", "drop_before"])
async def test_a_notification_that_telegram_would_not_take_comes_later_exactly_once(
    fault: str, bot: object, anna: Guest, telegram: SandboxClient
) -> None:
    await anna.books()
    await telegram.fault(fault, method="sendMessage", chat_id=anna.person.id)
    async with running(serve_jobs):
        await telegram.wait_for(anna.person, "До встречи", since=0)
        await eventually(lambda: _status("client_confirmed") == NotificationStatus.SENT)
    arrived = [m for m in await telegram.history(anna.person) if "До встречи" in m.text]
    assert len(arrived) == 1
    row = await in_thread(lambda: Notification.objects.get(kind="client_confirmed"))
    assert row.attempts == 2


async def test_retry_after_is_obeyed_and_is_no_attempt(bot: object, anna: Guest, telegram: SandboxClient) -> None:
    await anna.books()
    await telegram.fault("retry_after", method="sendMessage", chat_id=anna.person.id, seconds=2)
    async with running(serve_jobs):
        await telegram.wait_for(anna.person, "До встречи", since=0)
        await eventually(lambda: _status("client_confirmed") == NotificationStatus.SENT)
    row = await in_thread(lambda: Notification.objects.get(kind="client_confirmed"))
    assert row.attempts == 1
    calls = [c for c in await telegram.requests() if c["method"] == "sendMessage" and c["chat_id"] == anna.person.id]
    refused = next(call for call in calls if call["code"] == 429)
    taken = next(call for call in calls if call["ok"] and call["ts"] > refused["ts"])
    assert taken["ts"] - refused["ts"] >= 2


def _status(kind: str) -> str:
    return Notification.objects.get(kind=kind).status


def test_no_statement_waits_for_a_lock_for_ever(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout')")
        assert cursor.fetchone() == ("10s", "1min")

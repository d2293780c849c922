"""What goes wrong between a tap and its screen, played through the sandbox: it is done once, and the person knows."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from accounts.models import TelegramUpdate, UpdateStatus, User
from accounts.threads import in_thread
from barbershop import telegram as the_way
from barbershop.runtime import serve_bot
from barbershop.sandbox.client import Message, SandboxClient
from barbershop.tests.conftest import Guest, eventually, running
from barbershop.tests.test_bot import assert_clean
from bookings import screens, services
from bookings.models import Booking

NOT_MODIFIED = "Bad Request: message is not modified"
TOO_OLD = "Bad Request: query is too old"
HELP = "Я записываю"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot waits for Telegram less than half a second."""
    monkeypatch.setattr(the_way, "REQUEST_TIMEOUT_SECONDS", 0.4)


@pytest.fixture
def no_error(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing that happens in the test is an error to the operator."""
    yield
    said = caplog.get_records("call")
    assert [record.getMessage() for record in said if record.levelname in {"ERROR", "CRITICAL"}] == []


def count_bookings() -> int:
    return Booking.objects.count()


def is_handled() -> bool:
    return not TelegramUpdate.objects.exclude(status=UpdateStatus.HANDLED).exists()


async def last_update() -> TelegramUpdate:
    return await in_thread(TelegramUpdate.objects.latest, "update_id")


async def from_bot(guest: Guest) -> list[Message]:
    return [message for message in await guest.chat.history(guest.person) if message.from_bot]


# --- An update that comes twice -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("bot", "no_error")
async def test_an_update_that_comes_again_while_it_is_in_hand_is_handled_once(
    anna: Guest, telegram: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = asyncio.Event(), threading.Event()
    loop, calls, original = asyncio.get_running_loop(), [], services.create_booking

    def slowly(**what: Any) -> Booking:
        calls.append(what)
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(10)
        return original(**what)

    monkeypatch.setattr(services, "create_booking", slowly)
    await anna.goes_to_summary()
    await telegram.tap(anna.person, "Подтвердить")
    async with asyncio.timeout(10):
        await begun.wait()
    again = await telegram.redeliver()
    await telegram.wait_until(lambda now: now["pending_updates"] == 0)
    go_on.set()
    await telegram.wait_for(anna.person, "Вы записаны.")
    await assert_clean(telegram)
    assert len(calls) == 1
    assert await in_thread(lambda: TelegramUpdate.objects.get(pk=again).attempts) == 1


@pytest.mark.usefixtures("shop", "no_error")
async def test_a_confirmation_that_was_done_but_not_written_off_shows_the_same_card(
    anna: Guest, telegram: SandboxClient
) -> None:
    """As after a crash between the last answer to Telegram and the inbox."""
    async with running(serve_bot):
        card = await anna.books()
        await assert_clean(telegram)
    tapped = (await last_update()).pk
    await in_thread(TelegramUpdate.objects.filter(pk=tapped).delete)
    assert await telegram.redeliver() == tapped
    async with running(serve_bot):
        await eventually(lambda: TelegramUpdate.objects.filter(pk=tapped, status=UpdateStatus.HANDLED).exists())
    [shown] = await from_bot(anna)
    assert shown.text == card.text
    assert await in_thread(count_bookings) == 1


@pytest.mark.usefixtures("bot", "no_error")
async def test_five_taps_on_confirm_at_once_are_one_booking_and_one_card(anna: Guest, telegram: SandboxClient) -> None:
    summary = await anna.goes_to_summary()
    data = str(summary.button("Подтвердить").data)
    await asyncio.gather(*(telegram.tap(anna.person, data, summary.id, forge=True) for _ in range(5)))
    await telegram.wait_for(anna.person, "Вы записаны.")
    await assert_clean(telegram)
    [shown] = await from_bot(anna)
    assert "Вы записаны." in shown.text
    assert await in_thread(count_bookings) == 1


# --- A button that is none ----------------------------------------------------------------------------------------


FORGED = [
    "0book",
    "2book",
    "1book:",
    "1menu:1",
    "1card:0",
    "1card:-1",
    f"1card:{2**63}",
    "1card:1:1",
    "1card:'; DROP TABLE bookings; --",
    "/start",
    "я" * 32,
    "🤖" * 16,
    "\x00" * 64,
    "\ufffe" * 21,
    ":" * 64,
    "9" * 64,
]


@pytest.mark.usefixtures("bot", "no_error")
async def test_what_is_no_button_of_ours_gets_a_fresh_menu(anna: Guest, telegram: SandboxClient) -> None:
    for data in FORGED:
        menu = await anna.types("/start", "Записаться можно")
        await telegram.tap(anna.person, data, menu.id, forge=True)
        fresh = await telegram.wait_for(anna.person, "Кнопка устарела")
        assert (fresh.id, fresh.has_button("Записаться")) == (menu.id, True)
    await assert_clean(telegram)


# --- A message that is gone ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("bot", "no_error")
@pytest.mark.parametrize("how", ["delete", "lose"])
async def test_a_tap_on_a_message_that_the_bot_can_not_see_is_answered_with_a_new_one(
    how: str, anna: Guest, telegram: SandboxClient
) -> None:
    summary = await anna.goes_to_summary()
    data = str(summary.button("Подтвердить").data)
    await {"delete": telegram.delete, "lose": telegram.lose}[how](anna.person, summary)
    await telegram.tap(anna.person, data, summary.id, forge=True)
    card = await telegram.wait_for(anna.person, "Вы записаны.")
    assert card.id != summary.id
    await assert_clean(telegram)
    await anna.taps("Отменить", "Отменить запись на")
    assert (await telegram.last_message(anna.person)).id == card.id


@pytest.mark.usefixtures("bot", "no_error")
async def test_a_message_deleted_between_the_tap_and_the_screen_is_replaced(
    anna: Guest, telegram: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = asyncio.Event(), threading.Event()
    loop, original = asyncio.get_running_loop(), screens.choose_service

    def slowly(user: User) -> Any:
        loop.call_soon_threadsafe(begun.set)
        assert go_on.wait(10)
        return original(user)

    monkeypatch.setattr(screens, "choose_service", slowly)
    menu = await anna.types("/start", "Записаться")
    await telegram.tap(anna.person, "Записаться", menu.id)
    async with asyncio.timeout(10):
        await begun.wait()
    await telegram.delete(anna.person, menu)
    go_on.set()
    fresh = await telegram.wait_for(anna.person, "Что делаем?")
    assert fresh.id != menu.id
    await telegram.wait_until(lambda now: now["unanswered"] == 0)
    await eventually(is_handled)


# --- Telegram says no ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("bot", "no_error")
async def test_the_same_screen_again_is_no_error_and_no_second_message(anna: Guest, telegram: SandboxClient) -> None:
    menu = await anna.types("/help", HELP)
    await telegram.tap(anna.person, "1help", menu.id, forge=True)
    counters = await telegram.wait_until(lambda now: bool(now["errors"]))
    assert [error.startswith(NOT_MODIFIED) for error in counters["errors"]] == [True]
    await assert_clean(telegram)
    assert [(message.id, message.edits) for message in await from_bot(anna)] == [(menu.id, 0)]


@pytest.mark.usefixtures("shop", "no_error")
async def test_a_tap_that_is_too_old_to_be_answered_is_handled_all_the_same(
    anna: Guest, telegram: SandboxClient
) -> None:
    async with running(serve_bot):
        await anna.types("/start", "Записаться")
        await assert_clean(telegram)
    await telegram.tap(anna.person, "Записаться")
    assert await telegram.expire_queries() == 1
    async with running(serve_bot):
        await telegram.wait_for(anna.person, "Что делаем?")
        await eventually(is_handled)
    errors = (await telegram.counters())["errors"]
    assert [error.startswith(TOO_OLD) for error in errors] == [True]
    assert len(await from_bot(anna)) == 1


# --- Telegram is slow or down -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("impatient", "shop", "no_error")
@pytest.mark.parametrize("fault", ["slow", "hang"])
async def test_a_screen_that_telegram_is_too_slow_to_take_is_shown_after_all(
    fault: str, anna: Guest, telegram: SandboxClient
) -> None:
    async with running(serve_bot):
        await anna.goes_to_summary()
        await telegram.fault(fault, method="editMessageText", seconds=1.0)
        await anna.taps("Подтвердить", "Вы записаны.")
        await eventually(is_handled)
    assert await in_thread(count_bookings) == 1
    assert (await last_update()).attempts == 2
    assert len(await from_bot(anna)) == 1


@pytest.mark.usefixtures("bot", "no_error")
@pytest.mark.parametrize("fault", ["server_error", "bad_gateway", "garbage", "drop_before", "retry_after"])
async def test_a_spinner_that_could_not_be_stopped_spoils_nothing(
    fault: str, anna: Guest, telegram: SandboxClient
) -> None:
    await anna.goes_to_summary()
    await telegram.fault(fault, method="answerCallbackQuery")
    await anna.taps("Подтвердить", "Вы записаны.")
    await eventually(is_handled)
    assert (await last_update()).attempts == 1
    assert await in_thread(count_bookings) == 1


@pytest.mark.usefixtures("bot", "no_error")
async def test_the_time_that_telegram_asks_for_is_waited_out(anna: Guest, telegram: SandboxClient) -> None:
    await anna.goes_to_summary()
    await telegram.fault("retry_after", method="editMessageText", seconds=1)
    await anna.taps("Подтвердить", "Вы записаны.")
    edits = [call for call in await telegram.requests() if call["method"] == "editMessageText"]
    assert [call["code"] for call in edits[-2:]] == [429, 200]
    assert edits[-1]["ts"] - edits[-2]["ts"] >= 1
    assert await in_thread(count_bookings) == 1


# --- The database is away -----------------------------------------------------------------------------------------


def cut_the_connection() -> None:
    """As a restart of the server does: the next statement on it fails."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.mark.usefixtures("bot", "no_error")
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_database_that_goes_away_in_the_middle_of_a_tap_costs_a_moment_only(
    when: str, anna: Guest, telegram: SandboxClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, cuts = services.create_booking, iter([cut_the_connection])

    def create_booking(**what: Any) -> Booking:
        cut = next(cuts, lambda: None)
        if when == "before":
            cut()
        booking = original(**what)
        cut()
        return booking

    await anna.goes_to_summary()
    monkeypatch.setattr(services, "create_booking", create_booking)
    await anna.taps("Подтвердить", "Вы записаны.")
    await eventually(is_handled)
    assert await in_thread(count_bookings) == 1
    assert (await last_update()).attempts == 2

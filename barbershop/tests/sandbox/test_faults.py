"""Each fault as aiogram sees it, and whether the call was applied."""

import asyncio
import time

import aiohttp
import pytest
from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from barbershop.sandbox.client import SandboxClient, SandboxError
from barbershop.sandbox.faults import KINDS
from barbershop.tests.sandbox.conftest import ANNA, VIKTOR, Api


async def bot_texts(chat: SandboxClient) -> list[str]:
    return [message.text for message in await chat.history(ANNA) if message.from_bot]


@pytest.fixture(autouse=True)
async def started(chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    await chat.text(VIKTOR, "/start")


@pytest.mark.parametrize(
    ("kind", "error", "applied"),
    [
        ("retry_after", TelegramRetryAfter, False),
        ("server_error", TelegramServerError, False),
        ("bad_gateway", ClientDecodeError, False),
        ("garbage", ClientDecodeError, False),
        ("drop_before", TelegramNetworkError, False),
        ("drop_after", TelegramNetworkError, True),
    ],
)
async def test_the_call_fails_and_is_applied_or_not(
    bot: Bot, chat: SandboxClient, kind: str, error: type[Exception], applied: bool
) -> None:
    await chat.fault(kind, seconds=7)
    with pytest.raises(error) as failed:
        await bot.send_message(ANNA, "one")
    if isinstance(failed.value, TelegramRetryAfter):
        assert failed.value.retry_after == 7
    await bot.send_message(ANNA, "two")
    assert await bot_texts(chat) == (["one", "two"] if applied else ["two"])
    counters = await chat.counters()
    assert counters["errors"] == {}, "a fault is not the bot's error"
    assert counters["faults_met"] == 1
    assert [entry["fault"] for entry in await chat.requests()] == [kind, ""]


async def test_a_slow_call_is_applied_at_once_and_answered_later(bot: Bot, chat: SandboxClient) -> None:
    await chat.fault("slow", seconds=0.4)
    before = time.monotonic()
    sending = asyncio.create_task(bot.send_message(ANNA, "one"))
    await chat.wait_for(ANNA, "one", since=0)
    assert not sending.done()
    await sending
    assert time.monotonic() - before >= 0.4


async def test_a_hanging_call_ends_when_the_faults_are_cleared(bot: Bot, chat: SandboxClient) -> None:
    await chat.fault("hang")
    sending = asyncio.create_task(bot.send_message(ANNA, "one"))
    await chat.wait_until(lambda counters: counters["faults_met"] == 1)
    assert not sending.done()
    await chat.clear_faults()
    with pytest.raises(TelegramNetworkError):
        await sending
    assert await bot_texts(chat) == []


async def test_a_fault_waits_for_its_method_its_chat_and_its_turn(bot: Bot, chat: SandboxClient) -> None:
    await chat.fault("server_error", method="sendMessage", chat_id=ANNA, skip=1, times=2)
    await bot.get_me()
    await bot.send_message(VIKTOR, "other chat")
    await bot.send_message(ANNA, "skipped")
    for _ in range(2):
        with pytest.raises(TelegramServerError):
            await bot.send_message(ANNA, "hit")
    await bot.send_message(ANNA, "over")
    assert await bot_texts(chat) == ["skipped", "over"]


async def test_only_a_fault_that_says_so_hits_getupdates(bot: Bot, chat: SandboxClient) -> None:
    await chat.fault("server_error")
    assert len(await bot.get_updates()) == 2
    await chat.clear_faults()
    await chat.fault("drop_after", method="getUpdates")
    with pytest.raises(TelegramNetworkError):
        await bot.get_updates()
    assert len(await bot.get_updates()) == 2, "an answer that got lost confirms nothing"


async def test_random_faults_repeat_with_their_seed(bot: Bot, chat: SandboxClient) -> None:
    async def outcomes(seed: int) -> list[bool]:
        await chat.random_faults(0.5, "server_error", "retry_after", seed=seed)
        found = []
        for _ in range(20):
            try:
                await bot.send_message(ANNA, "x")
                found.append(True)
            except (TelegramServerError, TelegramRetryAfter):
                found.append(False)
        return found

    first = await outcomes(7)
    assert len(set(first)) == 2
    assert await outcomes(7) == first
    await chat.random_faults(0)
    await bot.send_message(ANNA, "all is well")


async def test_what_is_no_fault_is_refused_and_the_kinds_are_listed(chat: SandboxClient) -> None:
    for wrong in ({"kind": "earthquake"}, {"kind": "slow", "colour": 1}):
        with pytest.raises(SandboxError, match="not understood"):
            await chat.post("faults", wrong)
    assert (await chat.get("faults"))["kinds"] == KINDS


async def test_retry_after_is_also_a_header(chat: SandboxClient, api: Api, http: aiohttp.ClientSession) -> None:
    await chat.fault("retry_after", seconds=3)
    async with http.get(f"{api.url}/bot{api.token}/getMe") as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "3")
        assert (await response.json())["parameters"] == {"retry_after": 3}

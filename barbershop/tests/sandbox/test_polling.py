"""getUpdates: confirmation, long polls, redelivery."""

import asyncio

from aiogram import Bot

from barbershop.sandbox.client import SandboxClient
from barbershop.sandbox.errors import OTHER_WEBHOOK
from barbershop.sandbox.server import Sandbox
from barbershop.tests.sandbox.conftest import ANNA, TOKEN, Api

INT32 = 2**31 - 1


async def texts(bot: Bot, **options: int) -> list[str]:
    return [u.message.text or "" for u in await bot.get_updates(**options) if u.message]  # type: ignore[arg-type]


async def test_a_negative_offset_keeps_the_last_ones_and_forgets_the_rest(bot: Bot, chat: SandboxClient) -> None:
    for text in "abcd":
        await chat.text(ANNA, text)
    assert await texts(bot, offset=-2) == ["c", "d"]
    assert await texts(bot) == ["c", "d"]


async def test_limit_hands_out_the_oldest_first(bot: Bot, chat: SandboxClient) -> None:
    for text in "abc":
        await chat.text(ANNA, text)
    first = await bot.get_updates(limit=2)
    assert [u.message.text for u in first if u.message] == ["a", "b"]
    assert await texts(bot, offset=first[-1].update_id + 1) == ["c"]


async def test_an_offset_far_in_the_future_confirms_nothing(bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "a")
    assert await texts(bot, offset=INT32) == ["a"]
    assert await texts(bot) == ["a"]


async def test_a_long_poll_ends_with_the_first_update(bot: Bot, chat: SandboxClient) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await chat.wait_until(lambda counters: counters["pollers"] == 1)
    await chat.text(ANNA, "a")
    async with asyncio.timeout(5):
        assert len(await poll) == 1


async def test_update_ids_grow_over_restarts_and_fit_into_32_bits(bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "a")
    [update] = await bot.get_updates()
    async with Sandbox.running(token=TOKEN) as later:
        assert update.update_id <= later.world.updates.push_raw({}) + 1
    assert 0 < update.update_id < INT32


async def test_allowed_updates_are_remembered_until_changed(bot: Bot, chat: SandboxClient) -> None:
    await bot.get_updates(allowed_updates=["message"])
    await bot.get_updates()
    await chat.text(ANNA, "a")
    await chat.block(ANNA)
    await chat.block(ANNA, blocked=False)
    assert [u.event_type for u in await bot.get_updates()] == ["message"]
    await bot.get_updates(allowed_updates=[])
    await chat.block(ANNA)
    assert [u.event_type for u in await bot.get_updates()] == ["message", "my_chat_member"]


async def test_a_confirmed_update_comes_again_when_redelivered(bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "a")
    [update] = await bot.get_updates()
    assert await bot.get_updates(offset=update.update_id + 1) == []
    assert await chat.redeliver() == update.update_id
    assert await bot.get_updates(offset=update.update_id + 1) == [update]
    assert await bot.get_updates(offset=update.update_id + 1) == []


async def test_any_json_can_be_injected_as_an_update(api: Api, chat: SandboxClient) -> None:
    first = await chat.inject({"message": "no message at all"})
    second = await chat.inject({"strange": 1, "update_id": first + 5})
    third = await chat.inject({})
    assert (second, third) == (first + 5, first + 6)
    assert [u["update_id"] for u in await api.result("getUpdates")] == [first, second, third]


async def test_setting_a_webhook_ends_a_long_poll(api: Api, chat: SandboxClient) -> None:
    await chat.text(ANNA, "a")
    await api.result("deleteWebhook", drop_pending_updates=True)
    poll = asyncio.create_task(api.refusal("getUpdates", timeout=30))
    await chat.wait_until(lambda counters: counters["pollers"] == 1)
    await api.result("setWebhook", url="https://example.com/hook", allowed_updates=["message"])
    assert await poll == OTHER_WEBHOOK
    await chat.text(ANNA, "b")
    info = await api.result("getWebhookInfo")
    assert (info["url"], info["pending_update_count"]) == ("https://example.com/hook", 1)
    await api.result("deleteWebhook")
    assert len(await api.result("getUpdates")) == 1

"""Updates pushed to a webhook: secret, order, retries, and the way to polling and back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from barbershop.sandbox.client import SandboxClient
from barbershop.sandbox.errors import WEBHOOK_ACTIVE
from barbershop.sandbox.push import LOOPBACK_ONLY, SECRET_HEADER
from barbershop.sandbox.server import Sandbox
from barbershop.tests.sandbox.conftest import ANNA, TOKEN, VIKTOR, Api

SECRET = "s" * 40


@dataclass
class Receiver:
    """A bot's web server. `answers` are given in turn, then 200; a callable runs first."""

    url: str = ""
    answers: list[int | Callable[[], Awaitable[int]]] = field(default_factory=list)
    got: list[dict[str, Any]] = field(default_factory=list)
    secrets: set[str | None] = field(default_factory=set)

    async def receive(self, request: web.Request) -> web.Response:
        self.secrets.add(request.headers.get(SECRET_HEADER))
        assert request.content_type == "application/json"
        self.got.append(await request.json())
        answer = self.answers.pop(0) if self.answers else 200
        return web.Response(status=answer if isinstance(answer, int) else await answer())

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.got]


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox.running(token=TOKEN, webhook_second=0.01, webhook_timeout=0.3) as running:
        yield running


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = web.Application()
    app.router.add_post("/hook", made.receive)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


async def codes(chat: SandboxClient, count: int) -> list[int]:
    made = await chat.wait_for_deliveries(lambda made: len(made) >= count)
    return [attempt["code"] for attempt in made]


async def test_each_update_is_posted_with_the_secret_and_confirmed_by_2xx(
    api: Api, chat: SandboxClient, receiver: Receiver
) -> None:
    await api.result("setWebhook", url=receiver.url, secret_token=SECRET)
    await chat.text(ANNA, "a")
    await chat.text(VIKTOR, "b")
    assert await codes(chat, 2) == [200, 200]
    assert sorted(receiver.texts) == ["a", "b"]
    assert receiver.secrets == {SECRET}
    info = await api.result("getWebhookInfo")
    assert info == {
        "url": receiver.url,
        "has_custom_certificate": False,
        "max_connections": 40,
        "ip_address": "127.0.0.1",
        "pending_update_count": 0,
    }


async def test_a_refused_update_comes_again_before_the_same_chats_next_one(
    api: Api, chat: SandboxClient, receiver: Receiver
) -> None:
    receiver.answers = [500, 302, 204]
    await api.result("setWebhook", url=receiver.url, max_connections=1)
    for text in "ab":
        await chat.text(ANNA, text)
    assert await codes(chat, 4) == [500, 302, 204, 200]
    assert receiver.texts == ["a", "a", "a", "b"]
    assert [made["attempt"] for made in (await chat.webhook())["deliveries"]] == [1, 2, 3, 1]
    info = await api.result("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 302 Found"
    assert info["last_error_date"] > 0


async def test_an_answer_that_is_too_late_counts_as_none(api: Api, chat: SandboxClient, receiver: Receiver) -> None:
    async def late() -> int:
        await asyncio.Event().wait()
        return 200

    receiver.answers = [late]
    await api.result("setWebhook", url=receiver.url)
    await chat.text(ANNA, "a")
    assert await codes(chat, 2) == [0, 200]
    assert receiver.texts == ["a", "a"]
    assert (await api.result("getWebhookInfo"))["last_error_message"] == "Read timeout expired"


async def test_one_persons_trouble_does_not_hold_up_another(api: Api, chat: SandboxClient, receiver: Receiver) -> None:
    freed = asyncio.Event()

    async def when_freed() -> int:
        await freed.wait()
        return 200

    receiver.answers = [when_freed]
    await api.result("setWebhook", url=receiver.url)
    await chat.text(ANNA, "a1")
    await chat.text(ANNA, "a2")
    await chat.text(VIKTOR, "v1")
    assert await codes(chat, 1) == [200]
    assert receiver.texts == ["a1", "v1"]
    freed.set()
    assert await codes(chat, 3) == [200] * 3
    assert receiver.texts == ["a1", "v1", "a2"]


async def test_a_server_that_is_away_gets_everything_when_it_is_back(
    api: Api, chat: SandboxClient, receiver: Receiver, unused_tcp_port: int
) -> None:
    await api.result("setWebhook", url=f"http://127.0.0.1:{unused_tcp_port}/hook")
    await chat.text(ANNA, "a")
    await codes(chat, 2)
    info = await api.result("getWebhookInfo")
    assert (info["pending_update_count"], "onnect" in info["last_error_message"]) == (1, True)
    await api.result("setWebhook", url=receiver.url)
    await chat.wait_until(lambda counters: counters["pending_updates"] == 0)
    assert receiver.texts == ["a"]


async def test_nothing_is_lost_from_polling_to_the_webhook_and_back(
    api: Api, chat: SandboxClient, receiver: Receiver
) -> None:
    await chat.text(ANNA, "before")
    await api.result("setWebhook", url=receiver.url)
    assert await codes(chat, 1) == [200]
    assert await api.refusal("getUpdates") == WEBHOOK_ACTIVE
    receiver.answers = [503] * 1000
    await chat.text(ANNA, "between")
    await codes(chat, 2)
    await api.result("deleteWebhook")
    updates = await api.result("getUpdates")
    assert [update["message"]["text"] for update in updates] == ["between"]
    await api.result("setWebhook", url=receiver.url, drop_pending_updates=True)
    assert (await api.result("getWebhookInfo"))["pending_update_count"] == 0


async def test_a_webhook_gets_the_allowed_updates_only_and_redelivery_too(
    api: Api, chat: SandboxClient, receiver: Receiver
) -> None:
    await api.result("setWebhook", url=receiver.url, allowed_updates=["message"])
    await chat.text(ANNA, "a")
    await chat.block(ANNA)
    assert await codes(chat, 1) == [200]
    assert await chat.redeliver() == receiver.got[0]["update_id"]
    assert await codes(chat, 2) == [200, 200]
    assert receiver.got == [receiver.got[0]] * 2


async def test_the_time_that_a_server_asks_for_is_waited_out_unless_hurried(
    sandbox: Sandbox, api: Api, chat: SandboxClient, receiver: Receiver
) -> None:
    async def come_later() -> int:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "3600"})

    receiver.answers = [come_later]
    await api.result("setWebhook", url=receiver.url)
    await chat.text(ANNA, "a")
    assert await codes(chat, 1) == [503]
    await chat.hurry_webhook()
    assert await codes(chat, 2) == [503, 200]


async def test_nothing_leaves_this_machine(api: Api, chat: SandboxClient) -> None:
    await api.result("setWebhook", url="https://example.com/hook", secret_token=SECRET)
    await chat.text(ANNA, "a")
    made = await chat.wait_for_deliveries(bool)
    assert (made[0]["code"], made[0]["error"]) == (0, LOOPBACK_ONLY)
    assert (await api.result("getWebhookInfo"))["ip_address"] == "<unknown>"
    assert SECRET not in str(await chat.webhook()) + str(await chat.requests())


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "https://", "http://127.0.0.1:port/"])
async def test_what_is_no_url_is_refused(api: Api, url: str) -> None:
    assert await api.refusal("setWebhook", url=url) == "Bad Request: invalid webhook URL specified"

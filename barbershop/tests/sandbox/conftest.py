"""A sandbox on a free port, a raw Bot API caller, and the people's side."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from barbershop.sandbox.client import SandboxClient
from barbershop.sandbox.server import Sandbox

TOKEN = f"{4242}:{'x' * 35}"
ANNA, VIKTOR = 1001, 1002


@dataclass
class Api:
    """Calls as any HTTP client makes them: `await api("sendMessage", chat_id=1, text="hi")`."""

    url: str
    http: aiohttp.ClientSession
    token: str = TOKEN

    async def __call__(self, method: str, **params: Any) -> dict[str, Any]:
        async with self.http.post(f"{self.url}/bot{self.token}/{method}", json=params) as response:
            answer: dict[str, Any] = await response.json()
        assert answer["ok"] or answer["error_code"] == response.status
        return answer

    async def result(self, method: str, **params: Any) -> Any:
        answer = await self(method, **params)
        assert answer["ok"], answer
        return answer["result"]

    async def refusal(self, method: str, **params: Any) -> str | None:
        """The description of a refusal, `None` when the call went through."""
        description: str | None = (await self(method, **params)).get("description")
        return description


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox.running(token=TOKEN) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def api(sandbox: Sandbox, http: aiohttp.ClientSession) -> Api:
    return Api(sandbox.url, http)


@pytest.fixture
async def chat(sandbox: Sandbox) -> AsyncIterator[SandboxClient]:
    async with SandboxClient(sandbox.url) as client:
        yield client


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    session = AiohttpSession(api=TelegramAPIServer.from_base(sandbox.url))
    async with Bot(TOKEN, session=session) as running:
        yield running

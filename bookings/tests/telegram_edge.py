"""The edge of Telegram: an HTTP server that answers each call as it was told to, and keeps what it was sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, TypeVar

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiohttp import web

T = TypeVar("T")


class Answer(NamedTuple):
    """An HTTP answer; status 0 hangs up without one."""

    status: int
    body: str


def refusal(code: int, description: str, **parameters: int) -> Answer:
    body = {"ok": False, "error_code": code, "description": description}
    return Answer(code, json.dumps(body | ({"parameters": parameters} if parameters else {})))


TAKEN = Answer(
    200, json.dumps({"ok": True, "result": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}}})
)
FLOOD = refusal(429, "Too Many Requests: retry after 7", retry_after=7)
BLOCKED = refusal(403, "Forbidden: bot was blocked by the user")
NO_CHAT = refusal(400, "Bad Request: chat not found")
UNAUTHORISED = refusal(401, "Unauthorized")
BROKEN = refusal(500, "Internal Server Error")
GATEWAY = Answer(502, "<html><h1>502 Bad Gateway</h1></html>")
NOT_JSON = Answer(200, "<html>captive portal</html>")
HANG_UP = Answer(0, "")


class Edge:
    """`answers` are given in turn, the last one over and over; `sent` is what came in."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers) or [TAKEN]
        self.sent: list[dict[str, Any]] = []

    def run(self, work: Callable[[Bot], Awaitable[T]]) -> T:
        """Do something with a bot that talks to this edge."""

        async def go() -> T:
            async with self._bot() as bot:
                return await work(bot)

        return asyncio.run(go())

    @asynccontextmanager
    async def _bot(self) -> AsyncIterator[Bot]:
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            api = TelegramAPIServer.from_base(f"http://127.0.0.1:{runner.addresses[0][1]}")
            async with Bot("42:" + "x" * 35, session=AiohttpSession(api=api, timeout=5)) as bot:
                yield bot
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.sent.append({"method": request.match_info["method"], **await request.post()})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not answer.status:
            assert request.transport is not None
            request.transport.abort()
        return web.Response(status=answer.status or 500, text=answer.body, content_type="application/json")

"""Just enough of the Bot API on loopback to tap a button and to see the edited screen come back."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

from aiohttp import web

TOKEN = f"{4242}:{'x' * 35}"
_DATE = 1_893_999_600
_update_ids = count(1)  # one row of answers: a database sees no id twice, however many edges it meets


class Edge:
    """Hands out taps, answers whatever the bot says, and knows when a person's screen was edited."""

    def __init__(self) -> None:
        self.url = ""
        self._updates: list[dict[str, Any]] = []
        self._news = asyncio.Event()
        self._done = asyncio.Event()
        self._edited: dict[str, asyncio.Future[float]] = {}

    @classmethod
    @asynccontextmanager
    async def running(cls) -> AsyncIterator["Edge"]:
        """On a free port; when the block ends, whoever waits at `/done` is told."""
        edge = cls()
        app = web.Application()
        app.router.add_get("/done", edge._wait_until_done)
        app.router.add_post("/bot{token}/{method}", edge._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            edge.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield edge
        finally:
            edge._done.set()
            edge._news.set()
            await runner.cleanup()

    async def tap(self, person: int, data: str) -> float:
        """A person taps a button; the seconds until their screen was edited."""
        edited = asyncio.get_running_loop().create_future()
        self._edited[str(person)] = edited
        began = time.perf_counter()
        self.press(person, data)
        return float(await edited) - began

    def press(self, person: int, data: str) -> None:
        """A person taps; nobody waits for what comes of it."""
        self._send({"callback_query": _callback(person, data)})

    def type(self, person: int, text: str) -> None:
        """A person types; nobody waits for what comes of it."""
        self._send({"message": _message(person, text)})

    def _send(self, content: dict[str, Any]) -> None:
        self._updates.append({"update_id": next(_update_ids), **content})
        self._news.set()

    async def _wait_until_done(self, _request: web.Request) -> web.Response:
        await self._done.wait()
        return web.Response()

    async def _answer(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        said = await request.post()
        if method == "getUpdates":
            return web.json_response({"ok": True, "result": await self._take(int(str(said.get("offset") or 0)))})
        if method == "getMe":
            return web.json_response({"ok": True, "result": {**_person(4242), "is_bot": True, "username": "a_bot"}})
        if method not in {"editMessageText", "sendMessage"}:
            return web.json_response({"ok": True, "result": True})
        person = str(said["chat_id"])
        if method == "editMessageText" and (edited := self._edited.pop(person, None)):
            edited.set_result(time.perf_counter())
        return web.json_response({"ok": True, "result": _message(int(person), "text")})

    async def _take(self, offset: int) -> list[dict[str, Any]]:
        """What has not been acknowledged, as soon as there is something."""
        self._updates = [update for update in self._updates if update["update_id"] >= offset]
        if not self._updates and not self._done.is_set():
            self._news.clear()
            await self._news.wait()
        return self._updates


def _person(person: int) -> dict[str, Any]:
    return {"id": person, "is_bot": False, "first_name": "Client", "language_code": "ru"}


def _message(person: int, text: str) -> dict[str, Any]:
    chat = {"id": person, "type": "private", "first_name": "Client"}
    return {"message_id": 1, "date": _DATE, "chat": chat, "from": _person(person), "text": text}


def _callback(person: int, data: str) -> dict[str, Any]:
    return {
        "id": "1",
        "from": _person(person),
        "chat_instance": "1",
        "message": _message(person, "text"),
        "data": data,
    }

"""The client's HTTP: the control API as calls, and what each person did last."""

import time
from types import TracebackType
from typing import Any, Self

import aiohttp

from barbershop.sandbox.seen import Json, SandboxError, Who

WAIT_SECONDS = 5.0
_LONGEST_POLL = 10.0


class ControlClient:
    def __init__(self, base_url: str, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self.base_url = base_url.rstrip("/")
        self.wait_seconds = wait_seconds
        self._marks: dict[int, int] = {}
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    async def get(self, path: str, **query: Any) -> Json:
        return await self._call("GET", path, params=query)

    async def post(self, path: str, body: Json) -> Json:
        return await self._call("POST", path, json=body)

    async def _call(self, verb: str, path: str, **options: Any) -> Json:
        async with self._session().request(verb, f"{self.base_url}/control/{path}", **options) as response:
            answer: Json = await response.json(content_type=None)
        if not answer.get("ok"):
            raise SandboxError(f"{verb} {path}: {answer.get('error')}")
        return answer

    async def _act(self, person: Who, action: str, body: Json) -> Json:
        answer = await self.post(f"people/{id_of(person)}/{action}", body)
        if "mark" in answer:
            self._marks[id_of(person)] = answer["mark"]
        return answer

    async def _changed(
        self, seq: int, deadline: float, *, at_most: float = _LONGEST_POLL, person: int | None = None
    ) -> bool:
        """Wait for any event after `seq`, or for one person's; False when the time is up."""
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        whose = {} if person is None else {"person": person}
        await self.get("events", after=seq, timeout=min(left, at_most), **whose)
        return True

    def _deadline(self, timeout: float | None) -> float:
        return time.monotonic() + (self.wait_seconds if timeout is None else timeout)

    def _session(self) -> aiohttp.ClientSession:
        """Made on first use, so that a client can be built outside a running loop."""
        if self._http is None or self._http.closed:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        return self._http


def id_of(person: Who) -> int:
    return person if isinstance(person, int) else person.id

"""What changed, in order, for the page and for tests that wait: a bounded list behind a long poll."""

import asyncio
import time
from collections import deque
from typing import Any

Event = dict[str, Any]
_KEPT = 2000


class Feed:
    def __init__(self) -> None:
        self.seq = 0
        self._events: deque[Event] = deque(maxlen=_KEPT)
        self._waiting: list[asyncio.Future[None]] = []
        self._stopped = False

    def add(self, kind: str, **details: Any) -> int:
        """The sequence number of the new event."""
        self.seq += 1
        self._events.append({"seq": self.seq, "kind": kind, **details})
        self._wake()
        return self.seq

    def after(self, seq: int, person: int | None = None) -> list[Event]:
        """Events later than `seq`, of everybody or one person; one `reset` when they are not known any more."""
        oldest = self._events[0]["seq"] if self._events else self.seq + 1
        if seq > self.seq or seq < oldest - 1:
            return [{"seq": self.seq, "kind": "reset"}]
        return [event for event in self._events if event["seq"] > seq and _concerns(event, person)]

    async def wait(self, seq: int, seconds: float, person: int | None = None) -> list[Event]:
        ends_at = time.monotonic() + seconds
        while not (events := self.after(seq, person)):
            left = ends_at - time.monotonic()
            if self._stopped or left <= 0:
                break
            await self._next_event(left)
        return events

    async def _next_event(self, seconds: float) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await asyncio.wait_for(waiter, seconds)
        except TimeoutError:
            return
        finally:
            self._waiting.remove(waiter)

    def stop(self) -> None:
        self._stopped = True
        self._wake()

    def _wake(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)


def _concerns(event: Event, person: int | None) -> bool:
    return person is None or event["kind"] == "reset" or event.get("person") == person

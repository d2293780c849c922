"""Things that go wrong between a bot and Telegram, made to order or at random with a seed."""

import asyncio
import random
from dataclasses import asdict, dataclass
from typing import Any

# what it is called: what the bot sees
KINDS = {
    "retry_after": "429 with retry_after = seconds",
    "server_error": "500 in JSON",
    "bad_gateway": "502 in HTML",
    "garbage": "200 with a body that is no JSON",
    "drop_before": "the connection breaks, nothing was done",
    "drop_after": "the connection breaks, but it was done",
    "slow": "done at once, answered after so many seconds",
    "hang": "nothing done, no answer until the faults are cleared",
}
ANY_METHOD = "*"
_POLL = "getupdates"


@dataclass
class Fault:
    """`times` calls meet it, after `skip` calls went by. `method` None is any but getUpdates
    (or the poller would eat it), "*" is any; `chat_id` None is any chat."""

    kind: str
    method: str | None = None
    chat_id: int | None = None
    seconds: float = 1.0
    times: int = 1
    skip: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            msg = f"no such fault: {self.kind}"
            raise ValueError(msg)

    def meets(self, method: str, chat_id: int | None) -> bool:
        return _method_fits(self.method, method) and self.chat_id in (None, chat_id)


@dataclass
class RandomFaults:
    """Each call is hit with this probability; the same seed gives the same sequence."""

    probability: float
    kinds: tuple[str, ...]
    seed: int = 0
    seconds: float = 0.2
    method: str | None = None

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)  # noqa: S311 -- reproducible on purpose
        for kind in self.kinds:
            Fault(kind)

    def roll(self, method: str) -> Fault | None:
        if not _method_fits(self.method, method) or self._dice.random() >= self.probability:
            return None
        return Fault(self._dice.choice(self.kinds), seconds=self.seconds)


class Faults:
    def __init__(self) -> None:
        self._planned: list[Fault] = []
        self._random: RandomFaults | None = None
        self._cleared = asyncio.Event()
        self.met: int = 0

    def plan(self, fault: Fault) -> None:
        self._planned.append(fault)

    def at_random(self, faults: RandomFaults | None) -> None:
        self._random = faults

    def clear(self) -> None:
        self._planned.clear()
        self._random = None
        self._cleared.set()
        self._cleared = asyncio.Event()

    async def released(self, stopping: asyncio.Event) -> None:
        """Until the faults are cleared or the sandbox stops."""
        waits = [asyncio.ensure_future(event.wait()) for event in (self._cleared, stopping)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def take(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault that this call meets."""
        hit = self._next_planned(method, chat_id)
        if hit is None and self._random is not None:
            hit = self._random.roll(method)
        self.met += hit is not None
        return hit

    def view(self) -> dict[str, Any]:
        planned = [asdict(fault) for fault in self._planned]
        at_random = asdict(self._random) if self._random else None
        return {"planned": planned, "random": at_random, "met": self.met, "kinds": KINDS}

    def _next_planned(self, method: str, chat_id: int | None) -> Fault | None:
        for fault in self._planned:
            if not fault.meets(method, chat_id):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self._planned.remove(fault)
            return fault
        return None


def _method_fits(wanted: str | None, method: str) -> bool:
    if wanted == ANY_METHOD:
        return True
    return method.lower() != _POLL if wanted is None else wanted.lower() == method.lower()

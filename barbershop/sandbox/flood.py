"""Flood control with the numbers of the Bot FAQ, as token buckets that allow a short burst."""

import math
from collections.abc import Callable

PER_CHAT = 1.0
OVERALL = 30.0
BURST_IN_A_CHAT = 5.0


class _Bucket:
    def __init__(self, *, rate: float, size: float, now: float) -> None:
        self.rate, self.size, self.level, self.at = rate, size, size, now

    def wait_for_one(self, now: float) -> float:
        """Seconds until the next token, 0 when there is one."""
        self.level = min(self.size, self.level + (now - self.at) * self.rate)
        self.at = now
        return 0.0 if self.level >= 1 else (1 - self.level) / self.rate


class FloodControl:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._chats: dict[int, _Bucket] = {}
        self._overall = _Bucket(rate=OVERALL, size=OVERALL, now=clock())

    def retry_after(self, chat_id: int) -> int:
        """Whole seconds to wait before another message; 0 lets this one pass and counts it."""
        now = self._clock()
        chat = self._chats.setdefault(chat_id, _Bucket(rate=PER_CHAT, size=BURST_IN_A_CHAT, now=now))
        wait = max(chat.wait_for_one(now), self._overall.wait_for_one(now))
        if wait > 0:
            return math.ceil(wait)
        chat.level -= 1
        self._overall.level -= 1
        return 0

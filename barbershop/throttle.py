"""How much one person, and everybody together, may ask of the bot: token buckets, in this process."""

from collections import OrderedDict
from typing import NamedTuple, Protocol

from django.conf import settings

# More people at once than this are remembered for a shorter while; memory stays bounded whoever comes.
MAX_BUCKETS = 10_000
# So that a token is whole when the wait for it is over, however the fractions were rounded.
SLACK_SECONDS = 0.001


class Bucket(NamedTuple):
    """The tokens that were in it at a moment, and whether an episode was told of since it was full."""

    level: float
    at: float
    is_told: bool = False


class Rate(NamedTuple):
    """A bucket of `size` tokens that gets new ones all the time."""

    size: float
    per_second: float

    def refilled(self, bucket: Bucket | None, *, now: float) -> Bucket:
        """The bucket as it is now; nothing is kept of a full one. A clock that was set back gives and takes nothing."""
        if bucket is None:
            return Bucket(self.size, now)
        level = min(self.size, bucket.level + max(0.0, now - bucket.at) * self.per_second)
        return Bucket(level, now, bucket.is_told and level < self.size)

    def wait(self, bucket: Bucket) -> float:
        """Seconds until there is a token."""
        return (1 - bucket.level) / self.per_second + SLACK_SECONDS if bucket.level < 1 else 0.0


class Limits(NamedTuple):
    """What one person may ask for, and what all may together."""

    one: Rate
    everybody: Rate


class Verdict(NamedTuple):
    """Whether a lane is over its limit, and the seconds to wait: then until it has a token again, else for its turn.

    `is_first`: nobody was told of it yet in this episode, which ends when the bucket is full again.
    """

    is_over: bool
    wait: float
    is_first: bool


class Throttle(Protocol):
    """Gives out tokens; `now` is in seconds of any clock."""

    async def take(self, lane: int, *, now: float) -> Verdict:
        """A token for an update of the lane. One that is over its limit gets none; the others may have to wait."""

    async def close(self) -> None:
        """Let go of the connections."""


class LocalThrottle:
    """Buckets in this process: there is one bot at a time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._everybody: Bucket | None = None
        self._lanes: OrderedDict[int, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._lanes)

    async def take(self, lane: int, *, now: float) -> Verdict:
        one, everybody = self._limits
        own = one.refilled(self._lanes.pop(lane, None), now=now)
        self._forget_idle(now)
        if own.level < 1:
            self._lanes[lane] = own._replace(is_told=True)
            return Verdict(is_over=True, wait=one.wait(own), is_first=not own.is_told)
        self._lanes[lane] = own._replace(level=own.level - 1)
        shared = everybody.refilled(self._everybody, now=now)
        wait = everybody.wait(shared)
        self._everybody = Bucket(shared.level - 1, now, shared.is_told or wait > 0)
        return Verdict(is_over=False, wait=wait, is_first=wait > 0 and not shared.is_told)

    async def close(self) -> None:
        self._lanes.clear()

    def _forget_idle(self, now: float) -> None:
        """Drop the longest unused ones: those that are full by now, which are as good as none, and those too many."""
        size = self._limits.one.size
        while self._lanes:
            lane, bucket = next(iter(self._lanes.items()))
            if len(self._lanes) < MAX_BUCKETS and self._limits.one.refilled(bucket, now=now).level < size:
                return
            del self._lanes[lane]


def configured_limits() -> Limits:
    per_second = float(settings.THROTTLE_ALL_PER_SECOND)
    return Limits(
        one=Rate(float(settings.THROTTLE_USER_BURST), settings.THROTTLE_USER_PER_MINUTE / 60),
        everybody=Rate(per_second, per_second),
    )

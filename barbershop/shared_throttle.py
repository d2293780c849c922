"""The token buckets in Redis, so that they outlive the process; whenever Redis doesn't answer, those in the process."""

import asyncio
import logging

from django.conf import settings
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from barbershop.cache import SECONDS_TO_ANSWER, SECONDS_TO_CONNECT
from barbershop.throttle import SLACK_SECONDS, Limits, LocalThrottle, Throttle, Verdict, configured_limits
from observability.events import emit

# For so long a Redis that did not answer is not asked again: the bot must not wait for it at every tap.
AWAY_SECONDS = 5.0
_PREFIX = "{throttle}"  # one hash slot, because a script's keys must share one
# What `LocalThrottle.take` does, in one step. ARGV: now, then size and tokens per second of one and of everybody.
_TAKE = f"""
local now = tonumber(ARGV[1])

local function look(key, size, rate)
  local kept = redis.call('HMGET', key, 'level', 'at', 'told')
  local level, at = tonumber(kept[1]), tonumber(kept[2])
  if not level or not at then return size, false end
  level = math.min(size, level + math.max(0, now - at) * rate)
  return level, kept[3] == '1' and level < size
end

local function keep(key, level, told, size, rate)
  redis.call('HSET', key, 'level', string.format('%.17g', level), 'at', ARGV[1], 'told', told and '1' or '0')
  redis.call('PEXPIRE', key, math.ceil((size - level) / rate * 1000))
end

local function wait(level, rate)
  return level < 1 and (1 - level) / rate + {SLACK_SECONDS} or 0
end

local one_size, one_rate = tonumber(ARGV[2]), tonumber(ARGV[3])
local all_size, all_rate = tonumber(ARGV[4]), tonumber(ARGV[5])
local own, told = look(KEYS[1], one_size, one_rate)
if own < 1 then
  keep(KEYS[1], own, true, one_size, one_rate)
  return {{1, string.format('%.17g', wait(own, one_rate)), told and 0 or 1}}
end
keep(KEYS[1], own - 1, told, one_size, one_rate)
local all, all_told = look(KEYS[2], all_size, all_rate)
local pause = wait(all, all_rate)
keep(KEYS[2], all - 1, all_told or pause > 0, all_size, all_rate)
return {{0, string.format('%.17g', pause), (pause > 0 and not all_told) and 1 or 0}}
"""


class SharedThrottle:
    """Buckets in Redis; `now` is the wall clock, because they outlive the process."""

    def __init__(self, limits: Limits, *, url: str) -> None:
        self._arguments = [*limits.one, *limits.everybody]
        self._fallback = LocalThrottle(limits)
        self._away_at: float | None = None
        self._redis = Redis.from_url(
            url,
            socket_connect_timeout=SECONDS_TO_CONNECT,
            socket_timeout=SECONDS_TO_ANSWER,
            retry=Retry(NoBackoff(), 0),
        )
        self._script = self._redis.register_script(_TAKE)

    @property
    def is_sharing(self) -> bool:
        """Whether Redis answered when it was last asked."""
        return self._away_at is None

    async def take(self, lane: int, *, now: float) -> Verdict:
        if self._away_at is not None and 0 <= now - self._away_at < AWAY_SECONDS:
            return await self._fallback.take(lane, now=now)
        try:
            verdict = await self._ask(lane, now)
        except (RedisError, OSError, TimeoutError, ValueError) as error:
            if self.is_sharing:
                emit("throttle_fell_back", level=logging.WARNING, reason_code=type(error).__name__)
            self._away_at = now
            return await self._fallback.take(lane, now=now)
        self._away_at = None
        return verdict

    async def close(self) -> None:
        await self._redis.aclose()

    async def _ask(self, lane: int, now: float) -> Verdict:
        keys = [f"{_PREFIX}:{lane}", f"{_PREFIX}:everybody"]
        async with asyncio.timeout(SECONDS_TO_CONNECT + SECONDS_TO_ANSWER):
            is_over, wait, is_first = await self._script(keys=keys, args=[repr(now), *self._arguments])
        return Verdict(bool(is_over), float(wait), bool(is_first))


def build_throttle() -> Throttle:
    """In Redis where one is configured."""
    limits = configured_limits()
    return SharedThrottle(limits, url=settings.REDIS_URL) if settings.REDIS_URL else LocalThrottle(limits)

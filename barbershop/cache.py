"""Redis as a cache: what it holds is data and never code, one pool serves the process, and nobody waits for it long."""

import json
from functools import cached_property, lru_cache
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient

# A cache that doesn't answer by then is slower than what it saves. `?socket_timeout=` in REDIS_URL says otherwise.
SECONDS_TO_CONNECT = 0.25
SECONDS_TO_ANSWER = 0.25


class JsonSerializer:
    """JSON instead of Django's pickle, which would run whatever stands in Redis.

    Tuples become lists and the keys of dicts text; what is no JSON reads as None, as if it were not there.
    """

    def dumps(self, value: Any) -> bytes:
        return json.dumps(value, separators=(",", ":")).encode()

    def loads(self, data: bytes) -> Any:
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            return None


class SharedRedisCache(RedisCache):
    """Django makes a cache for every thread and every task; with a pool in each, every tap would connect anew."""

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._shared = _client(server if isinstance(server, str) else server[0])

    @property
    def _cache(self) -> RedisCacheClient:
        return self._shared


class _Client(RedisCacheClient):
    """Django also makes a client for every call, which takes as long as asking Redis."""

    @cached_property
    def _one(self) -> Any:
        return super().get_client(write=True)

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        return self._one


@lru_cache
def _client(url: str) -> RedisCacheClient:
    return _Client(
        [url],
        serializer="barbershop.cache.JsonSerializer",
        socket_connect_timeout=SECONDS_TO_CONNECT,
        socket_timeout=SECONDS_TO_ANSWER,
    )

"""The caches under which availability is tried: the process's own, and a Redis of the test's own."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.cache import cache
from pytest_django import Settings

from benchmarks.redis_server import redis_server
from schedules import availability


@contextmanager
def using_redis(settings: Settings, monkeypatch: pytest.MonkeyPatch, url: str) -> Iterator[None]:
    """Let this process keep what it keeps in the Redis at the URL, and come back to a failed one only when told."""
    monkeypatch.setattr(availability, "_left_alone_until", 0.0)
    settings.CACHES = {"default": {"BACKEND": "barbershop.cache.SharedRedisCache", "LOCATION": [url]}}
    try:
        yield
    finally:
        raw_redis().connection_pool.disconnect()


def raw_redis() -> Any:
    """The client under the cache."""
    return cache._cache.get_client(write=True)  # type: ignore[attr-defined] # Redis's backend has one


@pytest.fixture(params=["in the process", pytest.param("redis", marks=pytest.mark.redis)])
def redis_url(request: pytest.FixtureRequest, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty cache for the test: once the process's own (no URL), once a Redis."""
    if request.param == "redis":
        with redis_server() as url, using_redis(settings, monkeypatch, url):
            yield url
        return
    backend = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": str(uuid.uuid4())}}
    yield ""
    cache.clear()

"""How Redis is asked: data and no code, one pool for the process, a short wait."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import caches
from pytest_django import Settings

from barbershop.cache import JsonSerializer, SharedRedisCache


def test_threads_share_one_pool_of_connections(settings: Settings) -> None:
    backend = "barbershop.cache.SharedRedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": ["redis://127.0.0.1:1/0"]}}

    def pool() -> Any:
        return caches["default"]._cache.get_client().connection_pool  # type: ignore[attr-defined] # Redis's has one

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(pool).result() is pool()


def test_password_with_a_comma_is_one_address_and_the_wait_is_short() -> None:
    cache = SharedRedisCache(["redis://:a,b@127.0.0.1:1/0"], {})
    options = cache._cache.get_client().connection_pool.connection_kwargs
    assert options["password"] == "a,b"
    assert options["socket_timeout"] == options["socket_connect_timeout"] == 0.25


@pytest.mark.parametrize("value", [7, "text", None, [1, ["a"]], {"key": 1.5}])
def test_what_is_put_in_comes_out(value: Any) -> None:
    serializer = JsonSerializer()
    assert serializer.loads(serializer.dumps(value)) == value


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000, b"9" * 5_000])
def test_what_is_no_json_is_nothing(data: bytes) -> None:
    assert JsonSerializer().loads(data) is None

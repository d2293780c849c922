"""The hop to the database: no thread keeps a connection, none waits for another's."""

import asyncio
import threading
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections

from accounts.threads import in_thread
from observability.correlation import correlated, correlation_id

pytestmark = pytest.mark.django_db(transaction=True)


def backend() -> int:
    """The server process that answers this thread."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return int(pid)


def kept() -> int:
    """How many connections of the pool are not in it."""
    stats: dict[str, int] = connections["default"].pool.get_stats()  # type: ignore[attr-defined] # PostgreSQL's own
    return stats["pool_size"] - stats["pool_available"]


async def all_are_back(before: int) -> None:
    """Until as many are out as before; a connection that the pool is still opening counts as out for a moment."""
    async with asyncio.timeout(10):
        while await in_thread(kept) != before:  # noqa: ASYNC110 - the pool has no event for it
            await asyncio.sleep(0.01)


async def test_many_more_calls_than_connections_leave_every_connection_in_the_pool() -> None:
    calls = (settings.DATABASE_THREADS + 2) * 5
    before = await in_thread(kept)
    await asyncio.gather(*(in_thread(backend) for _ in range(calls)))
    await all_are_back(before)


async def test_a_call_that_fails_gives_its_connection_back_too() -> None:
    def broken() -> None:
        backend()
        raise RuntimeError("boom")

    before = await in_thread(kept)
    results = await asyncio.gather(*(in_thread(broken) for _ in range(20)), return_exceptions=True)
    assert all(isinstance(result, RuntimeError) for result in results)
    await all_are_back(before)


async def test_calls_run_side_by_side_as_many_as_there_are_threads() -> None:
    together = threading.Barrier(settings.DATABASE_THREADS, timeout=20)

    def meet() -> Any:
        backend()
        return together.wait()

    places = await asyncio.gather(*(in_thread(meet) for _ in range(settings.DATABASE_THREADS)))
    assert sorted(places) == list(range(settings.DATABASE_THREADS))


async def test_the_correlation_id_goes_along() -> None:
    with correlated("tg-12345678"):
        assert await in_thread(correlation_id) == "tg-12345678"

"""Free time after a restored backup, in a race, with a clock set back, and with a cache that is away, hangs or lies."""

import datetime as dt
import pickle
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries, Settings

from benchmarks.redis_server import redis_server
from schedules import availability, claims
from schedules.calendar import DayRange, horizon
from schedules.claims import lock_masters
from schedules.models import AvailabilityBlock, Master
from schedules.tests.caches import raw_redis, redis_url, using_redis
from schedules.tests.test_availability import (
    DAYS,
    NOW,
    TUESDAY_10,
    generation_of,
    is_free,
    master,
    read,
    take,
    truth,
)

__all__ = ["master", "redis_url"]

pytestmark = pytest.mark.django_db(transaction=True)

COUNTED_GENERATION = "UPDATE masters SET generation = generation + 1 WHERE id = %s RETURNING is_active"


# --- A database restored from a backup, while the cache lives on ---------------------------------------------------


@contextmanager
def restored_afterwards(master: Master) -> Iterator[None]:
    """After the block the master's rows are what they were before it."""
    generation = generation_of(master)
    blocks = set(master.blocks.values_list("pk", flat=True))
    yield
    AvailabilityBlock.objects.filter(master=master).exclude(pk__in=blocks).delete()
    Master.objects.filter(pk=master.pk).update(generation=generation)


def write_restore_and_write_something_else(master: Master) -> None:
    with restored_afterwards(master):
        take(master)
        assert not is_free(TUESDAY_10, read(master))
    assert is_free(TUESDAY_10, read(master))
    take(master, TUESDAY_10 + dt.timedelta(hours=4))


def test_restored_database_is_read_as_it_is(redis_url: str, master: Master) -> None:
    write_restore_and_write_something_else(master)
    assert read(master) == truth(master)
    assert is_free(TUESDAY_10, read(master))


def test_control_a_counted_generation_would_come_back_after_a_restore(
    redis_url: str, master: Master, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "_LOCK", COUNTED_GENERATION)
    write_restore_and_write_something_else(master)
    assert not is_free(TUESDAY_10, read(master))
    assert is_free(TUESDAY_10, truth(master))


def read_while_somebody_writes(master: Master) -> None:
    """The write is committed after the generation was read, and before the rows are."""
    written = False

    def write_first(execute: Callable[..., Any], sql: str, *others: Any) -> Any:
        nonlocal written
        if "FROM rotas" in sql and not written:
            written = True
            in_another_session(take, master)
        return execute(sql, *others)

    with connection.execute_wrapper(write_first):
        assert not is_free(TUESDAY_10, read(master))


def test_what_is_newer_than_its_generation_is_not_kept_under_it(redis_url: str, master: Master) -> None:
    with restored_afterwards(master):
        read_while_somebody_writes(master)
    assert is_free(TUESDAY_10, read(master))


def test_control_kept_without_a_second_look_it_would_be_wrong_after_a_restore(
    redis_url: str, master: Master, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_first = availability._generations([master.pk])
    with restored_afterwards(master), monkeypatch.context() as patched:
        patched.setattr(availability, "_generations", lambda masters: asked_first)
        read_while_somebody_writes(master)
    assert not is_free(TUESDAY_10, read(master))


def in_another_session(call: Callable[..., Any], *arguments: Any) -> Any:
    def run() -> Any:
        try:
            return call(*arguments)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(run).result()


# --- Generations --------------------------------------------------------------------------------------------------


def test_generation_grows_with_every_writer_of_many_at_once(master: Master) -> None:
    in_order_of_the_lock: list[int] = []
    ready = threading.Barrier(8)

    def write() -> None:
        ready.wait(timeout=20)
        try:
            for _ in range(10):
                with transaction.atomic():
                    lock_masters([master.pk])
                    in_order_of_the_lock.append(generation_of(master))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        for writer in [threads.submit(write) for _ in range(8)]:
            writer.result()
    assert len(set(in_order_of_the_lock)) == 80
    assert in_order_of_the_lock == sorted(in_order_of_the_lock)


def test_generation_grows_also_when_the_clock_was_set_back(master: Master) -> None:
    next_year = int((NOW + dt.timedelta(days=36500)).timestamp() * 1_000_000)
    Master.objects.filter(pk=master.pk).update(generation=next_year)
    take(master)
    assert generation_of(master) > next_year


# --- What else decides: the zone, the horizon, the day -------------------------------------------------------------


def test_other_zone_and_other_horizon_are_other_answers(redis_url: str, master: Master, settings: Settings) -> None:
    whole = DayRange(DAYS.first, DAYS.first + dt.timedelta(days=100))
    seen = [read(master, days=whole)]
    settings.SHOP_TIME_ZONE = "Europe/Berlin"
    seen.append(read(master, days=whole))
    settings.BOOKING_HORIZON_DAYS = 3
    seen.append(read(master, days=whole))
    assert seen[2] == truth(master, days=whole)
    assert len(set(map(tuple, seen))) == 3


def test_new_day_has_a_new_last_day(redis_url: str, master: Master) -> None:
    minute_to_midnight = dt.datetime(2026, 3, 2, 20, 59, tzinfo=dt.UTC)
    for now in (minute_to_midnight, minute_to_midnight + dt.timedelta(minutes=1)):
        days = horizon(now)
        assert {slot.starts_at.date() for slot in read(master, days=days, now=now)} == {
            day for day in days if day.weekday() < 5 and day > DAYS.first
        }


# --- A cache that is away, hangs or lies ---------------------------------------------------------------------------


def test_emptied_cache_is_filled_again(
    redis_url: str, master: Master, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    before = read(master)
    cache.clear()
    assert read(master) == before
    with django_assert_num_queries(1):
        assert read(master) == before


@pytest.mark.redis
def test_redis_that_goes_away_is_left_alone_for_a_while_and_found_again(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    master: Master,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with redis_server() as url, using_redis(settings, monkeypatch, url):
        before = read(master)
        raw_redis().shutdown(nosave=True)
        for _ in range(3):
            assert read(master) == before
        assert [record.message for record in caplog.records].count("cache_away") == 1
        take(master)
        assert read(master) == truth(master) != before
    with redis_server() as url, using_redis(settings, monkeypatch, url):
        read(master)
        with django_assert_num_queries(1):
            read(master)


@pytest.mark.redis
def test_client_waits_a_moment_for_a_redis_that_hangs_and_only_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, master: Master, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        url = f"redis://127.0.0.1:{hanging.getsockname()[1]}"
        with using_redis(settings, monkeypatch, url):
            began = time.monotonic()
            for _ in range(5):
                assert read(master) == truth(master) != []
            assert time.monotonic() - began < 3  # the kernel takes the connection, nobody ever answers
        hanging.setblocking(False)
        hanging.accept()[0].close()
        with pytest.raises(BlockingIOError):
            hanging.accept()


class Payload:
    """What Django's own serializer would run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.mkdir, (self.folder,)


@pytest.mark.parametrize("redis_url", [pytest.param("redis", marks=pytest.mark.redis)], indirect=True)
def test_pickle_in_redis_is_not_run(redis_url: str, master: Master, tmp_path: Path) -> None:
    read(master)
    pickled = pickle.dumps(Payload(tmp_path / "run"))
    for key in raw_redis().scan_iter():
        raw_redis().set(key, pickled)
    assert read(master) == truth(master) != []
    assert not (tmp_path / "run").exists()
    pickle.loads(pickled)  # as it would be
    assert (tmp_path / "run").exists()


@pytest.mark.parametrize("garbage", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"9" * 5_000, b"null", b"NaN"])
@pytest.mark.parametrize("redis_url", [pytest.param("redis", marks=pytest.mark.redis)], indirect=True)
def test_bytes_that_are_no_value_are_no_answer(redis_url: str, master: Master, garbage: bytes) -> None:
    before = read(master)
    for key in raw_redis().scan_iter():
        raw_redis().set(key, garbage)
    assert read(master) == before
    assert availability._left_alone_until == 0


def other_shapes(key: str, kept: Any) -> list[Any]:
    phase, flat = kept[0]
    shapes = [
        5,
        "text",
        {},
        [],
        [key],
        [key, 7],
        [key, [7]],
        [key, [[phase]]],
        [key, [[phase, 7]]],
        [key, {"180": flat}],
    ]
    bounds = [flat[:-1], flat[::-1], [flat[0], *flat[:-1]], [0, *flat[1:]], [*flat[:-1], flat[-1] + 10**6]]
    types = [[*map(float, flat)], [*map(str, flat)], [True, *flat[1:]], [None, *flat[1:]], [[*flat]]]
    return [*shapes, [f"{key}0", kept], [key, kept, 1], *([key, [[phase, each]]] for each in [*bounds, *types])]


def test_value_of_another_shape_or_of_another_key_is_no_answer(
    redis_url: str, master: Master, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    before = read(master)
    whole = availability._bounds(horizon(NOW))
    key = availability._key(whole, master.pk, generation_of(master))
    _, kept = cache.get(key)
    with django_assert_num_queries(1):
        assert read(master) == before
    for value in other_shapes(key, kept):
        cache.set(key, value)
        with django_assert_num_queries(3):
            assert read(master) == before, value

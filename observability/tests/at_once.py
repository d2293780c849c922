"""Races with real connections: every thread has its own, past the pool, and all begin behind one barrier."""

import copy
import fcntl
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from django.conf import settings
from django.db import connections
from django.db.utils import load_backend

T = TypeVar("T")
START_SECONDS = 30


def run_at_once(attempts: Sequence[Callable[[], T]], *, connections: int) -> list[T | Exception]:
    """Make the attempts from so many connections at once; what each gave or raised, in the order of the attempts.

    Every connection is open before the first attempt is made. It takes a transactional test: another connection
    sees nothing of a test's own transaction.
    """
    results: list[T | Exception] = [AssertionError("never made")] * len(attempts)
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in range(len(attempts)):
        waiting.put(number)
    barrier = threading.Barrier(connections)

    def work() -> None:
        with _own_connection():
            barrier.wait(START_SECONDS)
            while True:
                try:
                    number = waiting.get_nowait()
                except queue.Empty:
                    return
                try:
                    results[number] = attempts[number]()
                except Exception as error:
                    results[number] = error

    with _one_storm_at_a_time():
        threads = [threading.Thread(target=work, name=f"racer {n}") for n in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return results


@contextmanager
def _own_connection() -> Iterator[None]:
    """This thread's `default` connection is a real one, opened now and closed whatever happens."""
    config = copy.deepcopy(connections["default"].settings_dict)
    config["OPTIONS"].pop("pool", None)
    wrapper = load_backend(config["ENGINE"]).DatabaseWrapper(config, "default")
    connections["default"] = wrapper
    try:
        wrapper.ensure_connection()
        yield
    finally:
        wrapper.close()


@contextmanager
def _one_storm_at_a_time() -> Iterator[None]:
    """Parallel test processes share one server, whose connections are enough for one storm (Debian's allows 100)."""
    settings.DATA_DIR.mkdir(mode=0o700, exist_ok=True)
    with (settings.DATA_DIR / "storm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

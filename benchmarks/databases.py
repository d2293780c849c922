"""The two scratch shops: alike but for the length of their past."""

import sys
from contextlib import suppress
from typing import Any

import psycopg

from benchmarks import server, shop
from benchmarks.plan import Diary
from benchmarks.worker import Worker

PROCESSES = 2
CHAIRS = 8
BUSY = 10
CHUNK = 50_000


class Database:
    """A shop, its two workers, and a connection to count with."""

    def __init__(self, name: str, opened: shop.Shop) -> None:
        self.name = name
        self.shop = opened
        self.diary = Diary()
        self.workers = [Worker(name) for _ in range(PROCESSES)]
        self.connection: psycopg.Connection[tuple[Any, ...]] = server.connect(name)

    def add_history(self, *, already: int, total: int) -> None:
        """Both workers load; the n-th visit is the same whatever the total."""
        chunks = [(first, min(first + CHUNK, total)) for first in range(already, total, CHUNK)]
        for number in range(0, len(chunks), PROCESSES):
            pairs = list(zip(self.workers, chunks[number : number + PROCESSES], strict=False))
            for worker, (first, end) in pairs:
                worker.send(shop.add_history, shop=self.shop, first=first, end=end)
            for worker, _ in pairs:
                worker.receive()
            say(f"{pairs[-1][1][1]:,} old bookings")
        self.tidy()
        with suppress(psycopg.errors.InsufficientPrivilege):
            self.connection.execute("CHECKPOINT")

    def tidy(self) -> None:
        """What autovacuum would do at a moment of its own choice."""
        self.workers[0].call(shop.tidy)

    def close(self) -> None:
        self.connection.close()
        for worker in self.workers:
            worker.stop()


def open_shop(name: str, *, clients: int) -> shop.Shop:
    worker = Worker(name)
    try:
        return worker.call(shop.open_shop, chairs=CHAIRS, busy=BUSY, clients=clients)
    finally:
        worker.stop()


def say(text: str) -> None:
    """Progress, for people."""
    print(text, file=sys.stderr, flush=True)

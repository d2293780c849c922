"""One run: two shops, then rounds in which every side has one slice, in a new order each time."""

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from benchmarks import statements
from benchmarks.databases import Database, open_shop, say
from benchmarks.plan import LANES
from benchmarks.redis_server import redis_server
from benchmarks.server import scratch_databases
from benchmarks.sides import Load, Measure, Sides

WARM_UP = Load(pgbench=10, service=10, seconds=0.1, taps=20)


class Plan(NamedTuple):
    """`old` and `older` are the numbers of old bookings of the two shops."""

    old: int
    older: int
    rounds: int
    load: Load

    @property
    def clients(self) -> int:
        """Everybody books once: in each round, in the warm-up, and for the capture."""
        loads = [WARM_UP, *[self.load] * self.rounds]
        return LANES * (2 + sum(load.pgbench + load.service for load in loads))


FULL = Plan(old=1_000, older=1_000_000, rounds=7, load=Load(pgbench=250, service=100, seconds=0.4, taps=200))
QUICK = Plan(old=1_000, older=10_000, rounds=1, load=Load(pgbench=20, service=10, seconds=0.1, taps=20))


def run(plan: Plan, *, seed: int) -> dict[str, list[Measure]]:
    """Every side's measures, one per round."""
    with _redis() as redis_url, _shops(plan) as (small, large):
        script = small.workers[0].call(statements.capture, small.shop, small.diary.next_slice(per_lane=2))
        warm_up = Sides(small=small, large=large, script=script, load=WARM_UP, redis_url=redis_url).all
        measures: dict[str, list[Measure]] = {name: [] for side in warm_up for name in side()}
        sides = Sides(small=small, large=large, script=script, load=plan.load, redis_url=redis_url).all
        order = random.Random(seed)
        for number in range(plan.rounds):
            began = time.monotonic()
            for database in (small, large):
                database.tidy()
            for side in order.sample(sides, len(sides)):
                for name, measure in side().items():
                    measures[name].append(measure)
            say(f"round {number + 1} of {plan.rounds}: {time.monotonic() - began:.0f} s")
        return measures


@contextmanager
def _redis() -> Iterator[str]:
    """The URL of a Redis of our own, or none where the program is missing."""
    if not shutil.which("redis-server"):
        say("redis-server is missing: the cache in Redis is not measured. `make system-packages` installs it.")
        yield ""
        return
    with redis_server() as url:
        yield url


@contextmanager
def _shops(plan: Plan) -> Iterator[tuple[Database, Database]]:
    """The shop with a short past and its copy with a long one."""
    opened: list[Database] = []
    with scratch_databases() as scratch:
        try:
            say("Opening two shops ...")
            name = scratch.create("small")
            shop = open_shop(name, clients=plan.clients)
            copy = scratch.create("large", template=name)
            for each, total in ((name, plan.old), (copy, plan.older)):
                opened.append(Database(each, shop))
                opened[-1].add_history(already=0, total=total)
            small, large = opened
            yield small, large
        finally:
            for database in opened:
                database.close()

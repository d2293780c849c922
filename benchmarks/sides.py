"""What is measured: a side does one slice and says what a booking or a call took."""

from collections.abc import Callable
from typing import NamedTuple

from benchmarks import booking, pgbench, slots
from benchmarks.databases import Database
from benchmarks.errors import WrongResult
from benchmarks.ledger import Ledger
from benchmarks.plan import LANES
from benchmarks.server import ServerClock
from benchmarks.slots import How
from benchmarks.statements import Script

SHAPES = {"slots_1x14": (1, 14), "slots_10x30": (10, 30)}


class Measure(NamedTuple):
    """Seconds per booking or call: on the clock, of the client's processor time, of the server's (if it is here)."""

    wall: float
    client: float
    server: float | None


class Load(NamedTuple):
    """How much a slice does: bookings per lane of either side, seconds of calls."""

    pgbench: int
    service: int
    seconds: float


Side = Callable[[], Measure]


class Sides:
    """The references and the candidates by name."""

    def __init__(self, *, small: Database, large: Database, script: Script, load: Load, redis_url: str = "") -> None:
        self._script = script
        self._load = load
        self._clock = ServerClock()
        self.by_name: dict[str, Side] = {
            "booking: pgbench": lambda: self._pgbench(small),
            "booking: service": lambda: self._service(small),
            "booking: service, long history": lambda: self._service(large),
        }
        for shape in SHAPES:
            self._add_slots(f"{shape}: sql", small, shape, How.SQL)
            self._add_slots(f"{shape}: service", small, shape, How.DATABASE)
            self._add_slots(f"{shape}: service, long history", large, shape, How.DATABASE)
            self._add_slots(f"{shape}: cached", small, shape, How.CACHE)
            if redis_url:
                self._add_slots(f"{shape}: cached in Redis", small, shape, How.CACHE, redis_url)

    def _add_slots(self, name: str, database: Database, shape: str, how: How, redis_url: str = "") -> None:
        self.by_name[name] = lambda: self._slots(database, shape, how, redis_url)

    def _pgbench(self, database: Database) -> Measure:
        planned, ledger = database.diary.next_slice(self._load.pgbench), Ledger(database.connection)
        before = self._clock.seconds()
        run = pgbench.run(database=database.name, script=self._script, shop=database.shop, planned=planned)
        spent = self._spent_since(before, run.committed)
        ledger.check(run.committed)
        return Measure(run.wall / run.committed, run.cpu / run.committed, spent)

    def _service(self, database: Database) -> Measure:
        planned, ledger = database.diary.next_slice(self._load.service), Ledger(database.connection)
        before = self._clock.seconds()
        share = LANES // len(database.workers)
        for number, worker in enumerate(database.workers):
            lanes = range(number * share, (number + 1) * share)
            worker.send(booking.book, shop=database.shop, planned=planned, lanes=lanes)
        timings: list[booking.Timing] = [worker.receive() for worker in database.workers]
        booked = sum(timing.booked for timing in timings)
        spent = self._spent_since(before, booked)
        if booked != planned.bookings:
            raise WrongResult(f"The service made {booked} bookings of {planned.bookings}.")
        ledger.check(booked)
        wall = max(timing.ended for timing in timings) - min(timing.began for timing in timings)
        return Measure(wall / booked, sum(timing.cpu for timing in timings) / booked, spent)

    def _slots(self, database: Database, shape: str, how: How, redis_url: str) -> Measure:
        masters, days = SHAPES[shape]
        before = self._clock.seconds()
        sample = database.workers[0].call(
            slots.measure,
            masters=database.shop.busy[:masters],
            days=days,
            how=how,
            seconds=self._load.seconds,
            redis_url=redis_url,
        )
        return Measure(sample.wall, sample.cpu, self._spent_since(before, sample.calls))

    def _spent_since(self, before: float | None, calls: int) -> float | None:
        now = self._clock.seconds()
        return None if before is None or now is None else (now - before) / calls

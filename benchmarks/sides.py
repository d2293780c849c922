"""What is measured: a side does one slice and says what a booking, a call or a tap took."""

from collections.abc import Callable
from typing import NamedTuple

from benchmarks import booking, pgbench, slots, taps
from benchmarks.bots import Which
from benchmarks.databases import Database
from benchmarks.errors import WrongResult
from benchmarks.ledger import Ledger
from benchmarks.plan import LANES
from benchmarks.server import ServerClock
from benchmarks.slots import How
from benchmarks.statements import Script

SHAPES = {"slots_1x14": (1, 14), "slots_10x30": (10, 30)}


class Measure(NamedTuple):
    """Seconds per booking, call or tap: on the clock, of the client's processor, of the server's (if it is here)."""

    wall: float
    client: float
    server: float | None


class Load(NamedTuple):
    """How much a slice does: bookings per lane of either side, seconds of calls, taps on a bot."""

    pgbench: int
    service: int
    seconds: float
    taps: int


# Named by what was measured: a slice in which two things took turns measures both.
Side = Callable[[], dict[str, Measure]]


class Sides:
    """The references and the candidates."""

    def __init__(self, *, small: Database, large: Database, script: Script, load: Load, redis_url: str = "") -> None:
        self._script = script
        self._load = load
        self._clock = ServerClock()
        self.all: list[Side] = [
            lambda: {"booking: pgbench": self._pgbench(small)},
            lambda: {"booking: service": self._service(small)},
            lambda: {"booking: service, long history": self._service(large)},
        ]
        for shape in SHAPES:
            self._add_slots(f"{shape}: sql", small, shape, How.SQL)
            self._add_slots(f"{shape}: service", small, shape, How.DATABASE)
            self._add_slots(f"{shape}: service, long history", large, shape, How.DATABASE)
            self._add_slots(f"{shape}: cached", small, shape, How.CACHE)
            if redis_url:
                self._add_slots(f"{shape}: cached in Redis", small, shape, How.CACHE, redis_url)
        self.all += [
            lambda: self._taps(small, Which.BARE),
            lambda: self._taps(small, Which.PRODUCT),
            lambda: self._taps(small, Which.PRODUCT, is_flooded=True),
        ]

    def _add_slots(self, name: str, database: Database, shape: str, how: How, redis_url: str = "") -> None:
        self.all.append(lambda: {name: self._slots(database, shape, how, redis_url)})

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

    def _taps(self, database: Database, which: Which, *, is_flooded: bool = False) -> dict[str, Measure]:
        before, count = self._clock.seconds(), self._load.taps
        tapped = taps.measure(worker=database.workers[0], which=which, taps=count, is_flooded=is_flooded)
        spent = self._spent_since(before, taps.WARM_UP_TAPS + count)
        calm = Measure(tapped.calm, tapped.cpu, spent)
        if tapped.flooded is None:
            return {f"tap: {which}": calm}
        return {f"tap: {which}, between floods": calm, f"tap: {which}, in a flood": calm._replace(wall=tapped.flooded)}

    def _spent_since(self, before: float | None, calls: int) -> float | None:
        now = self._clock.seconds()
        return None if before is None or now is None else (now - before) / calls

"""What the races share: a crowd, a pause between one side's check and its write, protections taken away, and counts."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from django.db import OperationalError, connection
from psycopg import errors

from accounts.models import User
from accounts.tests.factories import UserFactory
from observability.tests.at_once import run_at_once

P = ParamSpec("P")
T = TypeVar("T")

# A control proves something when the harm is done in at least so many of so many rounds.
CONTROL_ROUNDS = 10
ENOUGH = 9
PATIENCE = 20.0
_LOOK_EVERY = 0.01
_WAITING = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
"""
_FORGET = """
    TRUNCATE availability_blocks, bookings, slot_offers, waitlist_entries, audit_events, procrastinate_jobs CASCADE
"""
_OVERLAPS = """
    SELECT count(*) FROM availability_blocks a JOIN availability_blocks b
        ON a.master_id = b.master_id AND a.id < b.id AND a.during && b.during
"""


class Pause:
    """Stops one side between its check and its write, until the other side is through or waits for it in the database.

    So the worst order of events is tried every time: with the protection the other side has to wait, without it
    nothing keeps it.
    """

    def __init__(self) -> None:
        self._slow = threading.local()
        self._reached = threading.Event()
        self._over = threading.Event()

    def after(self, step: Callable[P, T]) -> Callable[P, T]:
        """The step, with the pause behind it when the slow side takes it for the first time."""

        def stepped(*args: P.args, **kwargs: P.kwargs) -> T:
            result = step(*args, **kwargs)
            self._stop_here()
            return result

        return stepped

    def before(self, step: Callable[P, T]) -> Callable[P, T]:
        """The step, with the pause in front of it."""

        def stepped(*args: P.args, **kwargs: P.kwargs) -> T:
            self._stop_here()
            return step(*args, **kwargs)

        return stepped

    def _stop_here(self) -> None:
        if not getattr(self._slow, "runs", False) or self._reached.is_set():
            return
        self._reached.set()
        until_others_wait(1, but_for=self._over)

    def run(self, slow: Callable[[], T], quick: Callable[[], T]) -> tuple[T | Exception, T | Exception]:
        """Let the quick side act in the slow one's pause; what each gave or raised."""

        def slowly() -> T:
            self._slow.runs = True
            try:
                return slow()
            finally:
                self._reached.set()

        def quickly() -> T:
            self._reached.wait(PATIENCE)
            try:
                return quick()
            finally:
                self._over.set()

        first, second = run_at_once([slowly, quickly], connections=2)
        return first, second


def until_others_wait(number: int, *, but_for: threading.Event) -> None:
    """Return when so many connections wait for locks, or what else would do has happened."""
    for _ in range(int(PATIENCE / _LOOK_EVERY)):
        if but_for.wait(_LOOK_EVERY):
            return
        with connection.cursor() as cursor:
            cursor.execute(_WAITING)
            (waiting,) = cursor.fetchone()
        if waiting >= number:
            return
    raise AssertionError("The others neither got through nor wait.")


class Meeting:
    """Where so many sides wait for one another before they go on; who waits too long goes on alone."""

    def __init__(self, sides: int) -> None:
        self._barrier = threading.Barrier(sides)

    def wait(self) -> None:
        try:
            self._barrier.wait(PATIENCE)
        except threading.BrokenBarrierError as error:
            raise AssertionError("The others did not come.") from error

    def after(self, step: Callable[P, T]) -> Callable[P, T]:
        """The step, after which every side waits for the others."""

        def stepped(*args: P.args, **kwargs: P.kwargs) -> T:
            result = step(*args, **kwargs)
            self.wait()
            return result

        return stepped


def count_harm(play: Callable[[], bool], *, rounds: int = CONTROL_ROUNDS) -> int:
    """In how many rounds harm was done; each begins without a booking."""
    harmed = 0
    for _ in range(rounds):
        harmed += play()
        forget_bookings()
    return harmed


def no_lock(*_args: object, **_kwargs: object) -> list[int]:
    """In place of `lock_masters`: nobody waits for anybody."""
    return []


@contextmanager
def without_constraints(table: str, *names: str) -> Iterator[None]:
    """The database accepts what these constraints and the table's own triggers refuse.

    Afterwards the table is empty, and they are back.
    """
    definitions = {}
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for name in names:
            cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name])
            (definitions[name],) = cursor.fetchone()
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {table} CASCADE")
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            for name, definition in definitions.items():
                cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def crowd(number: int) -> list[int]:
    """The ids of so many new clients."""
    return [user.pk for user in User.objects.bulk_create(UserFactory.build_batch(number))]


def outcomes(results: Sequence[Any]) -> Counter[str]:
    """How many of each kind came out, by the name of the type."""
    return Counter(type(result).__name__ for result in results)


def is_deadlock(result: object) -> bool:
    """Whether PostgreSQL broke it off because two waited for one another."""
    return isinstance(result, OperationalError) and isinstance(result.__cause__, errors.DeadlockDetected)


def overlaps() -> int:
    """The pairs of blocks of a master that overlap."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERLAPS)
        (number,) = cursor.fetchone()
    return int(number)


def forget_bookings() -> None:
    """No booking, offer or place in line, no block, trail or job any more."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET)

"""What is kept of free time is never stale: in this process, in another one, and after the worst that may happen."""

import datetime as dt
from collections.abc import Callable, Mapping

import hypothesis
import pytest
from django.db import connection, connections, transaction
from pytest_django import DjangoAssertNumQueries

from accounts.actors import THE_SHOP
from schedules import availability, claims, services
from schedules.calendar import DayRange, horizon
from schedules.claims import claim_time, lock_masters, move_time, release_time
from schedules.intervals import Interval
from schedules.models import BlockKind, Master
from schedules.selectors import Slot, free_slots
from schedules.tests.caches import redis_url
from schedules.tests.factories import MONDAY, MasterFactory, add_shifts
from schedules.tests.reader import ReadingProcess, reading_process
from schedules.tests.worlds import World, worlds

__all__ = ["redis_url"]

pytestmark = pytest.mark.django_db(transaction=True)

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
TUESDAY = MONDAY + dt.timedelta(days=1)
TUESDAY_10 = dt.datetime(2026, 3, 3, 7, tzinfo=dt.UTC)
DAYS = DayRange(MONDAY, MONDAY + dt.timedelta(days=9))
WITHOUT_GENERATION = "SELECT is_active FROM masters WHERE id = %s FOR NO KEY UPDATE"


@pytest.fixture
def master() -> Master:
    """From 10 to 16, Monday to Friday, lunch from 13 to 14; locked once, as whoever makes a rota does."""
    return add_master()


def add_master() -> Master:
    master = MasterFactory.create()
    add_shifts(master, days=range(5), starts=dt.time(10), ends=dt.time(16))
    with transaction.atomic():
        lock_masters([master.pk])
    return master


def take(master: Master, starts_at: dt.datetime = TUESDAY_10) -> int:
    with transaction.atomic():
        lock_masters([master.pk])
        return claim_time(master_id=master.pk, kind=BlockKind.BREAK, starts_at=starts_at, ends_at=starts_at + HOUR)


def give_back(master: Master, block_id: int) -> None:
    with transaction.atomic():
        lock_masters([master.pk])
        release_time(block_id)


def read(*masters: Master, days: DayRange = DAYS, now: dt.datetime = NOW) -> list[Slot]:
    return free_slots(needs={master.pk: 60 for master in masters}, days=days, now=now)


def truth(*masters: Master, days: DayRange = DAYS) -> list[Slot]:
    """Read in a transaction, where nothing comes from the cache."""
    with transaction.atomic():
        return read(*masters, days=days)


def generation_of(master: Master) -> int:
    return Master.objects.values_list("generation", flat=True).get(pk=master.pk)


def is_free(starts_at: dt.datetime, slots: list[Slot]) -> bool:
    return starts_at in {slot.starts_at for slot in slots}


# --- Queries ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("masters", [1, 5])
@pytest.mark.parametrize("days", [1, 30])
def test_first_read_takes_three_queries_and_the_second_one_whatever_the_days_and_masters(
    redis_url: str, django_assert_num_queries: DjangoAssertNumQueries, masters: int, days: int
) -> None:
    crew = [add_master() for _ in range(masters)]
    asked = DayRange(TUESDAY, MONDAY + dt.timedelta(days=days))
    with django_assert_num_queries(3):  # generations, what is computed from, and the generations again
        first = read(*crew, days=asked)
    with django_assert_num_queries(1):
        second = read(*crew, days=asked)
    assert first == second == truth(*crew, days=asked) != []


def test_what_is_kept_of_the_horizon_answers_for_every_day_of_it(
    redis_url: str, master: Master, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    take(master)
    whole = read(master, days=horizon(NOW))
    with django_assert_num_queries(31):
        by_day = [slot for day in horizon(NOW) for slot in read(master, days=DayRange(day, day))]
    assert by_day == whole == truth(master, days=horizon(NOW))


@hypothesis.settings(derandomize=True, database=None, deadline=None, max_examples=25)
@hypothesis.given(world=worlds())
def test_days_cut_out_of_the_horizon_are_those_days(world: World) -> None:
    with world.in_database() as masters:
        ids, whole = [master.pk for master in masters], horizon(world.now)
        kept = {pk: availability._packed(times) for pk, times in availability.read_free_time(ids, whole).items()}
        for day in whole:
            cut = {
                pk: availability._within(each, availability._bounds(DayRange(day, day))) for pk, each in kept.items()
            }
            alone = availability.read_free_time(ids, DayRange(day, day))
            assert _intervals(cut) == _intervals(alone)


def _intervals(free: Mapping[int, availability.FreeTime]) -> set[tuple[int, int, Interval]]:
    return {(pk, phase, each) for pk, times in free.items() for phase, intervals in times.items() for each in intervals}


def test_only_whose_generation_is_new_is_computed_again(
    redis_url: str, master: Master, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    other = add_master()
    read(master, other)
    take(other)
    with django_assert_num_queries(3) as captured:
        slots = read(master, other)
    assert slots == truth(master, other)
    computed = next(query["sql"] for query in captured.captured_queries if "FROM rotas" in query["sql"])
    assert str(other.pk) in computed
    assert str(master.pk) not in computed


def test_master_whom_nobody_has_locked_is_not_kept(
    redis_url: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    master = MasterFactory.create()
    assert generation_of(master) == 0
    assert read(master) == []
    add_shifts(master, days=[1], starts=dt.time(10), ends=dt.time(11))
    with django_assert_num_queries(2):
        slots = read(master)
    assert slots == [Slot(TUESDAY_10, master.pk), Slot(TUESDAY_10 + dt.timedelta(days=7), master.pk)]


def test_caller_who_changes_the_answer_changes_nothing_that_is_kept(redis_url: str, master: Master) -> None:
    for _ in range(2):
        for intervals in availability.free_time([master.pk], days=DAYS, now=NOW)[master.pk].values():
            intervals.clear()
    assert read(master) == truth(master) != []


# --- Another process ----------------------------------------------------------------------------------------------

Write = Callable[[Master], object]


def move(master: Master) -> None:
    with transaction.atomic():
        lock_masters([master.pk])
        block_id = master.blocks.values_list("pk", flat=True).get()
        move_time(block_id, kind=BlockKind.HOLD, starts_at=TUESDAY_10 + HOUR, ends_at=TUESDAY_10 + 2 * HOUR)


def set_rota(master: Master) -> None:
    hours = {day: [(dt.time(11), dt.time(18))] for day in range(3)}
    services.set_rota(
        master_id=master.pk, from_day=TUESDAY, cycle_days=7, cycle_anchor=MONDAY, hours=hours, by=THE_SHOP, now=NOW
    )


def set_activity(is_active: bool) -> Write:
    return lambda master: services.update_master(
        master_id=master.pk, name=master.name, is_active=is_active, by=THE_SHOP
    )


WRITES: dict[str, Write] = {
    "time is taken": take,
    "a block moves": move,
    "time is given back": lambda master: give_back(master, master.blocks.get().pk),
    "lunch is moved": lambda master: services.set_lunch(
        master_id=master.pk, lunch=None, from_day=MONDAY, one_day=False, by=THE_SHOP, now=NOW
    ),
    "a day has other hours": lambda master: services.set_day_hours(
        master_id=master.pk, day=TUESDAY, hours=[], by=THE_SHOP, now=NOW
    ),
    "the day is as usual": lambda master: services.clear_day_hours(
        master_id=master.pk, day=TUESDAY, by=THE_SHOP, now=NOW
    ),
    "the rota is another": set_rota,
    "the master takes no bookings": set_activity(False),
    "the master takes bookings again": set_activity(True),
}


def test_another_process_reads_each_write_as_soon_as_it_is_committed(redis_url: str, master: Master) -> None:
    with reading_process(redis_url=redis_url) as reader:
        for what, write in WRITES.items():
            before = warmed(reader, master)
            write(master)
            after = reader.read(master.pk, days=DAYS, now=NOW)
            assert after == truth(master) == read(master), what
            assert after != before, what


def test_control_without_a_new_generation_another_process_would_read_what_is_no_more(
    redis_url: str, master: Master, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "_LOCK", WITHOUT_GENERATION)
    with reading_process(redis_url=redis_url) as reader:
        before = warmed(reader, master)
        take(master)
        assert reader.read(master.pk, days=DAYS, now=NOW) == before != truth(master)


@pytest.mark.parametrize("redis_url", [pytest.param("redis", marks=pytest.mark.redis)], indirect=True)
def test_processes_with_one_redis_share_what_is_kept(redis_url: str, master: Master) -> None:
    with reading_process(redis_url=redis_url) as reader:
        read(master)
        assert reader.read(master.pk, days=DAYS, now=NOW) == truth(master)
        assert reader.queries == 1


def warmed(reader: ReadingProcess, master: Master) -> list[Slot]:
    """What the process reads, kept by then."""
    reader.read(master.pk, days=DAYS, now=NOW)
    slots = reader.read(master.pk, days=DAYS, now=NOW)
    assert reader.queries == 1
    return slots


# --- Transactions -------------------------------------------------------------------------------------------------


def read_under_the_lock_then_take(master: Master) -> None:
    with transaction.atomic():
        lock_masters([master.pk])
        assert is_free(TUESDAY_10, read(master))
        claim_time(master_id=master.pk, kind=BlockKind.BREAK, starts_at=TUESDAY_10, ends_at=TUESDAY_10 + HOUR)
        assert not is_free(TUESDAY_10, truth(master))


def test_what_is_read_in_a_transaction_is_not_kept(redis_url: str, master: Master) -> None:
    read_under_the_lock_then_take(master)
    assert not is_free(TUESDAY_10, read(master))


def test_control_kept_from_a_transaction_it_would_be_stale(
    redis_url: str, master: Master, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(type(connections["default"]), "get_autocommit", lambda self: True)
        with transaction.atomic():
            lock_masters([master.pk])
            read(master)
            claim_time(master_id=master.pk, kind=BlockKind.BREAK, starts_at=TUESDAY_10, ends_at=TUESDAY_10 + HOUR)
    assert is_free(TUESDAY_10, read(master))
    assert not is_free(TUESDAY_10, truth(master))


def test_what_is_kept_is_not_read_in_a_transaction(redis_url: str, master: Master) -> None:
    read(master)
    with transaction.atomic():
        claim_time(master_id=master.pk, kind=BlockKind.BREAK, starts_at=TUESDAY_10, ends_at=TUESDAY_10 + HOUR)
        assert not is_free(TUESDAY_10, read(master))


def test_write_that_is_rolled_back_leaves_no_trace(redis_url: str, master: Master) -> None:
    before = read(master)
    with reading_process(redis_url=redis_url) as reader, transaction.atomic():
        lock_masters([master.pk])
        rolled_back = generation_of(master)
        claim_time(master_id=master.pk, kind=BlockKind.BREAK, starts_at=TUESDAY_10, ends_at=TUESDAY_10 + HOUR)
        read(master)
        assert reader.read(master.pk, days=DAYS, now=NOW) == before
        transaction.set_rollback(True)
    assert read(master) == before
    take(master)
    assert generation_of(master) > rolled_back
    assert read(master) == truth(master) != before


def test_with_autocommit_off_nothing_is_kept(redis_url: str, master: Master) -> None:
    before = read(master)
    transaction.set_autocommit(False)
    try:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM shifts")
        assert read(master) == []
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)
    assert read(master) == before

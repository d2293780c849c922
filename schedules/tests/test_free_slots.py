"""Free slots against the oracle, and the examples that people would think of."""

import datetime as dt
import os
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries, Settings

from schedules.availability import read_free_time
from schedules.calendar import DayRange
from schedules.claims import check_slot
from schedules.errors import ScheduleError
from schedules.models import BlockKind, Lunch, Master, Rota, Shift
from schedules.selectors import Slot, free_slots
from schedules.tests.factories import BLOCK_KINDS, MONDAY, BlockFactory, MasterFactory, add_shifts
from schedules.tests.oracle import grid_of, naive_free_slots
from schedules.tests.worlds import World, worlds

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TUESDAY = MONDAY + DAY
# The same examples in every run; the storm below looks for new ones.
SAME = settings(
    derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
STORM = settings(SAME, derandomize=False, max_examples=300 if os.environ.get("QUICK") == "1" else 5000)


# --- Properties ---------------------------------------------------------------------------------------------------


def slots_agree_with_the_oracle(world: World) -> None:
    with world.in_database() as masters:
        needs = {m.pk: w.taken_minutes for m, w in zip(masters, world.workers, strict=True)}
        expected = naive_free_slots(world, masters)
        event("slots" if expected else "no slots")
        assert free_slots(needs=needs, days=world.days, now=world.now) == expected


def check_agrees_with_the_slots(world: World, starts: list[dt.timedelta]) -> None:
    """A start passes the check if, and only if, it is among the free slots: also where those begin and end."""
    with world.in_database() as masters:
        master, taken = masters[0], world.workers[0].taken_minutes
        days = DayRange(world.days.first - DAY, world.days.first + DAY)
        offered = {slot.starts_at for slot in free_slots(needs={master.pk: taken}, days=days, now=world.now)}
        zone = ZoneInfo(world.zone)
        midnight = dt.datetime.combine(days.first, dt.time.min, zone).astimezone(dt.UTC)
        candidates = {midnight + start for start in starts} | _on_the_edge(offered)
        candidates |= set(grid_of(world.zone, world.days.first))
        for starts_at in candidates:
            if days.first <= starts_at.astimezone(zone).date() <= days.last:
                passes = _passes(master.pk, starts_at, taken, world.now)
                event("passes" if passes else "refused")
                assert passes == (starts_at in offered), starts_at


def _on_the_edge(offered: set[dt.datetime]) -> set[dt.datetime]:
    """The slots whose neighbour on the grid is none, those neighbours, and the same times on the days beside."""
    half_an_hour = dt.timedelta(minutes=30)
    edge = {slot for slot in offered if not {slot - half_an_hour, slot + half_an_hour} <= offered}
    return {slot + shift for slot in edge for shift in (-DAY, -half_an_hour, dt.timedelta(), half_an_hour, DAY)}


def _passes(master_id: int, starts_at: dt.datetime, taken: int, now: dt.datetime) -> bool:
    try:
        check_slot(master_id=master_id, starts_at=starts_at, taken_minutes=taken, now=now)
    except ScheduleError:
        return False
    return True


_starts = st.lists(
    st.builds(
        dt.timedelta, minutes=st.integers(0, 4 * 48).map(lambda n: n * 15), seconds=st.sampled_from([0, 0, 0, 30])
    ),
    max_size=12,
)


@settings(SAME, max_examples=120)
@given(world=worlds())
def test_free_slots_are_those_of_the_minute_by_minute_oracle(world: World) -> None:
    slots_agree_with_the_oracle(world)


@settings(SAME, max_examples=60)
@given(world=worlds(), starts=_starts)
def test_check_passes_a_start_if_and_only_if_it_is_offered(world: World, starts: list[dt.timedelta]) -> None:
    check_agrees_with_the_slots(world, starts)


@pytest.mark.soak
@pytest.mark.timeout(900)
@STORM
@given(world=worlds(), starts=_starts)
def test_storm_of_new_worlds_finds_no_difference(world: World, starts: list[dt.timedelta]) -> None:
    slots_agree_with_the_oracle(world)
    check_agrees_with_the_slots(world, starts)


# --- Examples -----------------------------------------------------------------------------------------------------


def clock(slots: list[Slot], zone: str = "Europe/Moscow") -> list[str]:
    """What the shop's clock shows at each slot."""
    return [f"{slot.starts_at.astimezone(ZoneInfo(zone)):%d %H:%M}" for slot in slots]


def on(day: dt.date, master: Master, *, taken: int = 60, now: dt.datetime | None = None) -> list[Slot]:
    now = now or dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
    return free_slots(needs={master.pk: taken}, days=DayRange(day, day), now=now)


@pytest.fixture
def master(db: None) -> Master:
    """From 10 to 16, Monday to Friday, lunch from 13 to 14."""
    master = MasterFactory.create()
    add_shifts(master, days=range(5), starts=dt.time(10), ends=dt.time(16))
    return master


def test_hour_long_visits_end_before_lunch_and_before_the_shift_does(master: Master) -> None:
    assert clock(on(TUESDAY, master)) == [
        f"03 {time}" for time in ("10:00", "10:30", "11:00", "11:30", "12:00", "14:00", "14:30", "15:00")
    ]


def test_buffer_counts_as_taken(master: Master) -> None:
    assert clock(on(TUESDAY, master, taken=75)) == [
        f"03 {time}" for time in ("10:00", "10:30", "11:00", "11:30", "14:00", "14:30")
    ]


def test_today_begins_after_the_minimum_notice(master: Master) -> None:
    assert clock(on(MONDAY, master, now=dt.datetime(2026, 3, 2, 11, 30, tzinfo=dt.UTC))) == ["02 15:00"]
    assert on(MONDAY, master, now=dt.datetime(2026, 3, 2, 11, 30, 1, tzinfo=dt.UTC)) == []


def test_days_past_and_days_beyond_the_horizon_have_no_slots(master: Master, settings: Settings) -> None:
    settings.BOOKING_HORIZON_DAYS = 1
    week = DayRange(MONDAY - dt.timedelta(days=7), MONDAY + dt.timedelta(days=7))
    slots = free_slots(needs={master.pk: 60}, days=week, now=dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))
    assert {text[:2] for text in clock(slots)} == {"02", "03"}


def test_days_in_the_wrong_order_have_no_slots(master: Master) -> None:
    days = DayRange(TUESDAY, MONDAY)
    assert free_slots(needs={master.pk: 60}, days=days, now=dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)) == []


def test_two_on_two_off_repeats_also_before_its_anchor(settings: Settings) -> None:
    settings.BOOKING_HORIZON_DAYS = 12
    master = MasterFactory.create()
    anchor = dt.date(2026, 3, 10)
    add_shifts(master, days=range(2), starts=dt.time(10), ends=dt.time(11), cycle_days=4, cycle_anchor=anchor)
    slots = free_slots(
        needs={master.pk: 60},
        days=DayRange(MONDAY, dt.date(2026, 4, 1)),
        now=dt.datetime(2026, 3, 1, 21, tzinfo=dt.UTC),
    )
    assert [text[:2] for text in clock(slots)] == ["02", "03", "06", "07", "10", "11", "14"]


def test_time_off_that_began_weeks_ago_still_counts(master: Master) -> None:
    BlockFactory.create(
        master=master,
        begins=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        ends=dt.datetime(2026, 3, 3, 9, tzinfo=dt.UTC),
    )
    assert clock(on(TUESDAY, master)) == ["03 12:00", "03 14:00", "03 14:30", "03 15:00"]


@pytest.mark.parametrize("kind", BLOCK_KINDS)
def test_block_of_a_day_that_began_the_evening_before_counts(master: Master, kind: BlockKind) -> None:
    begins = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
    BlockFactory.create(master=master, kind=kind, begins=begins, ends=begins + DAY)
    assert clock(on(TUESDAY, master)) == ["03 12:00", "03 14:00", "03 14:30", "03 15:00"]


def test_block_with_odd_seconds_takes_every_minute_that_it_touches(master: Master) -> None:
    BlockFactory.create(
        master=master,
        kind=BlockKind.BREAK,
        begins=dt.datetime(2026, 3, 3, 7, 59, 59, tzinfo=dt.UTC),
        ends=dt.datetime(2026, 3, 3, 8, 30, 1, tzinfo=dt.UTC),
    )
    assert clock(on(TUESDAY, master))[:3] == ["03 12:00", "03 14:00", "03 14:30"]


def test_slots_of_several_masters_come_by_time_and_then_by_master(master: Master) -> None:
    other = MasterFactory.create()
    add_shifts(other, days=[1], starts=dt.time(10), ends=dt.time(11, 30))
    slots = free_slots(
        needs={other.pk: 60, master.pk: 180},
        days=DayRange(TUESDAY, TUESDAY),
        now=dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC),
    )
    assert [(text, slot.master_id) for text, slot in zip(clock(slots), slots, strict=True)] == [
        ("03 10:00", master.pk),
        ("03 10:00", other.pk),
        ("03 10:30", other.pk),
    ]


def test_master_who_takes_no_bookings_has_no_slots(master: Master) -> None:
    Master.objects.filter(pk=master.pk).update(is_active=False)
    assert on(TUESDAY, master) == []


# --- Queries ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("masters", [1, 10])
@pytest.mark.parametrize("days", [1, 30])
def test_free_slots_take_one_query_whatever_the_number_of_days_and_masters(
    django_assert_num_queries: DjangoAssertNumQueries, masters: int, days: int
) -> None:
    crew = MasterFactory.create_batch(masters)
    for master in crew:
        add_shifts(master, days=range(7), starts=dt.time(10), ends=dt.time(20))
        BlockFactory.create(master=master)
    with django_assert_num_queries(1):
        slots = free_slots(
            needs={master.pk: 60 for master in crew},
            days=DayRange(TUESDAY, TUESDAY + dt.timedelta(days=days - 1)),
            now=dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC),
        )
    assert len(slots) == masters * days * 16


@pytest.mark.parametrize("masters", [1, 10])
@pytest.mark.parametrize("days", [1, 30])
def test_free_time_is_one_query_whatever_was_changed_and_planned(
    django_assert_num_queries: DjangoAssertNumQueries, masters: int, days: int
) -> None:
    """Rotas, days with hours of their own, lunches and lunches of one day come with the shifts."""
    crew = MasterFactory.create_batch(masters)
    for master in crew:
        add_shifts(master, days=range(7), starts=dt.time(10), ends=dt.time(20))
        BlockFactory.create(master=master)
        for n in range(30):
            day = TUESDAY + n * DAY
            for one_day in (False, True):
                rota = Rota.objects.create(master=master, from_day=day, one_day=one_day, cycle_days=1, cycle_anchor=day)
                Shift.objects.create(rota=rota, cycle_day=0, starts=dt.time(10), ends=dt.time(12))
                Lunch.objects.create(master=master, from_day=day, one_day=one_day)
    with django_assert_num_queries(1):
        free = read_free_time([master.pk for master in crew], DayRange(TUESDAY, TUESDAY + (days - 1) * DAY))
    assert {pk: [len(stretches) for stretches in times.values()] for pk, times in free.items()} == {
        master.pk: [days] for master in crew
    }


def test_free_slots_take_one_query_and_no_old_row_with_ten_thousand_blocks(
    master: Master, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO availability_blocks (master_id, kind, during)"
            " SELECT %s, 'break', tstzrange(at, at + interval '30 minutes')"
            " FROM generate_series(1, 10000) AS n,"
            " LATERAL (SELECT %s::timestamptz - n * interval '1 hour' AS at) AS past",
            [master.pk, dt.datetime(2026, 3, 2, 7, tzinfo=dt.UTC)],
        )
        cursor.execute("ANALYZE availability_blocks")
    with django_assert_num_queries(1) as captured:
        assert len(on(TUESDAY, master)) == 8
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) {captured.captured_queries[-1]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Seq Scan on availability_blocks" not in plan
    assert "availability_blocks_by_start" in plan


def test_masters_without_a_working_day_cost_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    master = MasterFactory.create()
    with django_assert_num_queries(1):
        assert on(TUESDAY, master) == []

"""The hours of one day, whatever the cycle says of it."""

import datetime as dt

import pytest
from django.db import IntegrityError
from pytest_django import Settings

from accounts.actors import Actor
from observability.tests.at_once import run_at_once
from schedules.claims import check_slot
from schedules.errors import InvalidHours, OutsideShift, PastDay
from schedules.models import Master, Rota
from schedules.services import ScheduleChange, Stretches, clear_day_hours, set_day_hours, set_rota
from schedules.tests.changes import (
    DAY,
    NINE_TO_ONE,
    TEN_TO_SIX,
    TWO_TO_EIGHT,
    booked,
    hours_on,
    refused,
    tables,
)
from schedules.tests.factories import MONDAY, MasterFactory

TUESDAY, SATURDAY = MONDAY + DAY, MONDAY + 5 * DAY
TUESDAY_10 = dt.datetime(2026, 3, 3, 7, tzinfo=dt.UTC)
USUAL = ((dt.time(10), dt.time(20)),)


def change_day(
    master: Master, by: Actor, now: dt.datetime, *, day: dt.date = TUESDAY, hours: Stretches = (TEN_TO_SIX,)
) -> ScheduleChange:
    return set_day_hours(master_id=master.pk, day=day, hours=hours, by=by, now=now)


def test_another_hour_is_for_that_day_alone(boris: Master, irina: Actor, now: dt.datetime) -> None:
    change_day(boris, irina, now, hours=[NINE_TO_ONE])
    assert [hours_on(boris, TUESDAY + n * DAY) for n in (-1, 0, 1, 7)] == [USUAL, (NINE_TO_ONE,), USUAL, USUAL]
    check_slot(master_id=boris.pk, starts_at=TUESDAY_10 - dt.timedelta(hours=1), taken_minutes=60, now=now)


def test_extra_day_is_work_on_a_day_off(boris: Master, irina: Actor, now: dt.datetime) -> None:
    change_day(boris, irina, now, day=SATURDAY, hours=[TWO_TO_EIGHT, NINE_TO_ONE])
    assert hours_on(boris, SATURDAY) == (NINE_TO_ONE, TWO_TO_EIGHT)
    assert hours_on(boris, SATURDAY + 7 * DAY) == ()


def test_extra_day_is_work_also_for_a_master_without_a_rota(irina: Actor, now: dt.datetime) -> None:
    master = MasterFactory.create()
    change_day(master, irina, now)
    check_slot(master_id=master.pk, starts_at=TUESDAY_10, taken_minutes=60, now=now)
    with pytest.raises(OutsideShift):
        check_slot(master_id=master.pk, starts_at=TUESDAY_10 + DAY, taken_minutes=60, now=now)


def test_no_hours_make_a_day_off(boris: Master, irina: Actor, now: dt.datetime) -> None:
    change_day(boris, irina, now, hours=[])
    assert hours_on(boris, TUESDAY) == ()
    with pytest.raises(OutsideShift):
        check_slot(master_id=boris.pk, starts_at=TUESDAY_10, taken_minutes=60, now=now)


def test_hours_set_twice_are_the_last_ones(boris: Master, irina: Actor, now: dt.datetime) -> None:
    change_day(boris, irina, now, hours=[NINE_TO_ONE, TWO_TO_EIGHT])
    change_day(boris, irina, now, hours=[TEN_TO_SIX])
    assert hours_on(boris, TUESDAY) == (TEN_TO_SIX,)
    assert Rota.objects.filter(master=boris, one_day=True).count() == 1


def test_day_on_which_a_rota_begins_may_have_hours_of_its_own(boris: Master, irina: Actor, now: dt.datetime) -> None:
    change_day(boris, irina, now, hours=[NINE_TO_ONE])
    week = {day: [TWO_TO_EIGHT] for day in range(7)}
    set_rota(master_id=boris.pk, from_day=TUESDAY, cycle_days=7, cycle_anchor=MONDAY, hours=week, by=irina, now=now)
    assert [hours_on(boris, TUESDAY + n * DAY) for n in range(2)] == [(NINE_TO_ONE,), (TWO_TO_EIGHT,)]
    clear_day_hours(master_id=boris.pk, day=TUESDAY, by=irina, now=now)
    assert hours_on(boris, TUESDAY) == (TWO_TO_EIGHT,)


def test_cleared_day_is_the_cycles_again(boris: Master, irina: Actor, now: dt.datetime) -> None:
    change_day(boris, irina, now, hours=[])
    clear_day_hours(master_id=boris.pk, day=TUESDAY, by=irina, now=now)
    assert hours_on(boris, TUESDAY) == USUAL
    assert not Rota.objects.filter(master=boris, one_day=True).exists()


def test_clearing_a_day_without_hours_of_its_own_changes_no_hours(
    boris: Master, irina: Actor, now: dt.datetime
) -> None:
    before = tables()
    clear_day_hours(master_id=boris.pk, day=TUESDAY, by=irina, now=now)
    after = tables()
    assert [after[table] for table in ("rotas", "shifts", "lunches")] == [
        before[table] for table in ("rotas", "shifts", "lunches")
    ]
    assert hours_on(boris, TUESDAY) == USUAL


@pytest.mark.leaves_broken("blocks_without_booking")
def test_bookings_of_that_day_alone_are_in_the_way_and_stay(boris: Master, irina: Actor, now: dt.datetime) -> None:
    evening = booked(boris, TUESDAY_10 + dt.timedelta(hours=8))
    morning = booked(boris, TUESDAY_10)
    booked(boris, TUESDAY_10 + DAY)
    booked(boris, TUESDAY_10 - DAY)
    before = tables()["availability_blocks"]
    assert change_day(boris, irina, now, hours=[TEN_TO_SIX]).in_the_way == [evening]
    assert change_day(boris, irina, now, hours=[]).in_the_way == [morning, evening]
    assert tables()["availability_blocks"] == before


@pytest.mark.leaves_broken("blocks_without_booking")
def test_clearing_a_day_says_which_bookings_the_cycle_has_no_room_for(
    boris: Master, irina: Actor, now: dt.datetime
) -> None:
    change_day(boris, irina, now, hours=[NINE_TO_ONE])
    early = booked(boris, TUESDAY_10 - dt.timedelta(hours=1))
    booked(boris, TUESDAY_10)
    assert clear_day_hours(master_id=boris.pk, day=TUESDAY, by=irina, now=now).in_the_way == [early]


@pytest.mark.leaves_broken("blocks_without_booking")
def test_booking_over_midnight_belongs_to_the_day_on_which_it_begins(
    boris: Master, irina: Actor, now: dt.datetime, settings: Settings
) -> None:
    """A shop that moved to another zone has bookings at any hour of its new days."""
    over_midnight = booked(boris, TUESDAY_10, minutes=90)
    settings.SHOP_TIME_ZONE = "America/Anchorage"  # there it begins on Monday at 22:00, and ends on Monday
    assert change_day(boris, irina, now, day=MONDAY, hours=[]).in_the_way == [over_midnight]
    settings.SHOP_TIME_ZONE = "America/Los_Angeles"  # from Monday at 23:00 to Tuesday at 0:30
    assert change_day(boris, irina, now, day=MONDAY, hours=[]).in_the_way == [over_midnight]
    assert change_day(boris, irina, now, day=TUESDAY, hours=[]).in_the_way == []


def test_today_can_change_and_yesterday_can_not(
    boris: Master, irina: Actor, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    change_day(boris, irina, now, day=MONDAY, hours=[])
    assert hours_on(boris, MONDAY) == ()
    with refused(PastDay, caplog):
        change_day(boris, irina, now, day=MONDAY - DAY)
    with refused(PastDay, caplog):
        clear_day_hours(master_id=boris.pk, day=MONDAY - DAY, by=irina, now=now)


def test_overlapping_shifts_are_refused(
    boris: Master, irina: Actor, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    with refused(InvalidHours, caplog, field="starts", why="overlap"):
        change_day(boris, irina, now, hours=[NINE_TO_ONE, TEN_TO_SIX])


def test_shifts_may_touch(boris: Master, irina: Actor, now: dt.datetime) -> None:
    halves = [(dt.time(10), dt.time(12)), (dt.time(12), dt.time(13))]
    change_day(boris, irina, now, hours=halves)
    check_slot(master_id=boris.pk, starts_at=TUESDAY_10 + dt.timedelta(minutes=90), taken_minutes=60, now=now)


@pytest.mark.django_db(transaction=True)
def test_day_set_and_cleared_at_once_is_one_or_the_other(boris: Master, irina: Actor, now: dt.datetime) -> None:
    def clear() -> ScheduleChange:
        return clear_day_hours(master_id=boris.pk, day=TUESDAY, by=irina, now=now)

    def change() -> ScheduleChange:
        return change_day(boris, irina, now)

    outcomes = run_at_once([change, clear] * 6, connections=4)
    assert outcomes == [ScheduleChange(boris.pk, [])] * 12
    assert hours_on(boris, TUESDAY) in (USUAL, (TEN_TO_SIX,))


@pytest.mark.django_db(transaction=True)
def test_control_rotas_made_past_the_service_collide(boris: Master) -> None:
    """What the lock prevents above: delete and insert at once is refused by the constraint, not by luck."""

    def rota() -> Rota:
        return Rota.objects.create(master=boris, from_day=TUESDAY, one_day=True, cycle_days=1, cycle_anchor=TUESDAY)

    outcomes = run_at_once([rota] * 4, connections=4)
    assert sum(isinstance(outcome, Rota) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == 3

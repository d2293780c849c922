"""A rota from a day on: what it says from then, what stays before, what gives way, what is refused."""

import datetime as dt
from collections.abc import Mapping

import pytest
from pytest_django import Settings

from accounts.actors import Actor
from observability.tests.at_once import run_at_once
from schedules.claims import check_slot
from schedules.errors import InvalidHours, OutsideShift, PastDay
from schedules.models import AvailabilityBlock, Master, Rota, Shift
from schedules.services import ScheduleChange, Stretches, set_day_hours, set_rota, update_master
from schedules.tests.changes import (
    DAY,
    NINE_TO_ONE,
    TEN_TO_SIX,
    TWO_TO_EIGHT,
    booked,
    hours_on,
    plan_of,
    refused,
    tables,
)
from schedules.tests.factories import MONDAY

BORIS_NOW = (dt.time(10), dt.time(20))
WEEK = {day: [TEN_TO_SIX] for day in range(5)}


def change_rota(
    master: Master,
    by: Actor,
    now: dt.datetime,
    *,
    from_day: dt.date = MONDAY,
    cycle_days: int = 7,
    anchor: dt.date = MONDAY,
    hours: Mapping[int, Stretches] = WEEK,
) -> ScheduleChange:
    return set_rota(
        master_id=master.pk,
        from_day=from_day,
        cycle_days=cycle_days,
        cycle_anchor=anchor,
        hours=hours,
        by=by,
        now=now,
    )


def works(master: Master, first: dt.date, days: int) -> str:
    """A letter a day: W for a day of work, - for one off."""
    plan = plan_of(master, first, first + (days - 1) * DAY)
    return "".join("W" if plan.hours(first + n * DAY) else "-" for n in range(days))


# --- What it says -------------------------------------------------------------------------------------------------


def test_plain_week_repeats_every_seven_days(boris: Master, irina: Actor, now: dt.datetime) -> None:
    assert change_rota(boris, irina, now) == ScheduleChange(boris.pk, [])
    assert works(boris, MONDAY, 21) == "WWWWW--" * 3
    assert hours_on(boris, MONDAY + 14 * DAY) == (TEN_TO_SIX,)


def test_two_on_two_off_repeats_every_four_days_over_a_leap_day(
    boris: Master, irina: Actor, settings: Settings
) -> None:
    eve = dt.date(2028, 2, 27)
    now = dt.datetime(2028, 2, 20, 9, tzinfo=dt.UTC)
    two = {0: [TEN_TO_SIX], 1: [TEN_TO_SIX]}
    change_rota(boris, irina, now, from_day=eve, cycle_days=4, anchor=eve, hours=two)
    assert works(boris, eve, 9) == "WW--WW--W"
    assert hours_on(boris, dt.date(2028, 2, 29)) == ()
    change_rota(boris, irina, now, from_day=dt.date(2028, 2, 29), cycle_days=1, anchor=eve, hours={0: [TEN_TO_SIX]})
    assert works(boris, eve, 4) == "WWWW"


def test_alternating_weeks_are_a_cycle_of_fourteen(boris: Master, irina: Actor, now: dt.datetime) -> None:
    hours = {day: [NINE_TO_ONE] for day in range(5)} | {day: [TWO_TO_EIGHT] for day in range(7, 12)}
    change_rota(boris, irina, now, cycle_days=14, hours=hours)
    assert works(boris, MONDAY, 14) == "WWWWW--WWWWW--"
    weeks = [hours_on(boris, MONDAY + week * 7 * DAY) for week in range(4)]
    assert weeks == [(NINE_TO_ONE,), (TWO_TO_EIGHT,), (NINE_TO_ONE,), (TWO_TO_EIGHT,)]


def test_anchor_may_lie_after_the_first_day(boris: Master, irina: Actor, now: dt.datetime) -> None:
    change_rota(boris, irina, now, cycle_days=4, anchor=MONDAY + 2 * DAY, hours={0: [TEN_TO_SIX]})
    assert works(boris, MONDAY, 8) == "--W---W-"


def test_several_shifts_a_day_are_kept_in_order_and_bookable_but_for_the_gap(
    boris: Master, irina: Actor, now: dt.datetime
) -> None:
    change_rota(boris, irina, now, hours={1: [TWO_TO_EIGHT, NINE_TO_ONE]})
    assert hours_on(boris, MONDAY + DAY) == (NINE_TO_ONE, TWO_TO_EIGHT)
    tuesday = dt.datetime(2026, 3, 3, tzinfo=dt.UTC)
    for hour in (6, 9, 11, 16):  # 9, 12, 14 and 19 by the shop's clock
        check_slot(master_id=boris.pk, starts_at=tuesday.replace(hour=hour), taken_minutes=60, now=now)
    with pytest.raises(OutsideShift):
        check_slot(master_id=boris.pk, starts_at=tuesday.replace(hour=10), taken_minutes=60, now=now)


def test_rota_without_shifts_is_work_on_no_day(boris: Master, irina: Actor, now: dt.datetime) -> None:
    change_rota(boris, irina, now, hours={})
    assert works(boris, MONDAY, 7) == "-------"


# --- From a day on ------------------------------------------------------------------------------------------------


def test_days_before_keep_their_hours(boris: Master, irina: Actor, now: dt.datetime) -> None:
    thursday = MONDAY + 3 * DAY
    before = tables()["shifts"]
    change_rota(boris, irina, now, from_day=thursday)
    plan = plan_of(boris, MONDAY, MONDAY + 6 * DAY)
    assert [plan.hours(MONDAY + n * DAY) for n in range(5)] == [(BORIS_NOW,)] * 3 + [(TEN_TO_SIX,)] * 2
    assert tables()["shifts"][: len(before)] == before
    # Whoever asks for one day alone gets the same.
    assert hours_on(boris, thursday - DAY) == (BORIS_NOW,)
    assert hours_on(boris, MONDAY - 700 * DAY) == (BORIS_NOW,)


def test_changes_planned_for_later_give_way_and_earlier_ones_stay(
    boris: Master, irina: Actor, now: dt.datetime
) -> None:
    for weeks, hours in ((1, {0: [NINE_TO_ONE]}), (3, {0: [TWO_TO_EIGHT]}), (2, {0: [TEN_TO_SIX]})):
        change_rota(boris, irina, now, from_day=MONDAY + weeks * 7 * DAY, hours=hours)
    assert [hours_on(boris, MONDAY + week * 7 * DAY) for week in range(5)] == [
        (BORIS_NOW,),
        (NINE_TO_ONE,),
        (TEN_TO_SIX,),
        (TEN_TO_SIX,),
        (TEN_TO_SIX,),
    ]


def test_shifts_of_what_gives_way_go_with_it(boris: Master, irina: Actor, now: dt.datetime) -> None:
    shifts = Shift.objects.count()
    for _ in range(3):
        change_rota(boris, irina, now, from_day=MONDAY + DAY)
    assert Rota.objects.filter(master=boris).count() == 2
    assert Shift.objects.count() == shifts + 5


def test_day_with_hours_of_its_own_keeps_them_under_a_new_rota(boris: Master, irina: Actor, now: dt.datetime) -> None:
    set_day_hours(master_id=boris.pk, day=MONDAY + 5 * DAY, hours=[NINE_TO_ONE], by=irina, now=now)
    change_rota(boris, irina, now)
    assert works(boris, MONDAY, 7) == "WWWWWW-"
    assert hours_on(boris, MONDAY + 5 * DAY) == (NINE_TO_ONE,)


def test_rota_of_another_master_stays(boris: Master, gleb: Master, irina: Actor, now: dt.datetime) -> None:
    before = plan_of(gleb, MONDAY, MONDAY + 30 * DAY)
    change_rota(boris, irina, now, from_day=MONDAY + DAY)
    assert plan_of(gleb, MONDAY, MONDAY + 30 * DAY) == before


def test_master_who_takes_no_bookings_can_be_given_a_rota(boris: Master, irina: Actor, now: dt.datetime) -> None:
    update_master(master_id=boris.pk, name="Борис", is_active=False, by=irina)
    change_rota(boris, irina, now)
    assert works(boris, MONDAY, 7) == "WWWWW--"


# --- Bookings in the way ------------------------------------------------------------------------------------------


@pytest.mark.leaves_broken("blocks_without_booking")
def test_bookings_in_the_way_are_returned_by_time_and_stay(boris: Master, irina: Actor, now: dt.datetime) -> None:
    evening = dt.datetime(2026, 3, 5, 16, tzinfo=dt.UTC)  # 19:00 by the shop's clock
    late, later = booked(boris, evening + DAY), booked(boris, evening)
    booked(boris, evening - dt.timedelta(hours=2))  # until 18:00
    booked(boris, evening - 3 * DAY)  # before the day
    before = tables()["availability_blocks"]
    change = change_rota(boris, irina, now, from_day=MONDAY + DAY)
    assert change.in_the_way == [later, late]
    assert tables()["availability_blocks"] == before


@pytest.mark.leaves_broken("blocks_without_booking")
def test_booking_that_is_over_is_in_no_way_and_one_that_goes_on_is(
    boris: Master, irina: Actor, now: dt.datetime
) -> None:
    booked(boris, now - dt.timedelta(hours=1))
    goes_on = booked(boris, now, minutes=30)
    change = change_rota(boris, irina, now + dt.timedelta(minutes=1), hours={})
    assert change.in_the_way == [goes_on]


@pytest.mark.leaves_broken("blocks_without_booking")
def test_booking_beyond_a_horizon_that_became_shorter_is_still_found(
    boris: Master, irina: Actor, now: dt.datetime, settings: Settings
) -> None:
    far = booked(boris, dt.datetime(2026, 3, 30, 16, tzinfo=dt.UTC))
    settings.BOOKING_HORIZON_DAYS = 3
    assert change_rota(boris, irina, now).in_the_way == [far]
    assert change_rota(boris, irina, now, from_day=MONDAY + 7 * DAY).in_the_way == [far]


@pytest.mark.leaves_broken("blocks_without_booking")
def test_bookings_of_a_master_who_takes_no_more_are_looked_at_too(
    boris: Master, irina: Actor, now: dt.datetime
) -> None:
    update_master(master_id=boris.pk, name="Борис", is_active=False, by=irina)
    booked(boris, dt.datetime(2026, 3, 3, 7, tzinfo=dt.UTC))
    late = booked(boris, dt.datetime(2026, 3, 3, 16, tzinfo=dt.UTC))
    assert change_rota(boris, irina, now).in_the_way == [late]


@pytest.mark.leaves_broken("blocks_without_booking")
def test_booking_into_lunch_is_not_in_the_way_of_shifts(boris: Master, irina: Actor, now: dt.datetime) -> None:
    booked(boris, dt.datetime(2026, 3, 3, 10, tzinfo=dt.UTC))
    assert change_rota(boris, irina, now).in_the_way == []


# --- What is refused ----------------------------------------------------------------------------------------------


def test_today_can_change_and_yesterday_can_not(
    boris: Master, irina: Actor, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    change_rota(boris, irina, now, from_day=MONDAY)
    assert hours_on(boris, MONDAY) == (TEN_TO_SIX,)
    with refused(PastDay, caplog):
        change_rota(boris, irina, now, from_day=MONDAY - DAY)


def test_today_is_the_shops_day_also_near_midnight(
    boris: Master, irina: Actor, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    still_monday = dt.datetime(2026, 3, 2, 20, 59, 59, tzinfo=dt.UTC)
    tuesday = still_monday + dt.timedelta(seconds=1)
    change_rota(boris, irina, still_monday)
    with refused(PastDay, caplog):
        change_rota(boris, irina, tuesday)
    settings.SHOP_TIME_ZONE = "America/Havana"
    change_rota(boris, irina, tuesday)
    with refused(PastDay, caplog):
        change_rota(boris, irina, still_monday, from_day=MONDAY - DAY)


def test_a_year_ahead_is_planned_and_a_day_more_is_not(
    boris: Master, irina: Actor, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    change_rota(boris, irina, now, from_day=MONDAY + 366 * DAY)
    for day in (MONDAY + 367 * DAY, dt.date.max):
        with refused(InvalidHours, caplog, field="from_day", why="too_far"):
            change_rota(boris, irina, now, from_day=day)


# --- At once ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_rotas_set_at_once_leave_the_whole_of_one(boris: Master, irina: Actor, now: dt.datetime) -> None:
    """Without the master's lock the second of two from one day would break `rotas_one_from_a_day`."""
    given = [{day: [(dt.time(n), dt.time(n + 1))] for day in range(7)} for n in range(8)]
    attempts = [lambda hours=hours: change_rota(boris, irina, now, hours=hours) for hours in given]
    outcomes = run_at_once(attempts, connections=4)
    assert outcomes == [ScheduleChange(boris.pk, [])] * len(attempts)
    plan = plan_of(boris, MONDAY, MONDAY + 6 * DAY)
    assert {day: list(plan.hours(MONDAY + day * DAY)) for day in range(7)} in given
    assert not AvailabilityBlock.objects.exists()

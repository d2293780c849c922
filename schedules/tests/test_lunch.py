"""Lunch: on all days from a day on, on one day, or none; what is booked stays."""

import datetime as dt

import pytest
from pytest_django import Settings

from accounts.actors import THE_SHOP, Actor
from schedules.claims import check_slot
from schedules.errors import InvalidHours, OutsideShift, PastDay
from schedules.models import DEFAULT_LUNCH, Lunch, Master
from schedules.plans import LunchHours
from schedules.services import ScheduleChange, set_day_hours, set_lunch
from schedules.tests.changes import DAY, booked, lunch_on, refused, tables
from schedules.tests.factories import MONDAY

TUESDAY = MONDAY + DAY
TUESDAY_13 = dt.datetime(2026, 3, 3, 10, tzinfo=dt.UTC)
HALF_PAST = (dt.time(13, 30), dt.time(14, 30))
EARLY = (dt.time(12), dt.time(13))
HOUR = dt.timedelta(hours=1)


def change_lunch(
    master: Master,
    by: Actor,
    now: dt.datetime,
    *,
    lunch: LunchHours = EARLY,
    from_day: dt.date = TUESDAY,
    one_day: bool = False,
) -> ScheduleChange:
    return set_lunch(master_id=master.pk, lunch=lunch, from_day=from_day, one_day=one_day, by=by, now=now)


def test_lunch_is_from_one_to_two_until_somebody_says_otherwise(boris: Master, now: dt.datetime) -> None:
    assert lunch_on(boris, MONDAY) == (dt.time(13), dt.time(14)) == DEFAULT_LUNCH


def test_lunch_of_all_days_begins_on_a_day_and_stays(boris: Master, boris_himself: Actor, now: dt.datetime) -> None:
    change_lunch(boris, boris_himself, now)
    assert [lunch_on(boris, MONDAY + n * DAY) for n in (-300, 0, 1, 300)] == [
        DEFAULT_LUNCH,
        DEFAULT_LUNCH,
        EARLY,
        EARLY,
    ]
    check_slot(master_id=boris.pk, starts_at=TUESDAY_13, taken_minutes=60, now=now)
    with pytest.raises(OutsideShift):
        check_slot(master_id=boris.pk, starts_at=TUESDAY_13 - HOUR, taken_minutes=60, now=now)


def test_lunch_of_one_day_is_for_that_day_alone(boris: Master, boris_himself: Actor, now: dt.datetime) -> None:
    change_lunch(boris, boris_himself, now, one_day=True)
    assert [lunch_on(boris, MONDAY + n * DAY) for n in range(3)] == [DEFAULT_LUNCH, EARLY, DEFAULT_LUNCH]


@pytest.mark.parametrize("one_day", [True, False], ids=["that day", "from then on"])
def test_no_lunch_frees_its_time(boris: Master, boris_himself: Actor, now: dt.datetime, one_day: bool) -> None:
    change_lunch(boris, boris_himself, now, lunch=None, one_day=one_day)
    assert lunch_on(boris, TUESDAY) is None
    assert lunch_on(boris, TUESDAY + DAY) == (DEFAULT_LUNCH if one_day else None)
    check_slot(master_id=boris.pk, starts_at=TUESDAY_13, taken_minutes=60, now=now)


def test_later_lunches_of_all_days_give_way_and_single_days_stay(
    boris: Master, boris_himself: Actor, now: dt.datetime
) -> None:
    change_lunch(boris, boris_himself, now, from_day=MONDAY + 7 * DAY, lunch=HALF_PAST)
    change_lunch(boris, boris_himself, now, from_day=MONDAY + 9 * DAY, lunch=None, one_day=True)
    change_lunch(boris, boris_himself, now)
    assert [lunch_on(boris, MONDAY + n * DAY) for n in (1, 7, 8, 9, 10)] == [EARLY, EARLY, EARLY, None, EARLY]
    assert Lunch.objects.filter(master=boris).count() == 2


@pytest.mark.parametrize("one_day", [True, False], ids=["that day", "from then on"])
def test_lunch_set_twice_is_the_last_one(boris: Master, boris_himself: Actor, now: dt.datetime, one_day: bool) -> None:
    for lunch in (EARLY, None, HALF_PAST):
        change_lunch(boris, boris_himself, now, lunch=lunch, one_day=one_day)
    assert lunch_on(boris, TUESDAY) == HALF_PAST
    assert Lunch.objects.filter(master=boris).count() == 1


@pytest.mark.leaves_broken("blocks_without_booking")
def test_bookings_that_lunch_runs_into_are_listed_and_stay(
    boris: Master, boris_himself: Actor, now: dt.datetime
) -> None:
    tomorrow = booked(boris, TUESDAY_13 - HOUR)
    far = booked(boris, TUESDAY_13 + 28 * DAY - 90 * dt.timedelta(minutes=1))
    booked(boris, TUESDAY_13 + HOUR)  # clear of it
    booked(boris, TUESDAY_13 - 2 * HOUR)  # until it begins
    before = tables()["availability_blocks"]
    assert change_lunch(boris, boris_himself, now, one_day=True).in_the_way == [tomorrow]
    assert change_lunch(boris, boris_himself, now).in_the_way == [tomorrow, far]
    assert change_lunch(boris, boris_himself, now, lunch=None, one_day=True).in_the_way == []
    assert tables()["availability_blocks"] == before


@pytest.mark.leaves_broken("blocks_without_booking")
def test_no_booking_is_in_the_way_of_lunch_because_of_its_shift(
    boris: Master, boris_himself: Actor, now: dt.datetime
) -> None:
    booked(boris, dt.datetime(2026, 3, 7, 7, tzinfo=dt.UTC))  # a Saturday: in no shift
    assert change_lunch(boris, boris_himself, now).in_the_way == []


def test_today_can_change_and_yesterday_can_not(
    boris: Master, boris_himself: Actor, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    change_lunch(boris, boris_himself, now, from_day=MONDAY)
    assert lunch_on(boris, MONDAY) == EARLY
    with refused(PastDay, caplog):
        change_lunch(boris, boris_himself, now, from_day=MONDAY - DAY)


@pytest.mark.parametrize(
    ("lunch", "field", "why"),
    [
        ((dt.time(14), dt.time(13)), "ends", "ends_before_start"),
        ((dt.time(14), dt.time(14)), "ends", "ends_before_start"),
        ((dt.time(10), dt.time(14, 1)), "ends", "too_long"),
        ((dt.time(13, 0, 30), dt.time(14)), "starts", "whole_minutes"),
        ((dt.time(13), dt.time(14, tzinfo=dt.UTC)), "ends", "whole_minutes"),
    ],
    ids=["backwards", "of no time", "more than four hours", "at odd seconds", "with a zone"],
)
def test_hours_that_make_no_lunch_are_refused(
    *,
    boris: Master,
    boris_himself: Actor,
    now: dt.datetime,
    caplog: pytest.LogCaptureFixture,
    lunch: tuple[dt.time, dt.time],
    field: str,
    why: str,
) -> None:
    with refused(InvalidHours, caplog, field=field, why=why):
        change_lunch(boris, boris_himself, now, lunch=lunch)


def test_lunch_of_four_hours_is_accepted(boris: Master, boris_himself: Actor, now: dt.datetime) -> None:
    change_lunch(boris, boris_himself, now, lunch=(dt.time(10), dt.time(14)))
    assert lunch_on(boris, TUESDAY) == (dt.time(10), dt.time(14))


def test_lunch_is_the_clocks_on_the_night_it_changes(
    boris: Master, boris_himself: Actor, settings: Settings, now: dt.datetime
) -> None:
    settings.SHOP_TIME_ZONE = "America/Havana"
    sunday = dt.date(2026, 3, 8)  # no midnight: the clock goes from 23:59 to 1:00
    lunch = (dt.time(0), dt.time(0, 30))  # skipped: half an hour after the jump
    change_lunch(boris, boris_himself, now, lunch=lunch, from_day=sunday, one_day=True)
    set_day_hours(master_id=boris.pk, day=sunday, hours=[(dt.time(0), dt.time(3))], by=THE_SHOP, now=now)
    one = dt.datetime(2026, 3, 8, 5, tzinfo=dt.UTC)
    check_slot(master_id=boris.pk, starts_at=one + HOUR / 2, taken_minutes=60, now=now)
    with pytest.raises(OutsideShift):
        check_slot(master_id=boris.pk, starts_at=one, taken_minutes=30, now=now)

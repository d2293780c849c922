"""What the desk reads: a master's days, gaps and time off."""

import datetime as dt
from typing import Any

import pytest
from django.utils import translation

from accounts.actors import Actor
from accounts.models import Channel, Role, User
from bookings.desk import off_texts, selectors, texts
from bookings.desk.seats import seat_of
from bookings.services import Conflicts, mark_no_show, take_time_off
from bookings.tests.factories import TUESDAY_10, BookingFactory
from schedules.calendar import DayRange, from_minute, local_day
from schedules.models import BlockKind, Master
from schedules.tests.factories import BlockFactory

TUESDAY = dt.date(2026, 3, 3)
HOUR = dt.timedelta(hours=1)


def at(hour: int, day: dt.date = TUESDAY) -> dt.datetime:
    """A moment by Moscow's clock."""
    return dt.datetime.combine(day, dt.time(hour), dt.timezone(3 * HOUR)).astimezone(dt.UTC)


def gaps(view: selectors.DayView) -> list[tuple[dt.datetime, dt.datetime]]:
    return [(from_minute(begins), from_minute(ends)) for begins, ends in view.free]


def one_day(master: Master, now: dt.datetime, date: dt.date = TUESDAY) -> selectors.DayView:
    (view,) = selectors.day_views(master, DayRange(date, date), now=now)
    return view


def test_a_day_is_its_visits_and_what_is_left_of_the_shift(boris: Master, anna: User, now: dt.datetime) -> None:
    visit = BookingFactory.create(client=anna, master=boris, starts_at=at(11))
    BookingFactory.create(client=anna, master=boris, starts_at=at(11, dt.date(2026, 3, 4)), source="master")
    BlockFactory.create(master=boris, kind=BlockKind.TIME_OFF, begins=at(18), ends=at(24 - 1))
    view = one_day(boris, now)
    assert view.visits == [visit]
    assert [block.kind for block in view.others] == [BlockKind.TIME_OFF]
    assert gaps(view) == [(at(10), at(11)), (at(12), at(13)), (at(14), at(18))]


def test_the_past_of_a_day_is_no_gap(boris: Master, now: dt.datetime) -> None:
    monday, minutes = local_day(now), dt.timedelta(minutes=7)
    assert gaps(one_day(boris, now, monday))[0] == (at(12, monday), at(13, monday))
    assert gaps(one_day(boris, now + minutes, monday))[0] == (at(12, monday) + minutes, at(13, monday))
    assert gaps(one_day(boris, now + HOUR * 2 / 3, monday)) == [(at(14, monday), at(20, monday))]


def test_a_day_without_a_shift_says_so_and_still_shows_its_visits(boris: Master, now: dt.datetime) -> None:
    saturday = dt.date(2026, 3, 7)
    visit = BookingFactory.create(master=boris, starts_at=at(11, saturday))
    view = one_day(boris, now, saturday)
    assert (view.works, view.visits, view.free) == (False, [visit], [])


def test_the_week_says_why_a_day_has_no_visits(boris: Master, now: dt.datetime) -> None:
    BlockFactory.create(master=boris, kind=BlockKind.TIME_OFF, begins=at(0), ends=at(23))
    views = selectors.day_views(boris, DayRange(TUESDAY, dt.date(2026, 3, 8)), now=now)
    with translation.override("ru"):
        lines = texts.week(views, today=local_day(now)).splitlines()
    assert "вт, 3 марта — выходной" in lines
    assert "вс, 8 марта — нет смены" in lines
    assert any(line.startswith("ср, 4 марта — 0 записей, свободно") for line in lines)


def test_a_missed_visit_stays_on_the_schedule(boris: Master, now: dt.datetime) -> None:
    visit = BookingFactory.create(master=boris, starts_at=now - HOUR)
    mark_no_show(booking_id=visit.pk, by=Actor(boris.user_id, Channel.BOT), now=now)
    assert one_day(boris, now, local_day(now)).visits == [visit]


@pytest.mark.parametrize("days", [1, 7])
def test_days_cost_the_same_queries_however_many_they_are_and_whatever_is_on_them(
    days: int, boris: Master, now: dt.datetime, django_assert_num_queries: Any
) -> None:
    for hour in (10, 11, 12, 14):
        BookingFactory.create(master=boris, starts_at=at(hour))
    with django_assert_num_queries(5):
        views = selectors.day_views(boris, DayRange(TUESDAY, TUESDAY + (days - 1) * 24 * HOUR), now=now)
    assert [len(view.visits) for view in views] == [4] + [0] * (days - 1)


def test_a_visit_is_in_the_way_of_time_off_until_it_begins(boris: Master, now: dt.datetime) -> None:
    BookingFactory.create(master=boris, starts_at=now - HOUR / 2)
    later = BookingFactory.create(master=boris, starts_at=now + 3 * HOUR)
    midnight = at(0, local_day(now))
    assert selectors.visits_between(boris, midnight, midnight + 24 * HOUR, now=now) == [later]


def test_time_off_around_a_booking_that_stays_is_shown_as_one(boris: Master, anna: User, now: dt.datetime) -> None:
    visit = BookingFactory.create(client=anna, master=boris, starts_at=at(15))
    by = Actor(boris.user_id, Channel.BOT)
    take_time_off(
        master_id=boris.pk, starts_at=at(10), ends_at=at(20), reason="", by=by, now=now, conflicts=Conflicts.MOVE
    )
    assert selectors.time_off_to_come(boris, now=now) == [(at(10), at(20))]
    assert selectors.are_asked_to_move([visit], at(10), at(20), now=now)
    assert not selectors.are_asked_to_move([visit], at(9), at(20), now=now)


def test_a_visit_can_move_by_half_an_hour_into_its_own_time(boris: Master, now: dt.datetime) -> None:
    visit = BookingFactory.create(master=boris, starts_at=TUESDAY_10)
    starts = selectors.starts_to_move(boris, visit, days=DayRange(TUESDAY, TUESDAY), now=now)
    assert starts[:2] == [TUESDAY_10 + HOUR / 2, TUESDAY_10 + HOUR]


@pytest.mark.parametrize("role", Role)
def test_the_desk_is_for_who_has_a_day_to_run_now(role: Role, boris: Master, anna: User) -> None:
    assert seat_of(anna) is None
    User.objects.filter(pk=boris.user_id).update(role=role, is_superuser=role == Role.OWNER)
    seat = seat_of(boris.user)
    if role == Role.CLIENT:
        assert seat is None
    else:
        assert seat == (boris.user, role, boris)


def test_the_desk_is_not_for_a_master_without_a_day_but_for_staff_who_are_none(anna: User, administrator: User) -> None:
    User.objects.filter(pk=anna.pk).update(role=Role.MASTER)
    assert seat_of(anna) is None
    assert seat_of(administrator) == (administrator, Role.ADMIN, None)


def test_the_desk_is_closed_to_who_is_disabled(boris: Master, administrator: User) -> None:
    User.objects.update(is_active=False)
    assert seat_of(boris.user) is None
    assert seat_of(administrator) is None


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [
        (at(0), at(0) + 24 * HOUR, "вт, 3 марта"),
        (at(0), at(0) + 72 * HOUR, "вт, 3 марта — чт, 5 марта"),
        (at(10), at(14), "вт, 3 марта, 10:00–14:00"),
        (at(18), at(0) + 24 * HOUR, "вт, 3 марта, 18:00–24:00"),
        (at(18), at(0) + 34 * HOUR, "вт, 3 марта, 18:00 — ср, 4 марта, 10:00"),
        (at(12), at(0) + 72 * HOUR, "вт, 3 марта, 12:00 — пт, 6 марта, 00:00"),
    ],
)
def test_a_stretch_reads_as_people_write_it(begins: dt.datetime, ends: dt.datetime, words: str) -> None:
    with translation.override("ru"):
        assert off_texts.stretch(begins, ends) == words

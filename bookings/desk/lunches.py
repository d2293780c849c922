"""Screens of lunch: the hour, for all days to come or for one. They run in a thread."""

import datetime as dt

from django.utils import timezone

from accounts.screens import Screen
from bookings.desk import callbacks, choice, keyboards, off_texts, selectors
from bookings.desk.seats import Desk
from schedules.calendar import local_day
from schedules.services import set_lunch

_AHEAD_DAYS = 30


def choose_hour(desk: Desk, tapped: callbacks.LunchHours) -> Screen:
    date = dt.date.fromordinal(tapped.day) if tapped.day else None
    now = selectors.lunch_of(desk.master, date or local_day(timezone.now()))
    words = off_texts.ask_lunch(now, date, own=desk.is_own)
    ways = choice.ways_out(desk, "lunch") if date is None else []
    return Screen(words, keyboards.lunch(desk, now, date, ways=ways))


def choose_day(desk: Desk, tapped: callbacks.LunchDays) -> Screen:
    opening = callbacks.LunchHours(master=desk.master.pk)
    dates = selectors.working_days(desk.master, now=timezone.now(), count_days=_AHEAD_DAYS)
    if not dates:
        return Screen(off_texts.no_working_days(own=desk.is_own), keyboards.only_back(opening))
    board = keyboards.days(
        dates,
        lambda date: callbacks.LunchHours(master=desk.master.pk, day=date.toordinal()),
        lambda page: callbacks.LunchDays(master=desk.master.pk, page=page),
        page=tapped.page,
        back=opening,
    )
    return Screen(off_texts.ask_lunch_day(), board)


def set_hour(desk: Desk, tapped: callbacks.SetLunch) -> Screen:
    """Let lunch be an hour from then, and show the bookings that it runs into."""
    now = timezone.now()
    date = dt.date.fromordinal(tapped.day) if tapped.day else None
    change = set_lunch(
        master_id=desk.master.pk,
        lunch=tapped.lunch,
        from_day=date or local_day(now),
        one_day=date is not None,
        by=desk.by,
        now=now,
    )
    visits = selectors.visits_by_block(desk.master, change.in_the_way)
    back = callbacks.LunchHours(master=desk.master.pk, day=tapped.day)
    return Screen(off_texts.lunch_set(tapped.lunch, date, visits), keyboards.only_back(back))

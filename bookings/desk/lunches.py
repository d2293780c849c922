"""Screens of lunch: the hour, for all days to come or for one. They run in a thread."""

import datetime as dt

from django.utils import timezone

from accounts.screens import Screen
from bookings.desk import callbacks, keyboards, off_texts, selectors
from bookings.desk.access import Desk
from schedules.calendar import local_day
from schedules.services import set_lunch

_AHEAD_DAYS = 30


def choose_hour(desk: Desk, choice: callbacks.LunchHours) -> Screen:
    date = dt.date.fromordinal(choice.day) if choice.day else None
    now = selectors.lunch_of(desk.master, date or local_day(timezone.now()))
    return Screen(off_texts.ask_lunch(now, date), keyboards.lunch(now, date))


def choose_day(desk: Desk, choice: callbacks.LunchDays) -> Screen:
    dates = selectors.working_days(desk.master, now=timezone.now(), count_days=_AHEAD_DAYS)
    if not dates:
        return Screen(off_texts.no_working_days(), keyboards.only_back(callbacks.LunchHours()))
    board = keyboards.days(
        dates,
        lambda date: callbacks.LunchHours(day=date.toordinal()),
        lambda page: callbacks.LunchDays(page=page),
        page=choice.page,
        back=callbacks.LunchHours(),
    )
    return Screen(off_texts.ask_lunch_day(), board)


def set_hour(desk: Desk, choice: callbacks.SetLunch) -> Screen:
    """Let lunch be an hour from then, and show the bookings that it runs into."""
    now = timezone.now()
    date = dt.date.fromordinal(choice.day) if choice.day else None
    change = set_lunch(
        master_id=desk.master.pk,
        lunch=choice.lunch,
        from_day=date or local_day(now),
        one_day=date is not None,
        by=desk.by,
        now=now,
    )
    visits = selectors.visits_by_block(desk.master, change.in_the_way)
    back = callbacks.LunchHours(day=choice.day)
    return Screen(off_texts.lunch_set(choice.lunch, date, visits), keyboards.only_back(back))

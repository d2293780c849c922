"""What the tests of schedule changes share: the tables as they are, the events, one call of every service."""

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from accounts.actors import Actor
from accounts.errors import AccountError
from schedules.calendar import DayRange
from schedules.errors import ScheduleError
from schedules.models import AvailabilityBlock, BlockKind, Master
from schedules.plans import Hours, LunchHours, Plan, plans_of
from schedules.services import clear_day_hours, set_day_hours, set_lunch, set_rota, update_master
from schedules.tests.factories import MONDAY, BlockFactory

DAY = dt.timedelta(days=1)
TABLES = ("users", "masters", "rotas", "shifts", "lunches", "availability_blocks", "audit_events")
TEN_TO_SIX = (dt.time(10), dt.time(18))
NINE_TO_ONE = (dt.time(9), dt.time(13))
TWO_TO_EIGHT = (dt.time(14), dt.time(20))
Call = Callable[[int, Actor, dt.datetime], object]

# Every service that changes a master, called so that it is accepted when staff call it.
CALLS: dict[str, Call] = {
    "update_master": lambda pk, by, now: update_master(master_id=pk, name="Борис Б.", is_active=True, by=by),
    "set_rota": lambda pk, by, now: set_rota(
        master_id=pk,
        from_day=MONDAY,
        cycle_days=7,
        cycle_anchor=MONDAY,
        hours={0: [TEN_TO_SIX]},
        by=by,
        now=now,
    ),
    "set_day_hours": lambda pk, by, now: set_day_hours(master_id=pk, day=MONDAY, hours=[TEN_TO_SIX], by=by, now=now),
    "clear_day_hours": lambda pk, by, now: clear_day_hours(master_id=pk, day=MONDAY, by=by, now=now),
    "set_lunch": lambda pk, by, now: set_lunch(
        master_id=pk, lunch=None, from_day=MONDAY, one_day=False, by=by, now=now
    ),
}
CHANGES = {
    "update_master": "master",
    "set_rota": "rota",
    "set_day_hours": "day_hours",
    "clear_day_hours": "day_hours",
    "set_lunch": "lunch",
}


def tables() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that a change of a schedule could touch."""
    dump = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            dump[table] = cursor.fetchall()
    return dump


def events(caplog: pytest.LogCaptureFixture) -> list[tuple[str, dict[str, Any]]]:
    """The business events so far, with their fields."""
    return [
        (record.__dict__["event"], record.__dict__["fields"])
        for record in caplog.records
        if record.name == "barbershop.events"
    ]


@contextmanager
def refused(error: type[ScheduleError | AccountError], caplog: pytest.LogCaptureFixture, **data: Any) -> Iterator[None]:
    """The call raises this very error with this data, changes no row, and says so in one event."""
    before = tables()
    caplog.clear()
    with caplog.at_level("INFO", logger="barbershop.events"), pytest.raises(error) as caught:
        yield
    assert type(caught.value) is error
    assert data.items() <= caught.value.data.items()
    assert tables() == before
    ((event, fields),) = events(caplog)
    assert (event, fields["reason_code"]) == ("schedule_rejected", error.code)


def plan_of(master: Master, first: dt.date = MONDAY, last: dt.date | None = None) -> Plan:
    """The master's plan as it is stored, good for these days."""
    return plans_of([master.pk], DayRange(first, last or first), also_inactive=True).get(master.pk, Plan())


def hours_on(master: Master, day: dt.date) -> Hours:
    return plan_of(master, day).hours(day)


def lunch_on(master: Master, day: dt.date) -> LunchHours:
    return plan_of(master, day).lunch(day)


def booked(master: Master, begins: dt.datetime, *, minutes: int = 60) -> AvailabilityBlock:
    """The time of a booking; the test says that it is a booking's without one."""
    return BlockFactory.create(
        master=master, kind=BlockKind.BOOKING, begins=begins, ends=begins + dt.timedelta(minutes=minutes)
    )

"""Hours that make no rota: the error says which value is wrong, and what is wrong with it."""

import datetime as dt
from typing import Any

import pytest

from accounts.actors import Actor
from schedules.errors import InvalidHours
from schedules.models import Master
from schedules.services import set_rota
from schedules.tests.changes import TEN_TO_SIX, TWO_TO_EIGHT, refused
from schedules.tests.factories import MONDAY

WEEK: dict[str, Any] = {
    "from_day": MONDAY,
    "cycle_days": 7,
    "cycle_anchor": MONDAY,
    "hours": {day: [TEN_TO_SIX] for day in range(5)},
}


@pytest.mark.parametrize(
    ("fields", "data"),
    [
        ({"cycle_days": 0, "hours": {}}, {"field": "cycle_days", "why": "cycle_length"}),
        ({"cycle_days": -7, "hours": {}}, {"field": "cycle_days", "why": "cycle_length"}),
        ({"cycle_days": 57}, {"field": "cycle_days", "why": "cycle_length"}),
        ({"cycle_days": 4}, {"field": "cycle_day", "why": "outside_cycle"}),
        ({"hours": {-1: [TEN_TO_SIX]}}, {"field": "cycle_day", "why": "outside_cycle"}),
        ({"hours": {7: []}}, {"field": "cycle_day", "why": "outside_cycle"}),
        ({"hours": {0: [(dt.time(10), dt.time(10))]}}, {"field": "ends", "why": "ends_before_start"}),
        ({"hours": {0: [(dt.time(22), dt.time(0))]}}, {"field": "ends", "why": "ends_before_start"}),
        ({"hours": {0: [(dt.time(10, 0, 1), dt.time(18))]}}, {"field": "starts", "why": "whole_minutes"}),
        ({"hours": {0: [(dt.time(10), dt.time(18, 0, 0, 1))]}}, {"field": "ends", "why": "whole_minutes"}),
        (
            {"hours": {0: [TEN_TO_SIX, (dt.time(10, tzinfo=dt.UTC), dt.time(18))]}},
            {"field": "starts", "why": "whole_minutes"},
        ),
        ({"hours": {0: [TWO_TO_EIGHT, TEN_TO_SIX]}}, {"field": "starts", "why": "overlap"}),
        ({"hours": {0: [TEN_TO_SIX, TEN_TO_SIX]}}, {"field": "starts", "why": "overlap"}),
    ],
    ids=[
        "no days",
        "fewer than no days",
        "more than eight weeks",
        "days outside the cycle",
        "a day before the cycle",
        "a free day outside the cycle",
        "a shift of no time",
        "a shift over midnight",
        "seconds",
        "microseconds",
        "a time with a zone beside one without",
        "overlapping shifts",
        "the same shift twice",
    ],
)
def test_hours_that_make_no_rota_are_refused(
    *,
    boris: Master,
    irina: Actor,
    now: dt.datetime,
    caplog: pytest.LogCaptureFixture,
    fields: dict[str, Any],
    data: dict[str, str],
) -> None:
    with refused(InvalidHours, caplog, **data):
        set_rota(**WEEK | fields, master_id=boris.pk, by=irina, now=now)

"""A time zone as calendar files spell it out, for calendars that don't know it by its name."""

import datetime as dt
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

_DAY = dt.timedelta(days=1)
_MINUTE = dt.timedelta(minutes=1)


@lru_cache(maxsize=8)
def spelled_out(zone: ZoneInfo, *, year: int) -> Timezone:
    """The VTIMEZONE of the zone, right from the year before to the year after.

    Each change of the clocks is an observance of its own, whose DTSTART is what the clock showed as it was changed
    (RFC 5545, 3.6.5). icalendar's `Timezone.from_tzinfo` says there what the clock showed afterwards.
    """
    component = Timezone()
    component.add("TZID", zone.key)
    begins = dt.datetime(year - 1, 1, 1, tzinfo=dt.UTC)
    component.add_component(_observance(zone, begins, before=begins))
    for moment in _changes(zone, begins, dt.datetime(year + 2, 1, 1, tzinfo=dt.UTC)):
        component.add_component(_observance(zone, moment, before=moment - _MINUTE))
    return component


def _changes(zone: ZoneInfo, begins: dt.datetime, ends: dt.datetime) -> Iterator[dt.datetime]:
    """The minutes from which the clocks of the zone show another offset."""
    days = [begins + n * _DAY for n in range((ends - begins) // _DAY + 1)]
    for day, next_day in pairwise(days):
        if _offset(zone, day) != _offset(zone, next_day):
            yield _first_minute_like(zone, day, next_day)


def _first_minute_like(zone: ZoneInfo, before: dt.datetime, after: dt.datetime) -> dt.datetime:
    while after - before > _MINUTE:
        middle = before + (after - before) // 2 // _MINUTE * _MINUTE
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    return after


def _observance(zone: ZoneInfo, moment: dt.datetime, *, before: dt.datetime) -> TimezoneDaylight | TimezoneStandard:
    """What holds from the moment on; `before` is a moment of what held until then."""
    local = moment.astimezone(zone)
    observance = TimezoneDaylight() if local.dst() else TimezoneStandard()
    observance.add("DTSTART", (moment + _offset(zone, before)).replace(tzinfo=None))
    observance.add("TZOFFSETFROM", _offset(zone, before))
    observance.add("TZOFFSETTO", _offset(zone, moment))
    observance.add("TZNAME", local.tzname() or zone.key)
    return observance


def _offset(zone: ZoneInfo, moment: dt.datetime) -> dt.timedelta:
    return moment.astimezone(zone).utcoffset() or dt.timedelta()

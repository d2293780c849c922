"""Between wall-clock time in the shop's zone and whole minutes since the Unix epoch."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings

MINUTE = 60


@lru_cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def shop_zone() -> ZoneInfo:
    return _zone(settings.SHOP_TIME_ZONE)


@dataclass(frozen=True, slots=True)
class DayRange:
    """Days in the shop's zone, both ends included; empty when the last is before the first."""

    first: dt.date
    last: dt.date

    def __iter__(self) -> Iterator[dt.date]:
        return (self.first + dt.timedelta(days=n) for n in range((self.last - self.first).days + 1))


def local_day(moment: dt.datetime) -> dt.date:
    """The shop's date at a moment."""
    return moment.astimezone(shop_zone()).date()


def horizon(now: dt.datetime) -> DayRange:
    """The days that can be booked at a moment: today and BOOKING_HORIZON_DAYS after it."""
    today = local_day(now)
    return DayRange(today, today + dt.timedelta(days=settings.BOOKING_HORIZON_DAYS))


def to_minute(moment: dt.datetime) -> int:
    """Whole minutes since the epoch, rounded up."""
    return -int(-moment.timestamp() // MINUTE)


def from_minute(minute: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(minute * MINUTE, dt.UTC)


def wall_clock_minute(day: dt.date, time: dt.time) -> int:
    """The minute at which the shop's clock shows a time on a day.

    A time that the clock skips counts as the moment of the jump plus what it is short of; a time that it shows twice
    is the first of the two (PEP 495, fold 0).
    """
    return int(dt.datetime.combine(day, time, shop_zone()).timestamp()) // MINUTE


def day_bounds(day: dt.date) -> tuple[int, int]:
    """The minutes at which the shop's day begins and ends; a day is 23 or 25 hours long when the clocks change."""
    return wall_clock_minute(day, dt.time.min), wall_clock_minute(day + dt.timedelta(days=1), dt.time.min)


def day_starts_at(day: dt.date) -> dt.datetime:
    """The moment at which the shop's day begins."""
    return from_minute(wall_clock_minute(day, dt.time.min))


def utc_offset_minutes(minute: int) -> int:
    """The shop's offset from UTC at a minute."""
    offset = from_minute(minute).astimezone(shop_zone()).utcoffset()
    return int(offset.total_seconds()) // MINUTE if offset else 0

"""What the buttons carry: a version, ids and moments; never a price or a permission. At most 64 bytes.

A button that doesn't parse is an old or a forged one. What it names is read again from the database, and the right to
do it is checked again.
"""

import datetime as dt
from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

from schedules.calendar import from_minute, to_minute

_LAST_DAY = dt.datetime(2199, 12, 31, tzinfo=dt.UTC)

Id = Annotated[int, Field(ge=1, lt=2**63)]
IdOrAny = Annotated[int, Field(ge=0, lt=2**63)]
DayOrdinal = Annotated[int, Field(ge=1, le=_LAST_DAY.toordinal())]
Minute = Annotated[int, Field(ge=0, le=to_minute(_LAST_DAY))]
Page = Annotated[int, Field(ge=0, le=99)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8}$")]


class ChooseService(CallbackData, prefix="1book"):
    """Open the list of services."""


class ChooseMaster(CallbackData, prefix="1svc"):
    """Open the masters of a service."""

    service: Id


class ChooseDay(CallbackData, prefix="1mst"):
    """Open a page of the days; master 0 is any."""

    service: Id
    master: IdOrAny
    page: Page = 0


class ChooseTime(CallbackData, prefix="1day"):
    """Open a day's times; the day is a proleptic ordinal."""

    service: Id
    master: IdOrAny
    day: DayOrdinal

    @property
    def date(self) -> dt.date:
        return dt.date.fromordinal(self.day)


class Summary(CallbackData, prefix="1time"):
    """Show what would be booked; the minute counts from the Unix epoch."""

    service: Id
    master: IdOrAny
    minute: Minute

    @property
    def starts_at(self) -> dt.datetime:
        return from_minute(self.minute)


class Confirm(CallbackData, prefix="1ok"):
    """Book it. The key makes a second tap the same booking; `pool` says that any master would do."""

    service: Id
    master: Id
    minute: Minute
    key: Key
    pool: bool

    @property
    def starts_at(self) -> dt.datetime:
        return from_minute(self.minute)


class MyBookings(CallbackData, prefix="1my"):
    """Open the client's bookings."""


class Card(CallbackData, prefix="1card"):
    """Open one booking."""

    booking: Id


class AskCancel(CallbackData, prefix="1ask"):
    """Ask whether to cancel."""

    booking: Id


class Cancel(CallbackData, prefix="1del"):
    """Cancel."""

    booking: Id


class Come(CallbackData, prefix="1come"):
    """Say that one comes to the visit."""

    booking: Id

"""What the buttons carry: a version, ids and moments; never a price or a permission. At most 64 bytes.

A button that doesn't parse is an old or a forged one. What it names is read again from the database, and the right to
do it is checked again.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from pydantic import AfterValidator, BaseModel, Field

from bookings.models import LARGEST_SERVICE_ID
from schedules.calendar import from_minute, to_minute

MOST_SERVICES = 3
LAST_PAGE = 99
_LAST_DAY = dt.datetime(2199, 12, 31, tzinfo=dt.UTC)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def pack_services(service_ids: Iterable[int]) -> str:
    """The services of a visit in their order, as a button carries them: 1 and 36 are "1.10"."""
    return ".".join(map(_in_base_36, service_ids))


def _in_base_36(number: int) -> str:
    more, digit = divmod(number, 36)
    return (_in_base_36(more) if more else "") + _DIGITS[digit]


def unpack_services(packed: str) -> list[int]:
    """The ids again; none for an empty text."""
    return [int(word, base=36) for word in packed.split(".")] if packed else []


def _checked(packed: str) -> str:
    """ValueError unless these are at most three different ids that a service can have, as `pack_services` has them."""
    service_ids = unpack_services(packed)
    if len(service_ids) > MOST_SERVICES or len(set(service_ids)) != len(service_ids):
        raise ValueError("not the services of a visit")
    if not all(1 <= service_id <= LARGEST_SERVICE_ID for service_id in service_ids):
        raise ValueError("no service has such an id")
    if pack_services(service_ids) != packed:
        raise ValueError("written in another way")
    return packed


ServicesOrNone = Annotated[str, AfterValidator(_checked)]
Services = Annotated[ServicesOrNone, Field(min_length=1)]
Id = Annotated[int, Field(ge=1, lt=2**63)]
IdOrAny = Annotated[int, Field(ge=0, lt=2**63)]
DayOrdinal = Annotated[int, Field(ge=1, le=_LAST_DAY.toordinal())]
Minute = Annotated[int, Field(ge=0, le=to_minute(_LAST_DAY))]
Page = Annotated[int, Field(ge=0, le=LAST_PAGE)]
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{6}$")]


class OfServices(BaseModel):
    """Of a visit with one to three services, which are its first field."""

    services: Services

    @property
    def service_ids(self) -> list[int]:
        return unpack_services(self.services)


class ChooseService(CallbackData, prefix="1book"):
    """Open the list of services."""


class ChooseMaster(OfServices, CallbackData, prefix="2svc"):
    """Open the masters who do the services."""


class ChooseDay(OfServices, CallbackData, prefix="2mst"):
    """Open a page of the days; master 0 is any."""

    master: IdOrAny
    page: Page = 0


class ChooseTime(OfServices, CallbackData, prefix="2day"):
    """Open a day's times; the day is a proleptic ordinal."""

    master: IdOrAny
    day: DayOrdinal

    @property
    def date(self) -> dt.date:
        return dt.date.fromordinal(self.day)


class Summary(OfServices, CallbackData, prefix="2time"):
    """Show what would be booked; the minute counts from the Unix epoch."""

    master: IdOrAny
    minute: Minute

    @property
    def starts_at(self) -> dt.datetime:
        return from_minute(self.minute)


class Confirm(OfServices, CallbackData, prefix="2ok"):
    """Book it. The key makes a second tap the same booking; `pool` says that any master would do."""

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

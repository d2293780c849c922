"""What the desk's buttons carry: ids and moments, and whose day it is about.

A booking says that itself; everything else names a master, 0 being "mine, or let me choose". Who may name whom is
decided when the button is tapped, never by the button.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from aiogram.filters.callback_data import CallbackData
from pydantic import Field, model_validator

from bookings.callbacks import DayOrdinal, Id, IdOrAny, Minute, OfServices, Page, ServicesOrNone, unpack_services
from schedules.calendar import from_minute
from schedules.plans import LunchHours as Pause

DayOrNone = Annotated[int, Field(ge=0, le=dt.date(2199, 12, 31).toordinal())]
ReasonNumber = Annotated[int, Field(ge=0, le=9)]
Section = Literal["schedule", "new", "dayoff", "lunch"]
NO_LUNCH = -1


class Whose(CallbackData, prefix="1w"):
    """Choose whose day a section is opened for, a page of the masters."""

    section: Section
    page: Page = 0


class Today(CallbackData, prefix="2dt"):
    """Open the schedule of today."""

    master: IdOrAny = 0


class Day(CallbackData, prefix="2dd"):
    """Open the schedule of a day."""

    master: IdOrAny
    day: DayOrdinal


class Week(CallbackData, prefix="2dw"):
    """Open the seven days from this one on."""

    master: IdOrAny
    day: DayOrdinal


class Visit(CallbackData, prefix="1dv"):
    """Open a booking's card."""

    booking: Id


class AskReason(CallbackData, prefix="1dr"):
    """Ask why the booking is cancelled."""

    booking: Id


class CancelFor(CallbackData, prefix="1dc"):
    """Cancel for one of the ready-made reasons."""

    booking: Id
    reason: ReasonNumber


class NoShow(CallbackData, prefix="1dn"):
    """Ask whether the client did not come, or write it down."""

    booking: Id
    sure: bool


class MoveDays(CallbackData, prefix="1dm"):
    """Open a page of the days to which a booking can move."""

    booking: Id
    page: Page = 0


class MoveTimes(CallbackData, prefix="1dk"):
    """Open the times of a day to which a booking can move."""

    booking: Id
    day: DayOrdinal


class MoveTo(CallbackData, prefix="1dj"):
    """Move a booking."""

    booking: Id
    minute: Minute

    @property
    def starts_at(self) -> dt.datetime:
        return from_minute(self.minute)


class New(CallbackData, prefix="2n"):
    """Begin a booking by hand: the services."""

    master: IdOrAny = 0


class NewSeveral(CallbackData, prefix="1ns"):
    """Open the choice of several services with these ticked, or none."""

    master: IdOrAny
    services: ServicesOrNone = ""

    @property
    def service_ids(self) -> list[int]:
        return unpack_services(self.services)


class NewDays(OfServices, CallbackData, prefix="2nd"):
    """Open a page of the days with time for the services."""

    master: IdOrAny
    page: Page = 0


class NewTimes(OfServices, CallbackData, prefix="2nt"):
    """Open a day's times for the services."""

    master: IdOrAny
    day: DayOrdinal


class NewName(OfServices, CallbackData, prefix="2nn"):
    """Ask for whom the time is."""

    master: IdOrAny
    minute: Minute


class Off(CallbackData, prefix="2o"):
    """Open time off: what there is, and what can be taken."""

    master: IdOrAny = 0


class OffDays(CallbackData, prefix="2od"):
    """Choose a day: a whole one, the first of several (then, from `first` on, the last), or one of which a part."""

    master: IdOrAny
    kind: Literal["day", "span", "part"]
    first: DayOrNone = 0
    page: Page = 0


class OffHours(CallbackData, prefix="2oh"):
    """Choose from when on a day, and then, when that is known, until when."""

    master: IdOrAny
    day: DayOrdinal
    begins: Minute = 0


class Stretch(CallbackData, prefix="2o-"):
    """A stretch of a master's time, by the minutes of its ends."""

    master: IdOrAny
    begins: Minute
    ends: Minute

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends <= self.begins:
            raise ValueError("it ends before it begins")
        return self

    @property
    def starts_at(self) -> dt.datetime:
        return from_minute(self.begins)

    @property
    def ends_at(self) -> dt.datetime:
        return from_minute(self.ends)


class OffAsk(Stretch, prefix="2or"):
    """Ask why, or what becomes of the bookings in the way."""


class OffTake(Stretch, prefix="2ot"):
    """Take the time off for a ready-made reason, or for none."""

    reason: ReasonNumber


class OffAskCancel(Stretch, prefix="2oc"):
    """Ask for the reason for which the bookings in the way are cancelled."""


class OffCancel(Stretch, prefix="2ox"):
    """Take the time off and cancel the bookings in the way for a ready-made reason."""

    reason: ReasonNumber


class OffMove(Stretch, prefix="2om"):
    """Take the time off and offer other times to those in the way."""


class OffBack(Stretch, prefix="2ob"):
    """Take the time off back."""


class LunchHours(CallbackData, prefix="2l"):
    """Choose the hour of lunch, from today on or, with a day, for that day."""

    master: IdOrAny = 0
    day: DayOrNone = 0


class LunchDays(CallbackData, prefix="2ld"):
    """Choose the one day whose lunch is another."""

    master: IdOrAny
    page: Page = 0


class SetLunch(CallbackData, prefix="2ls"):
    """Let lunch begin at an hour, or not at all (-1)."""

    master: IdOrAny
    day: DayOrNone
    hour: Annotated[int, Field(ge=NO_LUNCH, le=22)]

    @property
    def lunch(self) -> Pause:
        return None if self.hour == NO_LUNCH else (dt.time(self.hour), dt.time(self.hour + 1))


Opening = Today | New | Off | LunchHours
OPENINGS: Mapping[Section, type[Opening]] = {"schedule": Today, "new": New, "dayoff": Off, "lunch": LunchHours}

"""What the desk's buttons carry: ids and moments. Whose desk it is, the person who taps says, never the button."""

import datetime as dt
from typing import Annotated, Literal, Self

from aiogram.filters.callback_data import CallbackData
from pydantic import Field, model_validator

from bookings.callbacks import DayOrdinal, Id, Minute, Page
from schedules.calendar import from_minute
from schedules.plans import LunchHours as Pause

DayOrNone = Annotated[int, Field(ge=0, le=dt.date(2199, 12, 31).toordinal())]
ReasonNumber = Annotated[int, Field(ge=0, le=9)]
NO_LUNCH = -1


class Today(CallbackData, prefix="1dt"):
    """Open the schedule of today."""


class Day(CallbackData, prefix="1dd"):
    """Open the schedule of a day."""

    day: DayOrdinal


class Week(CallbackData, prefix="1dw"):
    """Open the seven days from this one on."""

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


class New(CallbackData, prefix="1n"):
    """Begin a booking by hand: the services."""


class NewDays(CallbackData, prefix="1nd"):
    """Open a page of the days with time for a service."""

    service: Id
    page: Page = 0


class NewTimes(CallbackData, prefix="1nt"):
    """Open a day's times for a service."""

    service: Id
    day: DayOrdinal


class NewName(CallbackData, prefix="1nn"):
    """Ask for whom the time is."""

    service: Id
    minute: Minute


class Off(CallbackData, prefix="1o"):
    """Open time off: what there is, and what can be taken."""


class OffDays(CallbackData, prefix="1od"):
    """Choose a day: a whole one, the first of several (then, from `first` on, the last), or one of which a part."""

    kind: Literal["day", "span", "part"]
    first: DayOrNone = 0
    page: Page = 0


class OffHours(CallbackData, prefix="1oh"):
    """Choose from when on a day, and then, when that is known, until when."""

    day: DayOrdinal
    begins: Minute = 0


class Stretch(CallbackData, prefix="1o-"):
    """A stretch of time, by the minutes of its ends."""

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


class OffAsk(Stretch, prefix="1or"):
    """Ask why, or what becomes of the bookings in the way."""


class OffTake(Stretch, prefix="1ot"):
    """Take the time off for a ready-made reason, or for none."""

    reason: ReasonNumber


class OffAskCancel(Stretch, prefix="1oc"):
    """Ask for the reason for which the bookings in the way are cancelled."""


class OffCancel(Stretch, prefix="1ox"):
    """Take the time off and cancel the bookings in the way for a ready-made reason."""

    reason: ReasonNumber


class OffMove(Stretch, prefix="1om"):
    """Take the time off and offer other times to those in the way."""


class OffBack(Stretch, prefix="1ob"):
    """Take the time off back."""


class LunchHours(CallbackData, prefix="1l"):
    """Choose the hour of lunch, from today on or, with a day, for that day."""

    day: DayOrNone = 0


class LunchDays(CallbackData, prefix="1ld"):
    """Choose the one day whose lunch is another."""

    page: Page = 0


class SetLunch(CallbackData, prefix="1ls"):
    """Let lunch begin at an hour, or not at all (-1)."""

    day: DayOrNone
    hour: Annotated[int, Field(ge=NO_LUNCH, le=22)]

    @property
    def lunch(self) -> Pause:
        return None if self.hour == NO_LUNCH else (dt.time(self.hour), dt.time(self.hour + 1))

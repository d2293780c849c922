"""What the buttons of moving a visit carry; service and master stay, so the booking says them."""

import datetime as dt

from aiogram.filters.callback_data import CallbackData

from bookings.callbacks import DayOrdinal, Id, Minute, Page
from schedules.calendar import from_minute


class ChooseNewDay(CallbackData, prefix="1mvd"):
    """Open a page of the days that the visit could move to."""

    booking: Id
    page: Page = 0


class ChooseNewTime(CallbackData, prefix="1mvt"):
    """Open a day's times; the day is a proleptic ordinal."""

    booking: Id
    day: DayOrdinal

    @property
    def date(self) -> dt.date:
        return dt.date.fromordinal(self.day)


class AskMove(CallbackData, prefix="1mva"):
    """Show where the visit would move; the minute counts from the Unix epoch."""

    booking: Id
    minute: Minute

    @property
    def starts_at(self) -> dt.datetime:
        return from_minute(self.minute)


class Move(CallbackData, prefix="1mvg"):
    """Move it. A second tap finds it there already."""

    booking: Id
    minute: Minute

    @property
    def starts_at(self) -> dt.datetime:
        return from_minute(self.minute)

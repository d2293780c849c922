"""What the buttons of the waiting list and of held times carry."""

import datetime as dt

from aiogram.filters.callback_data import CallbackData

from bookings.callbacks import DayOrdinal, Id, IdOrAny, Page


class ChooseFullDay(CallbackData, prefix="1full"):
    """Open a page of the days on which everything is taken; master 0 is any."""

    service: Id
    master: IdOrAny
    page: Page = 0


class Join(CallbackData, prefix="1wait"):
    """Wait for the day; the day is a proleptic ordinal."""

    service: Id
    master: IdOrAny
    day: DayOrdinal

    @property
    def date(self) -> dt.date:
        return dt.date.fromordinal(self.day)


class Leave(CallbackData, prefix="1quit"):
    """Wait no more."""

    entry: Id


class Accept(CallbackData, prefix="1take"):
    """Take the time that is held."""

    offer: Id


class Decline(CallbackData, prefix="1pass"):
    """Let the held time go."""

    offer: Id

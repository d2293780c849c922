"""What the buttons of the waiting list and of held times carry."""

import datetime as dt

from aiogram.filters.callback_data import CallbackData

from bookings.callbacks import DayOrdinal, Id, IdOrAny, OfServices, Page


class ChooseFullDay(OfServices, CallbackData, prefix="2full"):
    """Open a page of the days on which everything is taken; master 0 is any."""

    master: IdOrAny
    page: Page = 0


class Join(OfServices, CallbackData, prefix="2wait"):
    """Wait for the day; the day is a proleptic ordinal."""

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

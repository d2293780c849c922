"""What the buttons about stored data carry: no person, since it is always the one who taps."""

import datetime as dt

from aiogram.filters.callback_data import CallbackData

from bookings.callbacks import Minute
from schedules.calendar import from_minute


class Export(CallbackData, prefix="1mine"):
    """Send what is stored as a file."""


class AskErase(CallbackData, prefix="1gone"):
    """Ask whether to forget the person."""


class Erase(CallbackData, prefix="1wipe"):
    """Forget the person; the minute, from the Unix epoch, is when they were asked."""

    minute: Minute

    @property
    def asked_at(self) -> dt.datetime:
        return from_minute(self.minute)

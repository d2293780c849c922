from aiogram.filters.callback_data import CallbackData

from bookings.callbacks import Id


class AddToCalendar(CallbackData, prefix="1ics"):
    """Send the visit as a file for a calendar."""

    booking: Id

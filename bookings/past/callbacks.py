"""What the buttons of past visits carry."""

from aiogram.filters.callback_data import CallbackData

from bookings.callbacks import Id, Page


class PastVisits(CallbackData, prefix="1past"):
    """Open a page of the client's past visits, the last ones first."""

    page: Page = 0


class PastVisit(CallbackData, prefix="1was"):
    """Open the card of a visit from a page of the past ones."""

    booking: Id
    page: Page


class BookAgain(CallbackData, prefix="1more"):
    """Book the services of a visit once more, with the same master if they still do them."""

    booking: Id

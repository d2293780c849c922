"""Words about a visit in somebody's calendar."""

from django.conf import settings
from django.utils.translation import gettext as _

from bookings import texts as words
from bookings.models import Booking, BookingStatus


def summary(booking: Booking) -> str:
    """Стрижка + Борода, Барбершоп; not escaped."""
    return f"{words.together(booking.services.all())}, {settings.SHOP_NAME}"


def description(booking: Booking) -> list[str]:
    """With whom and for how much, a line each; not escaped."""
    return [
        _("Master: %(name)s") % {"name": booking.master.name},
        _("Price: %(price)s") % {"price": words.price(booking.total_price)},
    ]


def caption(booking: Booking) -> str:
    if booking.status == BookingStatus.CANCELLED:
        return _("Open the file, and your phone will take the visit out of the calendar.")
    return _("Open the file, and your phone will put the visit into the calendar and remind you two hours before.")


def button(booking: Booking) -> str:
    if booking.status == BookingStatus.CANCELLED:
        return "📅 " + _("Remove from calendar")
    return "📅 " + _("Add to calendar")


def over() -> str:
    return _("This visit is over: there is nothing to put into the calendar.")

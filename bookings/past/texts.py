"""Words about past visits."""

import datetime as dt
from collections.abc import Iterable

from django.utils.translation import gettext as _

from bookings.models import Booking, BookingStatus
from bookings.texts import bold, day, in_a_line, is_of_last_year, paragraphs, together
from schedules.calendar import local_day

_ON_A_BUTTON = 28


def earlier(bookings: Iterable[Booking], zone: str, *, now: dt.datetime) -> str:
    """The last visits, below what is to come."""
    return "\n".join([_("Earlier:"), *(_line(booking, zone, now=now) for booking in bookings)])


def past_visits(bookings: Iterable[Booking], zone: str, *, now: dt.datetime) -> str:
    """A page of them."""
    return paragraphs(
        bold(_("Past visits")),
        "\n".join(_line(booking, zone, now=now) for booking in bookings),
        _("Tap a visit to see it or to book the same again."),
    )


def _line(booking: Booking, zone: str, *, now: dt.datetime) -> str:
    mark = {BookingStatus.CANCELLED.value: "✖️", BookingStatus.NO_SHOW.value: "⚠️"}.get(booking.status, "✔️")
    return f"{mark} {in_a_line(booking, zone, now=now)}"


def button_past_visits() -> str:
    return "🕘 " + _("Past visits")


def button_past_visit(booking: Booking, *, now: dt.datetime) -> str:
    when = day(local_day(booking.starts_at), year=is_of_last_year(booking.starts_at, now=now))
    what = together(booking.services.all())
    return f"{when} · {what if len(what) <= _ON_A_BUTTON else what[: _ON_A_BUTTON - 1] + '…'}"


def button_earlier_visits() -> str:
    return _("Earlier ones") + " ➡️"


def button_again() -> str:
    return "✂️ " + _("Book again")

"""Words about moving a visit to another time."""

import datetime as dt

from django.utils.translation import gettext as _

from bookings.models import Booking
from bookings.texts import bold, day, day_and_time, paragraphs, shop_clock
from schedules.calendar import day_starts_at


def choose_day(booking: Booking, zone: str) -> str:
    return paragraphs(_("Which day shall we move it to?"), _now(booking, zone))


def choose_time(date: dt.date, zone: str) -> str:
    question = _("%(day)s. What time shall we move it to?") % {"day": bold(day(date))}
    return paragraphs(question, shop_clock(day_starts_at(date), zone))


def nothing_free() -> str:
    return _("The master has no other free time in the coming days.")


def ask(booking: Booking, starts_at: dt.datetime, zone: str) -> str:
    then = _("Then: %(when)s") % {"when": bold(day_and_time(starts_at, zone))}
    return paragraphs(_("Shall we move it?"), f"{_now(booking, zone)}\n{then}")


def moved() -> str:
    return _("The visit is moved. See you!")


def _now(booking: Booking, zone: str) -> str:
    return _("Now: %(when)s") % {"when": day_and_time(booking.starts_at, zone)}

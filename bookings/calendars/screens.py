"""A visit as a file for the client's calendar."""

from django.utils import timezone

from accounts.documents import Document
from accounts.models import User
from accounts.screens import Screen
from bookings import selectors
from bookings.calendar_files import calendar_file, is_worth_a_file
from bookings.calendars import keyboards, texts
from bookings.screens import card
from schedules.calendar import local_day


def visit(user: User, booking_id: int) -> Document | Screen:
    """The file; or the card, when the visit isn't the client's or is over."""
    booking = selectors.booking_of(client=user, booking_id=booking_id)
    if booking is None:
        return card(user, booking_id)
    now = timezone.now()
    if not is_worth_a_file(booking, now=now):
        return card(user, booking_id, note=texts.over())
    name = f"{local_day(booking.starts_at):%Y-%m-%d}.ics"
    return Document(name, calendar_file(booking, now=now), texts.caption(booking), keyboards.below_file(booking))

"""A visit as a file that phones put into their calendars (RFC 5545)."""

import datetime as dt
import uuid

from django.conf import settings
from icalendar import Alarm, Calendar, Event

from accounts.services import clean_name
from bookings.calendar_zones import spelled_out
from bookings.calendars import texts
from bookings.models import Booking, BookingStatus
from schedules.calendar import shop_zone

ALARM_BEFORE = dt.timedelta(hours=2)
_PRODUCT = "-//Barbershop//Visits//RU"


def calendar_file(booking: Booking, *, now: dt.datetime) -> bytes:
    """The visit in the shop's zone with an alarm, or without one and cancelled; in the language that is active.

    Who opens a later file of the same visit gets it moved or struck out, not a second one: the UID stays, and the
    SEQUENCE grows.
    """
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", _PRODUCT)
    calendar.add("CALSCALE", "GREGORIAN")
    is_off = booking.status == BookingStatus.CANCELLED
    calendar.add("METHOD", "CANCEL" if is_off else "PUBLISH")
    event = _event(booking, is_off=is_off, now=now)
    if not is_off:
        event.add_component(_alarm(event))
    if event.get("DTSTART").params.get("TZID") or event.get("DTEND").params.get("TZID"):
        calendar.add_component(spelled_out(shop_zone(), year=booking.starts_at.year))
    calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def is_worth_a_file(booking: Booking, *, now: dt.datetime) -> bool:
    """Whether it is still to come, or was to come and is cancelled."""
    return booking.starts_at > now and booking.status in (BookingStatus.CONFIRMED, BookingStatus.CANCELLED)


def uid_of(booking: Booking) -> str:
    """The visit's name among all calendars: made of what never changes, and nobody's data."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"booking {booking.pk} of {booking.created_at.isoformat()}"))


def _event(booking: Booking, *, is_off: bool, now: dt.datetime) -> Event:
    event = Event()
    event.add("UID", uid_of(booking))
    event.add("SEQUENCE", booking.revision + is_off)
    event.add("DTSTAMP", now.astimezone(dt.UTC))
    event.add("DTSTART", _by_the_clock(booking.starts_at))
    event.add("DTEND", _by_the_clock(booking.ends_at))
    event.add("SUMMARY", _plain(texts.summary(booking)))
    event.add("DESCRIPTION", "\n".join(map(_plain, texts.description(booking))))
    if settings.SHOP_ADDRESS:
        event.add("LOCATION", _plain(settings.SHOP_ADDRESS))
    event.add("STATUS", "CANCELLED" if is_off else "CONFIRMED")
    event.add("TRANSP", "TRANSPARENT" if is_off else "OPAQUE")
    return event


def _alarm(event: Event) -> Alarm:
    alarm = Alarm()
    alarm.add("ACTION", "DISPLAY")
    alarm.add("TRIGGER", -ALARM_BEFORE)
    alarm.add("DESCRIPTION", event["SUMMARY"])
    return alarm


def _by_the_clock(moment: dt.datetime) -> dt.datetime:
    """The moment by the shop's clock; in UTC when the clock shows that time twice and this is the second one."""
    local = moment.astimezone(shop_zone())
    return moment.astimezone(dt.UTC) if local.fold else local


def _plain(text: str) -> str:
    """The text on one line, without what readers of such files take for more than a letter."""
    return clean_name(text.replace("\\", "/"), limit=None)

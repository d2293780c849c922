"""The pages of bookings in admin: where they are, their forms filled in, who opens them."""

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from bookings.models import Booking, Service
from bookings.tests.offer_factories import at
from schedules.models import Master

BOOKING, TIME_OFF, WAITLIST, HELD = (
    f"/admin/{model}/"
    for model in ("bookings/booking", "schedules/availabilityblock", "bookings/waitlistentry", "bookings/slotoffer")
)
KEY = uuid.UUID(int=1)


def moment(name: str, value: dt.datetime) -> dict[str, str]:
    """A day and a time as they are typed, by the shop's clock."""
    local = value.astimezone(ZoneInfo(settings.SHOP_TIME_ZONE))
    return {f"{name}_0": f"{local:%d.%m.%Y}", f"{name}_1": f"{local:%H:%M}"}


def visit(master: Master, /, *services: Service, starts_at: dt.datetime | None = None, **fields: Any) -> dict[str, Any]:
    """The form of a booking by hand, filled in for Oleg on Tuesday at 10."""
    form = {"master": master.pk, "services": [each.pk for each in services], "name": "Олег", "phone": "", "key": KEY}
    return form | moment("starts_at", starts_at or at(10)) | fields


def time_off(
    master: Master, starts_at: dt.datetime | None = None, ends_at: dt.datetime | None = None, /, **fields: Any
) -> dict[str, Any]:
    """The form of time off, filled in for Tuesday from 10 to 12."""
    form = {"master": master.pk, "reason": "", "conflicts": "step_back", "cancel_reason": ""}
    return form | moment("starts_at", starts_at or at(10)) | moment("ends_at", ends_at or at(12)) | fields


def page_of(booking: Booking, name: str) -> str:
    return f"{BOOKING}{booking.pk}/{name}/"


def browser_of(person: User, *permissions: str) -> Client:
    """The person's browser, signed in, with these permissions."""
    person.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    browser = Client()
    browser.force_login(person)
    return browser

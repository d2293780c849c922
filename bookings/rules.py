"""Rules that several services share, each in one place."""

import datetime as dt
from collections.abc import Sequence

from django.conf import settings

from accounts.services import clean_name
from bookings.errors import NameRequired, ReasonRequired, ReasonTooLong, ServiceUnavailable
from schedules.models import REASON_LENGTH

MOST_SERVICES = 5
LONGEST_NAME = 64
REMEMBER_NO_SHOWS = dt.timedelta(days=365)
# Who has to confirm is asked a day before, and has until it is too late to cancel.
ASK_AHEAD = dt.timedelta(days=1)


def check_services(service_ids: Sequence[int]) -> None:
    """ServiceUnavailable unless these are one to five different services."""
    if not 1 <= len(service_ids) <= MOST_SERVICES or len(set(service_ids)) != len(service_ids):
        raise ServiceUnavailable(service_ids=list(service_ids))


def checked_reason(text: str, *, required: bool) -> str:
    """The reason as it is stored and shown; ReasonRequired when there is none, ReasonTooLong beyond 500 characters."""
    reason = "\n".join(filter(None, (clean_name(line, limit=None) for line in text.splitlines())))
    if not reason and required:
        raise ReasonRequired
    if len(reason) > REASON_LENGTH:
        raise ReasonTooLong(limit=REASON_LENGTH)
    return reason


def checked_name(text: str) -> str:
    """A walk-in's name; NameRequired when there is none, or too much of one."""
    name = clean_name(text, limit=None)
    if not name or len(name) > LONGEST_NAME:
        raise NameRequired(limit=LONGEST_NAME)
    return name


def confirm_by(*, no_shows: int, starts_at: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """Until when the client has to say that they come, or None: they have missed too few visits, or it begins soon."""
    limit = settings.NO_SHOWS_BEFORE_CONFIRM
    deadline = starts_at - dt.timedelta(minutes=settings.CANCEL_MIN_NOTICE_MINUTES)
    if not limit or no_shows < limit or deadline <= now + dt.timedelta(minutes=settings.BOOKING_MIN_NOTICE_MINUTES):
        return None
    return deadline

"""A client's row, locked, and what of theirs is in the way of a new booking."""

import datetime as dt

from django.db import connection

from accounts.actors import Actor
from accounts.errors import AccessClosed
from bookings.errors import ActiveBookingExists
from bookings.journal import record, state_of
from bookings.models import Booking, BookingStatus
from bookings.rules import REMEMBER_NO_SHOWS

_LOCK = """
    SELECT is_active, (SELECT count(*) FROM bookings
                        WHERE client_id = users.id AND status = 'no_show' AND starts_at > %s)
      FROM users WHERE id = %s FOR NO KEY UPDATE
"""
_IN_THE_WAY = """
    SELECT id, idempotency_key = %(key)s FROM bookings
     WHERE idempotency_key = %(key)s OR (client_id = %(client)s AND status = 'confirmed' AND source = 'bot')
"""


def lock_client(client_id: int, *, now: dt.datetime) -> int:
    """Lock the client's row; how many visits they missed in the last year. AccessClosed when they are disabled."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [now - REMEMBER_NO_SHOWS, client_id])
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise AccessClosed(user_id=client_id)
    return int(row[1])


def missed_visits(client_id: int, *, now: dt.datetime) -> int:
    """How many visits the client missed in the last year."""
    missed = Booking.objects.filter(client=client_id, status=BookingStatus.NO_SHOW)
    return missed.filter(starts_at__gt=now - REMEMBER_NO_SHOWS).count()


def bookings_in_the_way(*, client_id: int, key: str) -> tuple[Booking | None, Booking | None]:
    """The booking made with this key before, and the client's confirmed one."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_THE_WAY, {"client": client_id, "key": key})
        ids = {is_repeated: booking_id for booking_id, is_repeated in cursor.fetchall()}
    found = Booking.objects.in_bulk(ids.values()) if ids else {}
    return found.get(ids.get(True)), found.get(ids.get(False))


def settle_active_booking(active: Booking | None, *, by: Actor, now: dt.datetime) -> None:
    """Complete the client's visit that is over; ActiveBookingExists when it is still to come or under way.

    It locks the booking, so it comes after the masters that the transaction locks.
    """
    if active is None:
        return
    # Staff lock no client: they may have said what became of the visit since it was read.
    active = Booking.objects.select_for_update(no_key=True).get(pk=active.pk)
    if active.status != BookingStatus.CONFIRMED:
        return
    if active.ends_at > now:
        raise ActiveBookingExists(active)
    before = state_of(active)
    active.status = BookingStatus.COMPLETED
    active.save(update_fields=["status"])
    record(active, "booking_completed", by=by, before=before)

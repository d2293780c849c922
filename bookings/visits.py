"""A booking as it is written: the row, its lines, the audit row, the news. In the caller's transaction."""

import datetime as dt
from typing import NamedTuple

from accounts.actors import Actor
from bookings import outbox
from bookings.journal import record
from bookings.models import Booking, BookingSource
from bookings.rules import confirm_by
from bookings.selectors import OfferTerms

# Written by hand, as is the rest of a booking's path: the ORM's statements cost five times their execution.
_INSERT = """
    WITH booking AS (
        INSERT INTO bookings (client_id, walk_in_name, walk_in_phone, master_id, block_id, starts_at, ends_at,
                              total_price, status, source, idempotency_key, cancelled_by, cancel_reason, created_at,
                              confirm_by)
        VALUES (%(client)s, %(name)s, %(phone)s, %(master)s, %(block)s, %(starts_at)s, %(ends_at)s,
                %(price)s, 'confirmed', %(source)s, %(key)s, '', '', %(now)s, %(confirm_by)s)
        RETURNING *
    ), line AS (
        INSERT INTO booking_services (booking_id, service_id, position, price, duration_minutes)
        SELECT booking.id, line.service_id, line.position - 1, line.price, line.minutes
          FROM booking, unnest(%(services)s::bigint[], %(prices)s::numeric[], %(minutes)s::smallint[])
               WITH ORDINALITY AS line (service_id, price, minutes, position)
    )
    SELECT * FROM booking
"""


class Visitor(NamedTuple):
    """Who comes: a client of the bot by id, or a name and perhaps a phone. The key makes the same wish one booking."""

    source: BookingSource
    key: str
    client_id: int | None = None
    name: str = ""
    phone: str = ""
    no_shows: int = 0


def insert_booking(
    visitor: Visitor, terms: OfferTerms, *, block_id: int, starts_at: dt.datetime, by: Actor, now: dt.datetime
) -> Booking:
    """Write the booking whose time the block is, and everything that follows from it."""
    values = {
        "client": visitor.client_id,
        "name": visitor.name,
        "phone": visitor.phone,
        "source": visitor.source.value,
        "key": visitor.key,
        "master": terms.master_id,
        "block": block_id,
        "starts_at": starts_at,
        "ends_at": starts_at + dt.timedelta(minutes=terms.duration_minutes),
        "price": terms.price,
        "services": list(terms.service_ids),
        "prices": list(terms.prices),
        "minutes": list(terms.minutes),
        "confirm_by": confirm_by(no_shows=visitor.no_shows, starts_at=starts_at, now=now),
        "now": now,
    }
    booking = Booking.objects.raw(_INSERT, values)[0]
    record(booking, "booking_created", by=by, service_ids=terms.service_ids)
    outbox.tell_booked(booking, by=by)
    return booking

"""Whether the books are right: what every test of many at once has to leave, said from the rows alone."""

import datetime as dt
from collections.abc import Collection

from django.db import connection, transaction

from bookings.models import Booking, BookingStatus
from observability.integrity import broken, violations
from schedules.calendar import DayRange, local_day, to_minute
from schedules.plans import plans_of

# Each pair of numbers has to be the same.
_COUNTS = """
    SELECT name, one, other FROM (VALUES
        ('visits and their blocks',
         (SELECT count(*) FROM bookings WHERE status <> 'cancelled'),
         (SELECT count(*) FROM availability_blocks WHERE kind = 'booking')),
        ('open offers and their holds',
         (SELECT count(*) FROM slot_offers WHERE status = 'open'),
         (SELECT count(*) FROM availability_blocks WHERE kind = 'hold')),
        ('bookings and their trail',
         (SELECT count(*) FROM bookings),
         (SELECT count(*) FROM audit_events WHERE action = 'booking_created')),
        ('cancelled bookings and their trail',
         (SELECT count(*) FROM bookings WHERE status = 'cancelled'),
         (SELECT count(*) FROM audit_events WHERE action = 'booking_cancelled')),
        ('moves and their trail',
         (SELECT coalesce(sum(revision), 0) FROM bookings),
         (SELECT count(*) FROM audit_events WHERE action = 'booking_rescheduled')),
        ('missed visits and their trail',
         (SELECT count(*) FROM bookings WHERE status = 'no_show'),
         (SELECT count(*) FROM audit_events WHERE action = 'booking_no_show')),
        ('completed visits and their trail',
         (SELECT count(*) FROM bookings WHERE status = 'completed')
         + (SELECT count(*) FROM audit_events
             WHERE action = 'booking_no_show' AND before ->> 'status' = 'completed'),
         (SELECT count(*) FROM audit_events WHERE action = 'booking_completed')),
        ('linked walk-ins and their trail',
         (SELECT count(*) FROM bookings WHERE source <> 'bot' AND client_id IS NOT NULL),
         (SELECT count(*) FROM audit_events WHERE action = 'booking_linked')),
        ('offers and their trail',
         (SELECT count(*) FROM slot_offers),
         (SELECT count(*) FROM audit_events WHERE action = 'slot_offered')),
        ('closed offers and their trail',
         (SELECT count(*) FROM slot_offers WHERE status <> 'open'),
         (SELECT count(DISTINCT object_id) FROM audit_events WHERE action = 'slot_offer_closed')),
        ('waits that got a time and the offers they accepted',
         (SELECT count(*) FROM waitlist_entries WHERE status = 'taken'),
         (SELECT count(*) FROM slot_offers WHERE status = 'accepted' AND waitlist_entry_id IS NOT NULL)),
        ('accepted offers and the bookings made of them',
         (SELECT count(*) FROM slot_offers WHERE status = 'accepted' AND waitlist_entry_id IS NOT NULL),
         (SELECT count(*) FROM bookings WHERE idempotency_key LIKE 'offer:%')),
        ('places in line and their trail',
         (SELECT count(*) FROM waitlist_entries),
         (SELECT count(*) FROM audit_events WHERE action = 'waiting_list_joined')),
        ('places given up and their trail',
         (SELECT count(*) FROM waitlist_entries WHERE status = 'given_up'),
         (SELECT count(*) FROM audit_events WHERE action = 'waiting_list_left')),
        ('notifications and their jobs',
         (SELECT count(*) FROM notifications),
         (SELECT count(*) FROM procrastinate_jobs))
    ) AS pair (name, one, other)
     WHERE one <> other
"""


def mistakes(*, now: dt.datetime, reported: Collection[tuple[int, dt.datetime]]) -> list[str]:
    """What is wrong while nobody acts; `reported` are blocks, with their beginning, that changes of hours ran into."""
    return [*mistakes_of_a_moment(now=now), *_outside_hours(now=now, reported=reported)]


def mistakes_of_a_moment(*, now: dt.datetime, but_for: Collection[str] = ()) -> list[str]:
    """What is wrong in one snapshot, whoever is acting: violations, and numbers that have to be the same."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        found = {kind: number for kind, number in violations(now=now).items() if number and kind not in but_for}
        cursor.execute(_COUNTS)
        unequal = [f"{name}: {one} and {other}" for name, one, other in cursor.fetchall()]
        return [f"{kind}: {broken(kind, now=now)}" for kind in found] + unequal


def _outside_hours(*, now: dt.datetime, reported: Collection[tuple[int, dt.datetime]]) -> list[str]:
    """Visits to come that lie outside their master's hours, although no change of hours has reported them."""
    coming = Booking.objects.filter(status=BookingStatus.CONFIRMED, starts_at__gt=now).select_related("block")
    bookings = list(coming)
    if not bookings:
        return []
    days = [local_day(booking.starts_at) for booking in bookings]
    plans = plans_of({each.master_id for each in bookings}, DayRange(min(days), max(days)), also_inactive=True)
    outside = []
    for booking, date in zip(bookings, days, strict=True):
        if booking.block is None or (booking.block.pk, booking.block.during.lower) in reported:
            continue
        starts, ends = to_minute(booking.block.during.lower), to_minute(booking.block.during.upper)
        day = plans[booking.master_id].day(date) if booking.master_id in plans else None
        if day is None or not any(opens <= starts and ends <= closes for opens, closes in day.windows):
            outside.append(f"booking {booking.pk} at {booking.starts_at} is outside the hours, and nobody knows")
    return outside

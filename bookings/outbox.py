"""Every notification is a row written in the transaction that causes it, with a job to deliver it."""

import datetime as dt

from django.db import connection, transaction

from bookings.models import Booking, NotificationKind
from bookings.tasks import deliver_notification
from observability.correlation import correlated, correlation_id
from observability.jobs import enqueue

STRANDED_AFTER = dt.timedelta(minutes=1)

# The client first, then the master; whoever is nobody's account gets nothing.
_TELL = """
    INSERT INTO notifications (booking_id, recipient_id, kind, dedupe_key, correlation_id, created_at)
    SELECT %(booking)s::bigint, recipient_id, kind, kind || ':' || %(booking)s::bigint, %(correlation)s, now()
      FROM (VALUES (%(client)s::bigint, %(client_kind)s),
                   ((SELECT user_id FROM masters WHERE id = %(master)s::bigint), %(master_kind)s)
           ) AS told (recipient_id, kind)
     WHERE recipient_id IS NOT NULL
    RETURNING id
"""
# One sweep at a time: the lock is taken in a statement of its own, so that the next one sees what it was held for.
_SWEEP_ALONE = "SELECT pg_try_advisory_xact_lock(7265002)"
_STRANDED = """
    SELECT n.id, n.correlation_id FROM notifications n
     WHERE n.status = 'pending' AND n.created_at < %s
       AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs j
                        WHERE j.status IN ('todo', 'doing') AND j.task_name = 'bookings.tasks.deliver_notification'
                          AND (j.args ->> 'notification_id')::bigint = n.id)
"""


def tell_booked(booking: Booking) -> None:
    """The client gets a confirmation, the master the news."""
    _write(booking, client=NotificationKind.CLIENT_CONFIRMED, master=NotificationKind.MASTER_NEW)


def tell_cancelled(booking: Booking) -> None:
    """Both sides learn that the visit is off."""
    _write(booking, client=NotificationKind.CLIENT_CANCELLED, master=NotificationKind.MASTER_CANCELLED)


def _write(booking: Booking, *, client: NotificationKind, master: NotificationKind) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _TELL,
            {
                "booking": booking.pk,
                "client": booking.client_id,
                "client_kind": client.value,
                "master": booking.master_id,
                "master_kind": master.value,
                "correlation": correlation_id(),
            },
        )
        enqueue(deliver_notification, [{"notification_id": pk} for (pk,) in cursor.fetchall()])


def rescue_stranded(*, now: dt.datetime) -> int:
    """Queue again the pending notifications that have no job any more; how many. One caller at a time does it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_SWEEP_ALONE)
        if cursor.fetchone() != (True,):
            return 0
        cursor.execute(_STRANDED, [now - STRANDED_AFTER])
        stranded = cursor.fetchall()
        for notification_id, causing_id in stranded:
            with correlated(causing_id):
                enqueue(deliver_notification, [{"notification_id": notification_id}])
    return len(stranded)

"""Every notification is a row written in the transaction that causes it, with a job to deliver it."""

import datetime as dt
from collections.abc import Mapping

from django.db import connection, transaction

from bookings.models import Booking, Notification, NotificationKind
from bookings.tasks import deliver_notification
from observability.correlation import correlated, correlation_id
from observability.jobs import enqueue

STRANDED_AFTER = dt.timedelta(minutes=1)

# FOR UPDATE SKIP LOCKED: two workers that sweep at once share the work instead of doubling it.
_STRANDED = """
    SELECT n.id, n.correlation_id FROM notifications n
     WHERE n.status = 'pending' AND n.created_at < %s
       AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs j
                        WHERE j.status IN ('todo', 'doing') AND j.task_name = 'bookings.tasks.deliver_notification'
                          AND (j.args ->> 'notification_id')::bigint = n.id)
       FOR UPDATE OF n SKIP LOCKED
"""


def tell_booked(booking: Booking) -> None:
    """The client gets a confirmation, the master the news."""
    _write(booking, client=NotificationKind.CLIENT_CONFIRMED, master=NotificationKind.MASTER_NEW)


def tell_cancelled(booking: Booking) -> None:
    """Both sides learn that the visit is off."""
    _write(booking, client=NotificationKind.CLIENT_CANCELLED, master=NotificationKind.MASTER_CANCELLED)


def _write(booking: Booking, *, client: NotificationKind, master: NotificationKind) -> None:
    recipients: Mapping[NotificationKind, int | None] = {
        client: booking.client_id,
        master: booking.master.user_id,
    }
    rows = Notification.objects.bulk_create(
        Notification(
            booking=booking,
            recipient_id=recipient_id,
            kind=kind,
            dedupe_key=f"{kind}:{booking.pk}",
            correlation_id=correlation_id(),
        )
        for kind, recipient_id in recipients.items()
        if recipient_id is not None
    )
    enqueue(deliver_notification, [{"notification_id": row.pk} for row in rows])


def rescue_stranded(*, now: dt.datetime) -> int:
    """Queue again the pending notifications that have no job any more; how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_STRANDED, [now - STRANDED_AFTER])
        stranded = cursor.fetchall()
        for notification_id, causing_id in stranded:
            with correlated(causing_id):
                enqueue(deliver_notification, [{"notification_id": notification_id}])
    return len(stranded)

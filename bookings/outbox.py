"""Every notification is a row written in the transaction that causes it, with a job to deliver it."""

import datetime as dt

from django.db import connection, transaction

from accounts.actors import Actor
from bookings.models import Booking, CancelledBy, NotificationKind, SlotOffer
from bookings.tasks import deliver_notification
from observability.correlation import correlated, correlation_id
from observability.jobs import enqueue

STRANDED_AFTER = dt.timedelta(minutes=1)

# The client first, then the master; whoever is nobody's account, or did it themselves, gets nothing. A booking that
# moves has a new revision, and so news of its own.
_TELL = """
    INSERT INTO notifications (booking_id, slot_offer_id, recipient_id, kind, dedupe_key, correlation_id, created_at)
    SELECT %(booking)s::bigint, %(offer)s::bigint, recipient_id, kind, kind || ':' || %(about)s, %(correlation)s, now()
      FROM (VALUES (%(client)s::bigint, %(client_kind)s),
                   ((SELECT user_id FROM masters WHERE id = %(master)s::bigint), %(master_kind)s)
           ) AS told (recipient_id, kind)
     WHERE recipient_id IS NOT NULL AND kind <> '' AND (kind NOT LIKE 'master%%' OR recipient_id <> %(actor)s::bigint)
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


def tell_booked(booking: Booking, *, by: Actor) -> None:
    """The client gets a confirmation, the master the news."""
    _tell(booking, client=NotificationKind.CLIENT_CONFIRMED, master=NotificationKind.MASTER_NEW, by=by)


def tell_moved(booking: Booking, *, by: Actor) -> None:
    """Both sides learn the new time."""
    _tell(booking, client=NotificationKind.CLIENT_MOVED, master=NotificationKind.MASTER_MOVED, by=by)


def tell_cancelled(booking: Booking, *, by: Actor) -> None:
    """Both sides learn that the visit is off; the client also, when it was a rule of the shop's, which one."""
    released = booking.cancelled_by == CancelledBy.SHOP
    client = NotificationKind.CLIENT_RELEASED if released else NotificationKind.CLIENT_CANCELLED
    _tell(booking, client=client, master=NotificationKind.MASTER_CANCELLED, by=by)


def ask_to_confirm(booking: Booking, *, by: Actor) -> None:
    """The client is asked whether they come."""
    _tell(booking, client=NotificationKind.CLIENT_ASKED, by=by)


def tell_move_offered(offer: SlotOffer) -> None:
    """The client of a booking that is in the way is asked whether another time will do."""
    _write(
        offer_id=offer.pk,
        booking_id=offer.booking_id,
        client=offer.client_id,
        client_kind=NotificationKind.CLIENT_MOVE_OFFERED,
    )


def tell_slot_offered(offer: SlotOffer) -> None:
    """Who waits learns of a time that is held for them."""
    _write(offer_id=offer.pk, client=offer.client_id, client_kind=NotificationKind.CLIENT_SLOT_OFFERED)


def tell_move_refused(offer: SlotOffer) -> None:
    """The master learns that a client keeps the time that is in the way."""
    _write(
        offer_id=offer.pk,
        booking_id=offer.booking_id,
        master=offer.master_id,
        master_kind=NotificationKind.MASTER_MOVE_REFUSED,
    )


def _tell(booking: Booking, *, client: NotificationKind, master: NotificationKind | None = None, by: Actor) -> None:
    _write(
        booking_id=booking.pk,
        about=f"{booking.pk}:{booking.revision}",
        client=booking.client_id,
        client_kind=client,
        master=booking.master_id,
        master_kind=master or "",
        actor=by.user_id or 0,
    )


def _write(
    *,
    booking_id: int | None = None,
    offer_id: int | None = None,
    about: str = "",
    client: int | None = None,
    client_kind: str = "",
    master: int | None = None,
    master_kind: str = "",
    actor: int = 0,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _TELL,
            {
                "booking": booking_id,
                "offer": offer_id,
                "about": about or f"offer:{offer_id}",
                "client": client,
                "client_kind": str(client_kind),
                "master": master,
                "master_kind": str(master_kind),
                "actor": actor,
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

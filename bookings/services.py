"""Writes: one transaction each. Lock, check, claim, then everything that follows from it, or nothing at all."""

import datetime as dt
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from accounts.audit import record_audit
from accounts.models import Channel, User
from bookings import outbox
from bookings.errors import (
    ActiveBookingExists,
    BookingError,
    BookingNotFound,
    ClientDisabled,
    NotActive,
    ServiceUnavailable,
    SlotTaken,
    SlotUnavailable,
    TooLateToCancel,
)
from bookings.models import (
    ONE_ACTIVE_BOOKING,
    Booking,
    BookingSource,
    BookingStatus,
    CancelledBy,
)
from bookings.selectors import OfferTerms, free_slots, offer_terms
from observability.events import emit
from schedules.calendar import DayRange, local_day
from schedules.claims import check_slot, claim_time, lock_masters, release_time
from schedules.errors import ScheduleError, TimeTaken
from schedules.models import BlockKind

# The path of a booking is written by hand: the same statements through the ORM cost five times their execution.
_LOCK_CLIENT = "SELECT is_active FROM users WHERE id = %s FOR NO KEY UPDATE"
_IN_THE_WAY = """
    SELECT id, idempotency_key = %(key)s FROM bookings
     WHERE idempotency_key = %(key)s OR (client_id = %(client)s AND status = 'confirmed' AND source = 'bot')
"""
_INSERT = """
    WITH booking AS (
        INSERT INTO bookings (client_id, walk_in_name, walk_in_phone, master_id, block_id, starts_at, ends_at,
                              total_price, status, source, idempotency_key, cancelled_by, cancel_reason, created_at)
        VALUES (%(client)s, '', '', %(master)s, %(block)s, %(starts_at)s, %(ends_at)s,
                %(price)s, 'confirmed', 'bot', %(key)s, '', '', %(now)s)
        RETURNING *
    ), line AS (
        INSERT INTO booking_services (booking_id, service_id, position, price, duration_minutes)
        SELECT id, %(service)s, 0, %(price)s, %(minutes)s FROM booking
    )
    SELECT * FROM booking
"""


def create_booking(
    *,
    client_id: int,
    service_id: int,
    master_id: int,
    starts_at: dt.datetime,
    idempotency_key: str,
    now: dt.datetime,
) -> Booking:
    """Book a visit for a client of the bot and return it; the same key gives the same booking again.

    Raises SlotTaken or SlotUnavailable (with the day's free slots), ActiveBookingExists, ServiceUnavailable or
    ClientDisabled; then nothing has changed.
    """
    attempt = {
        "master_id": master_id,
        "service_ids": [service_id],
        "starts_at": starts_at,
        "actor_id": client_id,
    }
    with _reported(source=BookingSource.BOT, **attempt):
        try:
            with transaction.atomic():
                _lock_client(client_id)
                key = f"{client_id}:{idempotency_key}"
                repeated, active = _bookings_in_the_way(client_id=client_id, key=key)
                if repeated:
                    return repeated
                lock_masters([master_id])
                _settle_active_booking(active, now=now)
                terms = _terms(service_id=service_id, master_id=master_id)
                check_slot(master_id=master_id, starts_at=starts_at, taken_minutes=terms.taken_minutes, now=now)
                return _insert_booking(client_id, terms, service_id=service_id, starts_at=starts_at, key=key, now=now)
        except ScheduleError as error:
            slots = _day_slots(service_id=service_id, master_id=master_id, starts_at=starts_at, now=now)
            refusal = SlotTaken if isinstance(error, TimeTaken) else SlotUnavailable
            raise refusal(reason=error.code, slots=slots) from error
        except IntegrityError as error:
            raise _translated(error, client_id=client_id) from error


def cancel_booking(*, booking_id: int, by: User, now: dt.datetime) -> Booking:
    """Cancel the client's own booking and free its time; cancelling it again changes nothing.

    Raises BookingNotFound, NotActive or TooLateToCancel.
    """
    with _reported(source=BookingSource.BOT, actor_id=by.pk), transaction.atomic():
        _lock_client(by.pk)
        known = Booking.objects.filter(pk=booking_id, client=by).values_list("master_id", flat=True).first()
        if known is None:
            raise BookingNotFound(booking_id=booking_id)
        lock_masters([known], active_only=False)
        booking = Booking.objects.select_for_update(no_key=True).get(pk=booking_id)
        if booking.status == BookingStatus.CANCELLED:
            return booking
        if booking.status != BookingStatus.CONFIRMED or booking.starts_at <= now:
            raise NotActive(booking_id=booking_id)
        if booking.starts_at - now < dt.timedelta(minutes=settings.CANCEL_MIN_NOTICE_MINUTES):
            raise TooLateToCancel(booking_id=booking_id)
        _cancel(booking, by=CancelledBy.CLIENT, now=now)
        _record(booking, action="booking_cancelled", actor_id=by.pk, before=BookingStatus.CONFIRMED)
        outbox.tell_cancelled(booking)
        return booking


def _lock_client(client_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_CLIENT, [client_id])
        row = cursor.fetchone()
    if row is None:
        raise User.DoesNotExist
    if not row[0]:
        raise ClientDisabled


def _bookings_in_the_way(*, client_id: int, key: str) -> tuple[Booking | None, Booking | None]:
    """The booking made with this key before, and the client's confirmed one."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_THE_WAY, {"client": client_id, "key": key})
        ids = {is_repeated: booking_id for booking_id, is_repeated in cursor.fetchall()}
    found = Booking.objects.in_bulk(ids.values()) if ids else {}
    return found.get(ids.get(True)), found.get(ids.get(False))


def _settle_active_booking(active: Booking | None, *, now: dt.datetime) -> None:
    """Complete the client's visit that is over; refuse a second one still to come."""
    if active is None:
        return
    if active.ends_at > now:
        raise ActiveBookingExists(active)
    # Staff lock no client: they may have said what became of the visit since it was read.
    if Booking.objects.filter(pk=active.pk, status=BookingStatus.CONFIRMED).update(status=BookingStatus.COMPLETED):
        active.status = BookingStatus.COMPLETED
        _record(active, action="booking_completed", actor_id=active.client_id, before=BookingStatus.CONFIRMED)


def _terms(*, service_id: int, master_id: int) -> OfferTerms:
    terms = offer_terms(service_id=service_id, master_id=master_id) if master_id else []
    if not terms:
        raise ServiceUnavailable(service_id=service_id, master_id=master_id)
    return terms[0]


def _insert_booking(
    client_id: int, terms: OfferTerms, *, service_id: int, starts_at: dt.datetime, key: str, now: dt.datetime
) -> Booking:
    values = {
        "client": client_id,
        "master": terms.master_id,
        "block": claim_time(
            master_id=terms.master_id,
            kind=BlockKind.BOOKING,
            starts_at=starts_at,
            ends_at=starts_at + dt.timedelta(minutes=terms.taken_minutes),
        ),
        "starts_at": starts_at,
        "ends_at": starts_at + dt.timedelta(minutes=terms.duration_minutes),
        "price": terms.price,
        "key": key,
        "now": now,
        "service": service_id,
        "minutes": terms.duration_minutes,
    }
    booking = Booking.objects.raw(_INSERT, values)[0]
    _record(booking, action="booking_created", actor_id=client_id, service_ids=[service_id])
    outbox.tell_booked(booking)
    return booking


def _cancel(booking: Booking, *, by: CancelledBy, now: dt.datetime) -> None:
    block_id = booking.block_id
    booking.status = BookingStatus.CANCELLED
    booking.block = None
    booking.cancelled_by = by
    booking.cancelled_at = now
    booking.save(update_fields=["status", "block", "cancelled_by", "cancelled_at"])
    if block_id:
        release_time(block_id)


def _record(booking: Booking, *, action: str, actor_id: int | None, before: str = "", **fields: Any) -> None:
    """The audit row, and the event once it is true."""
    record_audit(
        actor_id=actor_id,
        channel=Channel.BOT,
        action=action,
        object_type="booking",
        object_id=booking.pk,
        before={"status": before} if before else {},
        after={
            "status": booking.status,
            "master_id": booking.master_id,
            "starts_at": booking.starts_at.isoformat(),
        },
    )
    event = {
        "booking_id": booking.pk,
        "master_id": booking.master_id,
        "starts_at": booking.starts_at,
        "source": booking.source,
        "actor_id": actor_id,
        **fields,
    }
    transaction.on_commit(lambda: emit(action, **event))


def _day_slots(*, service_id: int, master_id: int, starts_at: dt.datetime, now: dt.datetime) -> list[Any]:
    day = local_day(starts_at)
    return free_slots(terms=offer_terms(service_id=service_id, master_id=master_id), days=DayRange(day, day), now=now)


def _translated(error: IntegrityError, *, client_id: int) -> Exception:
    """The domain's word for a broken constraint, for whoever came past the lock rule."""
    diagnostics = getattr(error.__cause__, "diag", None)
    if diagnostics is not None and diagnostics.constraint_name == ONE_ACTIVE_BOOKING:
        active = Booking.objects.filter(
            client_id=client_id, status=BookingStatus.CONFIRMED, source=BookingSource.BOT
        ).first()
        if active:
            return ActiveBookingExists(active)
    return error


@contextmanager
def _reported(**fields: Any) -> Iterator[None]:
    """Say in the log when a rule refused (booking_rejected) or we broke (booking_failed)."""
    try:
        yield
    except BookingError as error:
        emit("booking_rejected", reason_code=error.code, **fields)
        raise
    except Exception as error:
        emit("booking_failed", level=logging.ERROR, reason_code=type(error).__name__, **fields)
        raise

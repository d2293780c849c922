"""What is written down about a booking: the audit row and the event, or the event of a refusal."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from accounts.actors import Actor
from accounts.audit import record_audit
from accounts.errors import AccountError
from bookings.errors import BookingError
from bookings.models import Booking, BookingService, OfferStatus, SlotOffer, WaitlistEntry
from observability.events import emit
from schedules.errors import ScheduleError


def record(
    booking: Booking,
    action: str,
    *,
    by: Actor,
    before: dict[str, Any] | None = None,
    service_ids: Sequence[int] | None = None,
    reason_code: str | None = None,
) -> None:
    """The audit row now, the event once it is true."""
    _write(action, "booking", booking.pk, by=by, before=before, after=state_of(booking))
    event: dict[str, Any] = {
        "booking_id": booking.pk,
        "master_id": booking.master_id,
        "service_ids": _services_of(booking) if service_ids is None else list(service_ids),
        "starts_at": booking.starts_at,
        "source": booking.source,
        "actor_id": by.user_id,
    }
    if reason_code:
        event["reason_code"] = reason_code
    transaction.on_commit(lambda: emit(action, **event))


def state_of(booking: Booking) -> dict[str, Any]:
    """What the audit trail knows of a booking: no person in it."""
    return {"status": booking.status, "master_id": booking.master_id, "starts_at": booking.starts_at.isoformat()}


def record_waiting(entry: WaitlistEntry, action: str, *, by: Actor) -> None:
    """The audit row of a place in line, and the event once it is true."""
    after = {"status": entry.status, "master_id": entry.master_id, "day": entry.day.isoformat()}
    _write(action, "waitlist_entry", entry.pk, by=by, after=after)
    event: dict[str, Any] = {"entry_id": entry.pk, "master_id": entry.master_id, "actor_id": by.user_id}
    transaction.on_commit(lambda: emit(action, **event))


def record_offer(offer: SlotOffer, *, by: Actor) -> None:
    """The audit row of a held time: made, or what became of it; and the event once it is true."""
    after = {"status": offer.status, "master_id": offer.master_id, "starts_at": offer.starts_at.isoformat()}
    action = "slot_offered" if offer.status == OfferStatus.OPEN else "slot_offer_closed"
    _write(action, "slot_offer", offer.pk, by=by, after=after)
    event: dict[str, Any] = {
        "offer_id": offer.pk,
        "booking_id": offer.booking_id,
        "master_id": offer.master_id,
        "starts_at": offer.starts_at,
        "reason_code": offer.status,
        "actor_id": by.user_id,
    }
    transaction.on_commit(lambda: emit(action, **event))


@contextmanager
def reported(*, by: Actor, **fields: Any) -> Iterator[None]:
    """Say in the log when a rule refused (booking_rejected) or we broke (booking_failed)."""
    try:
        yield
    except (BookingError, AccountError, ScheduleError) as error:
        emit("booking_rejected", reason_code=error.code, actor_id=by.user_id, **fields)
        raise
    except Exception as error:
        emit(
            "booking_failed",
            level=logging.ERROR,
            reason_code=type(error).__name__,
            actor_id=by.user_id,
            **fields,
        )
        raise


def _write(
    action: str,
    object_type: str,
    object_id: int,
    *,
    by: Actor,
    after: dict[str, Any],
    before: dict[str, Any] | None = None,
) -> None:
    record_audit(
        actor_id=by.user_id,
        channel=by.channel,
        action=action,
        object_type=object_type,
        object_id=object_id,
        before=before,
        after=after,
    )


def _services_of(booking: Booking) -> list[int]:
    lines = BookingService.objects.filter(booking=booking).order_by("position")
    return list(lines.values_list("service_id", flat=True))

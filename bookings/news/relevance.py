"""Whether a message would still help: the reason to skip it, or none."""

import datetime as dt

from bookings.models import Booking, BookingStatus, Notification, NotificationKind, OfferStatus, SlotOffer

_OFFERS = (NotificationKind.CLIENT_SLOT_OFFERED, NotificationKind.CLIENT_MOVE_OFFERED)
_NEWS = (
    NotificationKind.CLIENT_CONFIRMED,
    NotificationKind.CLIENT_MOVED,
    NotificationKind.CLIENT_ASKED,
    NotificationKind.CLIENT_MOVE_OFFERED,
    NotificationKind.MASTER_NEW,
    NotificationKind.MASTER_MOVED,
    NotificationKind.MASTER_MOVE_REFUSED,
)


def pointless(row: Notification, *, now: dt.datetime) -> str:
    """Why the message would not help any more, as a code; empty when it would."""
    if row.recipient.telegram_id is None:
        return "no_telegram"
    if not row.recipient.is_active:
        return "recipient_disabled"
    if row.booking is None and row.slot_offer is None:
        return "about_nothing"
    return _of_offer(row, now=now) or _of_booking(row, now=now)


def _of_offer(row: Notification, *, now: dt.datetime) -> str:
    offer = row.slot_offer
    if offer is None:
        return ""
    if row.kind in _OFFERS and offer.status != OfferStatus.OPEN:
        return "offer_closed"
    if row.kind in _OFFERS and offer.expires_at <= now:
        return "offer_expired"
    if row.kind == NotificationKind.MASTER_MOVE_REFUSED and row.booking and not _in_the_way(row.booking, offer):
        return "booking_moved"
    return ""


def _of_booking(row: Notification, *, now: dt.datetime) -> str:
    booking = row.booking
    if booking is None:
        return ""
    if row.kind in _NEWS:
        if booking.status == BookingStatus.CANCELLED:
            return "booking_cancelled"
        if booking.status != BookingStatus.CONFIRMED or booking.ends_at <= now:
            return "visit_over"
    if _is_of_another_time(row, booking):
        return "booking_moved"
    if row.kind == NotificationKind.CLIENT_ASKED:
        return _answered(booking, now=now)
    return ""


def _answered(booking: Booking, *, now: dt.datetime) -> str:
    if booking.confirmed_at is not None or booking.confirm_by is None:
        return "already_confirmed"
    return "too_late_to_confirm" if booking.confirm_by <= now else ""


def _is_of_another_time(row: Notification, booking: Booking) -> bool:
    """Whether the news is of an older revision; `kind:booking:revision` is what the outbox writes."""
    kind, _, about = row.dedupe_key.partition(":")
    booking_id, _, revision = about.partition(":")
    return kind == row.kind and booking_id == str(booking.pk) and revision not in ("", str(booking.revision))


def _in_the_way(booking: Booking, offer: SlotOffer) -> bool:
    """Whether the visit is still in the time off that the offer was made for."""
    off = offer.time_off
    return bool(off and booking.starts_at < off.upper and off.lower < booking.ends_at)

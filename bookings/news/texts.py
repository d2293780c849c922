"""Words that tell somebody what happened to a visit or is held for them, by the kind of the notification."""

import datetime as dt
from collections.abc import Callable
from html import escape

from django.utils.translation import gettext as _

from bookings.models import Booking, CancelledBy, Notification, NotificationKind, OfferStatus, SlotOffer
from bookings.selectors import price_of_held
from bookings.texts import attendance, bold, day_and_time, paragraphs, until, visit
from bookings.waiting.texts import hold_until


def message(row: Notification, *, now: dt.datetime) -> str:
    """The message in the language that is active; HTML, with everything that people typed escaped."""
    return _KINDS[NotificationKind(row.kind)](row, now)


def button_open() -> str:
    return "🗓 " + _("Open the booking")


def _confirmed(row: Notification, now: dt.datetime) -> str:
    return _with_attendance(_("You are booked. See you!"), row, now)


def _moved(row: Notification, now: dt.datetime) -> str:
    return _with_attendance(_("Your visit is moved to another time."), row, now)


def _with_attendance(heading: str, row: Notification, now: dt.datetime) -> str:
    booking, zone = _booking(row), row.recipient.time_zone
    return paragraphs(bold(heading), _visit(booking, zone), attendance(booking, now=now, zone=zone))


def _asked(row: Notification, now: dt.datetime) -> str:
    booking, zone = _booking(row), row.recipient.time_zone
    deadline = until(booking.confirm_by or booking.starts_at, now=now, zone=zone)
    why = _("I ask because you have missed visits before. Without an answer by %(when)s the time goes to others.")
    return paragraphs(bold(_("Will you come?")), _visit(booking, zone), why % {"when": bold(deadline)})


def _released(row: Notification, _now: dt.datetime) -> str:
    why = _("You have missed visits before, and this one was not confirmed in time, so it went to others.")
    return paragraphs(bold(_("Your visit is cancelled.")), _visit(_booking(row), row.recipient.time_zone), why)


def _cancelled(row: Notification, _now: dt.datetime) -> str:
    booking = _booking(row)
    heading = {
        CancelledBy.MASTER.value: _("The master has cancelled your visit."),
        CancelledBy.ADMIN.value: _("The barbershop has cancelled your visit."),
    }.get(booking.cancelled_by, _("Your visit is cancelled."))
    return paragraphs(bold(heading), _visit(booking, row.recipient.time_zone), _reason(booking))


def _slot_offered(row: Notification, now: dt.datetime) -> str:
    offer, zone = _offer(row), row.recipient.time_zone
    entry = offer.waitlist_entry
    services = entry.services.all() if entry else []
    lines = visit(services, offer.master.name, offer.starts_at, price_of_held(offer), zone)
    return paragraphs(bold(_("A time has come free!")), "\n".join(lines), _held(offer, now, zone))


def _move_offered(row: Notification, now: dt.datetime) -> str:
    offer, booking, zone = _offer(row), _booking(row), row.recipient.time_zone
    can_not = _("%(master)s can't see you on %(when)s after all. Will another time do?")
    names = {"master": escape(offer.master.name), "when": bold(day_and_time(booking.starts_at, zone))}
    lines = visit(booking.services.all(), offer.master.name, offer.starts_at, booking.total_price, zone)
    return paragraphs(can_not % names, "\n".join(lines), _held(offer, now, zone))


def _master_new(row: Notification, _now: dt.datetime) -> str:
    return _to_master(_("New booking"), row)


def _master_moved(row: Notification, _now: dt.datetime) -> str:
    return _to_master(_("A booking is moved: this is its new time"), row)


def _master_cancelled(row: Notification, _now: dt.datetime) -> str:
    booking = _booking(row)
    by_whom = {
        CancelledBy.CLIENT.value: _("The client has cancelled."),
        CancelledBy.ADMIN.value: _("The administrator has cancelled."),
        CancelledBy.SHOP.value: _("The client did not confirm in time."),
    }.get(booking.cancelled_by, "")
    return paragraphs(_to_master(_("Booking cancelled"), row), by_whom, _reason(booking))


def _move_refused(row: Notification, _now: dt.datetime) -> str:
    offer, booking = _offer(row), _booking(row)
    heading = _("The client keeps the time")
    if offer.status == OfferStatus.EXPIRED:
        heading = _("The client has not answered, so the time stays")
    phone = booking.client.phone if booking.client else booking.walk_in_phone
    call = _("Phone: %(phone)s") % {"phone": phone} if phone else ""
    return paragraphs(_to_master(heading, row), call)


def _to_master(heading: str, row: Notification) -> str:
    booking = _booking(row)
    who = booking.client.name if booking.client else booking.walk_in_name
    return paragraphs(bold(heading), _visit(booking, row.recipient.time_zone, who=who))


def _visit(booking: Booking, zone: str, *, who: str | None = None) -> str:
    name = booking.master.name if who is None else who
    return "\n".join(visit(booking.services.all(), name, booking.starts_at, booking.total_price, zone))


def _reason(booking: Booking) -> str:
    return _("Reason: %(reason)s") % {"reason": escape(booking.cancel_reason)} if booking.cancel_reason else ""


def _held(offer: SlotOffer, now: dt.datetime, zone: str) -> str:
    return hold_until(until(offer.expires_at, now=now, zone=zone))


def _booking(row: Notification) -> Booking:
    if row.booking is None:
        raise TypeError(f"a notification of {row.kind} without its booking")
    return row.booking


def _offer(row: Notification) -> SlotOffer:
    if row.slot_offer is None:
        raise TypeError(f"a notification of {row.kind} without its offer")
    return row.slot_offer


_KINDS: dict[NotificationKind, Callable[[Notification, dt.datetime], str]] = {
    NotificationKind.CLIENT_CONFIRMED: _confirmed,
    NotificationKind.CLIENT_MOVED: _moved,
    NotificationKind.CLIENT_CANCELLED: _cancelled,
    NotificationKind.CLIENT_ASKED: _asked,
    NotificationKind.CLIENT_RELEASED: _released,
    NotificationKind.CLIENT_SLOT_OFFERED: _slot_offered,
    NotificationKind.CLIENT_MOVE_OFFERED: _move_offered,
    NotificationKind.MASTER_NEW: _master_new,
    NotificationKind.MASTER_MOVED: _master_moved,
    NotificationKind.MASTER_CANCELLED: _master_cancelled,
    NotificationKind.MASTER_MOVE_REFUSED: _move_refused,
}

"""A client answers for a time that is held for them, or nobody does."""

import datetime as dt

from django.db import transaction

from accounts.actors import THE_SHOP, Actor
from bookings import outbox
from bookings.clients import bookings_in_the_way, lock_client, settle_active_booking
from bookings.errors import NotActive, OfferGone, ServiceUnavailable
from bookings.holds import close_offer, offer_freed_time
from bookings.journal import record_offer, reported
from bookings.models import (
    Booking,
    BookingSource,
    BookingStatus,
    OfferStatus,
    SlotOffer,
    WaitlistEntry,
    WaitlistStatus,
)
from bookings.selectors import offer_terms
from bookings.services.changing import move_locked
from bookings.visits import Visitor, insert_booking
from schedules.calendar import local_day, to_minute
from schedules.claims import check_slot, lock_masters, move_time, release_time
from schedules.errors import ScheduleError
from schedules.models import BlockKind

_AT_ONCE = 100


def accept_offer(*, offer_id: int, by: Actor, now: dt.datetime) -> Booking:
    """Take the time that is held: a new booking for who waited, the moved one for whose booking was in the way.

    Accepting again gives the same booking. Raises OfferGone, ActiveBookingExists, ServiceUnavailable or AccessClosed;
    then nothing has changed.
    """
    with reported(by=by, offer_id=offer_id), transaction.atomic():
        no_shows = lock_client(by.user_id or 0, now=now)
        offer = _lock_offer(offer_id, by)
        if offer.status == OfferStatus.ACCEPTED:
            return _accepted_before(offer)
        if offer.status != OfferStatus.OPEN or offer.expires_at <= now:
            raise OfferGone(offer_id=offer_id)
        if offer.booking_id:
            return _accept_move(offer, offer.booking_id, by=by, now=now)
        return _accept_slot(offer, by=by, no_shows=no_shows, now=now)


def decline_offer(*, offer_id: int, by: Actor, now: dt.datetime) -> SlotOffer:
    """Let the held time go: the next in line gets it, or the master learns that the booking stays where it is.

    Who waited waits on for another time. Declining again changes nothing. Raises OfferGone or AccessClosed.
    """
    with reported(by=by, offer_id=offer_id), transaction.atomic():
        lock_client(by.user_id or 0, now=now)
        offer = _lock_offer(offer_id, by)
        if offer.status == OfferStatus.ACCEPTED:
            raise OfferGone(offer_id=offer_id)
        if offer.status == OfferStatus.OPEN:
            _let_go(offer, OfferStatus.DECLINED, by=by, now=now)
        return offer


def expire_offers(*, now: dt.datetime) -> int:
    """Let go of the times that nobody answered for in time; how many."""
    due = SlotOffer.objects.filter(status=OfferStatus.OPEN, expires_at__lte=now).order_by("expires_at", "pk")
    expired = 0
    for offer_id, master_id in due.values_list("pk", "master_id")[:_AT_ONCE]:
        with transaction.atomic():
            lock_masters([master_id], active_only=False)
            offer = SlotOffer.objects.select_for_update().get(pk=offer_id)
            if offer.status == OfferStatus.OPEN:
                _let_go(offer, OfferStatus.EXPIRED, by=THE_SHOP, now=now)
                expired += 1
    return expired


def _lock_offer(offer_id: int, by: Actor) -> SlotOffer:
    """The client's own offer, its master and itself locked."""
    found = SlotOffer.objects.filter(pk=offer_id, client=by.user_id or 0).values_list("master_id", flat=True).first()
    if found is None:
        raise OfferGone(offer_id=offer_id)
    lock_masters([found], active_only=False)
    return SlotOffer.objects.select_for_update().get(pk=offer_id)


def _let_go(offer: SlotOffer, status: OfferStatus, *, by: Actor, now: dt.datetime) -> None:
    close_offer(offer, status, by=by)
    if offer.booking_id:
        outbox.tell_move_refused(offer)
    offer_freed_time(master_id=offer.master_id, days=[local_day(offer.starts_at)], now=now)


def _accepted_before(offer: SlotOffer) -> Booking:
    made = Booking.objects.filter(idempotency_key=_key(offer)).first() or offer.booking
    if made is None:
        raise OfferGone(offer_id=offer.pk)
    return made


def _key(offer: SlotOffer) -> str:
    return f"offer:{offer.pk}"


def _accept_slot(offer: SlotOffer, *, by: Actor, no_shows: int, now: dt.datetime) -> Booking:
    """The hold becomes the booking's block in place, so that the time is never free between the two."""
    _, active = bookings_in_the_way(client_id=offer.client_id, key=_key(offer))
    settle_active_booking(active, by=by, now=now)
    entry = WaitlistEntry.objects.get(slot_offers=offer)
    service_ids = entry.service_ids()
    terms = offer_terms(service_ids=service_ids, master_id=offer.master_id)
    if not terms or not offer.hold_id:
        raise ServiceUnavailable(service_ids=service_ids, master_id=offer.master_id)
    block_id = offer.hold_id
    _accept(offer, by=by)
    WaitlistEntry.objects.filter(pk=entry.pk).update(status=WaitlistStatus.TAKEN)
    _take_held(block_id, offer, terms[0].taken_minutes, now=now)
    visitor = Visitor(BookingSource.BOT, _key(offer), client_id=offer.client_id, no_shows=no_shows)
    return insert_booking(visitor, terms[0], block_id=block_id, starts_at=offer.starts_at, by=by, now=now)


def _take_held(block_id: int, offer: SlotOffer, taken_minutes: int, *, now: dt.datetime) -> None:
    """Let the hold be a booking's; OfferGone when the service takes longer than it did, and more isn't there."""
    _check_held(block_id, offer, taken_minutes, now=now)
    ends_at = offer.starts_at + dt.timedelta(minutes=taken_minutes)
    try:
        move_time(block_id, kind=BlockKind.BOOKING, starts_at=offer.starts_at, ends_at=ends_at)
    except ScheduleError as error:
        raise OfferGone(offer_id=offer.pk) from error


def _check_held(block_id: int, offer: SlotOffer, taken_minutes: int, *, now: dt.datetime) -> None:
    """OfferGone when the master's hours have changed since: only bookings were reported to whoever changed them."""
    try:
        check_slot(
            master_id=offer.master_id,
            starts_at=offer.starts_at,
            taken_minutes=taken_minutes,
            now=now,
            notice_minutes=0,
            own_block=block_id,
        )
    except ScheduleError as error:
        raise OfferGone(offer_id=offer.pk) from error


def _accept_move(offer: SlotOffer, booking_id: int, *, by: Actor, now: dt.datetime) -> Booking:
    """The hold goes and the booking takes its place, both under the master's lock."""
    booking = Booking.objects.select_for_update(no_key=True).get(pk=booking_id)
    if booking.status != BookingStatus.CONFIRMED or booking.starts_at <= now:
        raise NotActive(booking_id=booking.pk)
    hold = offer.hold
    if hold is None:
        raise OfferGone(offer_id=offer.pk)
    _check_held(hold.pk, offer, to_minute(hold.during.upper) - to_minute(hold.during.lower), now=now)
    _accept(offer, by=by)
    release_time(hold.pk)
    move_locked(booking, starts_at=offer.starts_at, by=by, now=now, accepted=offer)
    return booking


def _accept(offer: SlotOffer, *, by: Actor) -> None:
    offer.status, offer.hold = OfferStatus.ACCEPTED, None
    offer.save(update_fields=["status", "hold"])
    record_offer(offer, by=by)

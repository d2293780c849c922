"""Times held for a client until they answer. All of it works in the caller's transaction, under the master's lock."""

import datetime as dt
from collections.abc import Iterable

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.actors import THE_SHOP, Actor
from accounts.models import User
from bookings import outbox
from bookings.journal import record_offer
from bookings.models import (
    Booking,
    BookingSource,
    BookingStatus,
    OfferStatus,
    SlotOffer,
    WaitlistEntry,
    WaitlistStatus,
)
from bookings.selectors import OfferTerms, free_slots, offer_terms
from schedules.calendar import DayRange, local_day
from schedules.claims import claim_time, release_time
from schedules.models import BlockKind

# So many people in line are looked at while somebody waits for the answer; the sweep looks at the others too.
_LOOKED_AT = 50
_WAITS = (WaitlistStatus.WAITING, WaitlistStatus.OFFERED)


def offer_for_booking(
    booking: Booking,
    client: User,
    *,
    starts_at: dt.datetime,
    taken_minutes: int,
    time_off: tuple[dt.datetime, dt.datetime],
    reason: str,
    now: dt.datetime,
) -> SlotOffer:
    """Hold another time for a booking that is in the way of time off, and ask its client."""
    hold = _hold(booking.master_id, starts_at, taken_minutes)
    offer = SlotOffer.objects.create(
        client=client,
        booking=booking,
        master_id=booking.master_id,
        hold_id=hold,
        starts_at=starts_at,
        ends_at=starts_at + (booking.ends_at - booking.starts_at),
        expires_at=min(now + dt.timedelta(minutes=settings.MOVE_HOLD_MINUTES), booking.starts_at, starts_at),
        time_off=time_off,
        time_off_reason=reason,
    )
    record_offer(offer, by=THE_SHOP)
    outbox.tell_move_offered(offer)
    return offer


def offer_freed_time(
    *, master_id: int, days: Iterable[dt.date], now: dt.datetime, look_at: int | None = _LOOKED_AT
) -> list[SlotOffer]:
    """Offer what is free of the master's days to those who wait, first come, first offered.

    Entries that somebody else is serving right now are passed over, and all after the first `look_at` of a day.
    """
    offers: list[SlotOffer] = []
    for day in sorted(set(days)):
        in_line = _in_line(master_id, day, now=now).select_for_update(of=("self",), skip_locked=True)
        for entry in in_line[:look_at]:
            is_asked = any(offer.client_id == entry.client_id for offer in offers)
            if not is_asked and (found := _first_slot(entry, master_id, now=now)):
                offers.append(_offer_slot(entry, *found, now=now))
    return offers


def has_time_for_somebody(*, master_id: int, days: Iterable[dt.date], now: dt.datetime) -> bool:
    """Whether `offer_freed_time` would offer anybody anything: a look that needs no lock, and may be stale."""
    return any(_first_slot(entry, master_id, now=now) for day in days for entry in _in_line(master_id, day, now=now))


def _in_line(master_id: int, day: dt.date, *, now: dt.datetime) -> "QuerySet[WaitlistEntry]":
    """Who waits for the day, could book it and has no other time held, first come first."""
    booked = Booking.objects.filter(
        client=OuterRef("client"), status=BookingStatus.CONFIRMED, source=BookingSource.BOT, ends_at__gt=now
    )
    asked = SlotOffer.objects.filter(client=OuterRef("client"), status=OfferStatus.OPEN, waitlist_entry__isnull=False)
    waiting = WaitlistEntry.objects.filter(
        ~Exists(booked),
        ~Exists(asked),
        Q(master=master_id) | Q(master=None),
        day=day,
        status=WaitlistStatus.WAITING,
        client__is_active=True,
    )
    return waiting.order_by("created_at", "id")


def _first_slot(entry: WaitlistEntry, master_id: int, *, now: dt.datetime) -> tuple[OfferTerms, dt.datetime] | None:
    """The day's first time that fits and that this client hasn't been offered before, with the terms, or None."""
    service_ids = entry.service_ids()
    terms = offer_terms(service_ids=service_ids, master_id=master_id)
    if not service_ids or not terms:
        return None
    seen = SlotOffer.objects.filter(
        client=entry.client_id, master=master_id, waitlist_entry__day=entry.day, waitlist_entry__status__in=_WAITS
    )
    refused = set(seen.values_list("starts_at", flat=True))
    slots = free_slots(terms=terms, days=DayRange(entry.day, entry.day), now=now)
    starts_at = next((slot.starts_at for slot in slots if slot.starts_at not in refused), None)
    return (terms[0], starts_at) if starts_at else None


def _offer_slot(entry: WaitlistEntry, terms: OfferTerms, starts_at: dt.datetime, *, now: dt.datetime) -> SlotOffer:
    offer = SlotOffer.objects.create(
        client_id=entry.client_id,
        waitlist_entry=entry,
        master_id=terms.master_id,
        hold_id=_hold(terms.master_id, starts_at, terms.taken_minutes),
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=terms.duration_minutes),
        expires_at=min(now + dt.timedelta(minutes=settings.WAITLIST_HOLD_MINUTES), starts_at),
    )
    entry.status = WaitlistStatus.OFFERED
    entry.save(update_fields=["status"])
    record_offer(offer, by=THE_SHOP)
    outbox.tell_slot_offered(offer)
    return offer


def _hold(master_id: int, starts_at: dt.datetime, taken_minutes: int) -> int:
    return claim_time(
        master_id=master_id,
        kind=BlockKind.HOLD,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=taken_minutes),
    )


def close_offer(offer: SlotOffer, status: OfferStatus, *, by: Actor = THE_SHOP) -> None:
    """The offer is answered, over or taken back: its hold goes, and who waited waits on."""
    hold_id = offer.hold_id
    offer.status, offer.hold = status, None
    offer.save(update_fields=["status", "hold"])
    record_offer(offer, by=by)
    if hold_id:
        release_time(hold_id)
    if offer.waitlist_entry_id:
        WaitlistEntry.objects.filter(pk=offer.waitlist_entry_id, status=WaitlistStatus.OFFERED).update(
            status=WaitlistStatus.WAITING
        )


def withdraw_holds(*, master_id: int, starts_at: dt.datetime, ends_at: dt.datetime) -> list[dt.date]:
    """Give back the times held within a stretch, which somebody needs more; the days on which they began.

    A booking that was to move there stays where it is, and its master learns so: it is still in the way.
    """
    offers = SlotOffer.objects.filter(
        master=master_id, status=OfferStatus.OPEN, hold__during__overlap=(starts_at, ends_at)
    )
    days = []
    for offer in offers:
        days.append(local_day(offer.starts_at))
        close_offer(offer, OfferStatus.EXPIRED if offer.booking_id else OfferStatus.WITHDRAWN)
        if offer.booking_id:
            outbox.tell_move_refused(offer)
    return days


def days_between(*stretches: tuple[dt.datetime, dt.datetime]) -> set[dt.date]:
    """The shop's days that the stretches of time, each from and until, lie on."""
    return {day for begins, ends in stretches for day in DayRange(local_day(begins), local_day(ends))}

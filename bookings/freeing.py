"""What happens to a master's time when a booking leaves it. In the caller's transaction, under the master's lock."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q

from bookings.holds import close_offer, days_between, offer_freed_time
from bookings.models import Booking, BookingStatus, CancelledBy, OfferStatus, SlotOffer
from schedules.calendar import local_day
from schedules.claims import release_time
from schedules.time_off import add_time_off

# A booking that stayed in the way of time off makes room for it when it leaves after all.
STILL_WANTED = (OfferStatus.OPEN, OfferStatus.DECLINED, OfferStatus.EXPIRED)


def cancel(booking: Booking, *, by: CancelledBy, reason: str, now: dt.datetime) -> list[dt.date]:
    """Write the cancellation and give the time back; who gets it is for the caller to say.

    The days on which another time was held for it, and now comes free as well.
    """
    block = booking.block
    booking.status = BookingStatus.CANCELLED
    booking.block = None
    booking.cancelled_by = by
    booking.cancel_reason = reason
    booking.cancelled_at = now
    booking.save(update_fields=["status", "block", "cancelled_by", "cancel_reason", "cancelled_at"])
    held_days = close_offers_for(booking)
    if block is not None:
        release_time(block.pk)
    return held_days


def close_offers_for(booking: Booking) -> list[dt.date]:
    """Whether another time will do for the booking is no question any more; the days on which one was held."""
    unanswered = list(SlotOffer.objects.filter(booking=booking, status=OfferStatus.OPEN))
    for offer in unanswered:
        close_offer(offer, OfferStatus.DECLINED)
    return [local_day(offer.starts_at) for offer in unanswered]


def pass_on(
    booking: Booking,
    *,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    held_days: Iterable[dt.date] = (),
    accepted: SlotOffer | None = None,
    now: dt.datetime,
) -> None:
    """The booking has left [starts_at, ends_at): time off that it was in the way of comes first, then who waits.

    `accepted` is the offer for whose sake it leaves now; one accepted earlier has been seen to.
    """
    asked = SlotOffer.objects.filter(booking=booking, time_off__overlap=(starts_at, ends_at)).order_by("id")
    for wanted in asked.filter(Q(status__in=STILL_WANTED) | Q(pk=accepted.pk if accepted else None)):
        if wanted.time_off:
            begins, ends = max(wanted.time_off.lower, starts_at, now), min(wanted.time_off.upper, ends_at)
            add_time_off(booking.master_id, begins, ends, reason=wanted.time_off_reason)
    days = {*held_days, *days_between((starts_at, ends_at))}
    offer_freed_time(master_id=booking.master_id, days=days, now=now)

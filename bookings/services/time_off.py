"""Time off: hours, a day or days, with what becomes of the bookings in the way."""

import datetime as dt
import enum
from typing import NamedTuple

from django.db import transaction

from accounts.actors import Actor
from accounts.models import Role
from bookings.errors import BookingsInTheWay, NoTimeOff, NoTimeToOffer
from bookings.freeing import STILL_WANTED, close_offers_for
from bookings.holds import close_offer, days_between, offer_for_booking, offer_freed_time, withdraw_holds
from bookings.models import Booking, BookingStatus, CancelledBy, OfferStatus, SlotOffer
from bookings.rules import checked_reason
from bookings.services.changing import cancel_locked, taken_minutes
from schedules.access import check_runs
from schedules.blocks import blocks_within
from schedules.calendar import from_minute, horizon, local_day
from schedules.claims import lock_masters
from schedules.journal import record_change, reported
from schedules.models import BlockKind
from schedules.selectors import free_slots
from schedules.time_off import add_time_off, checked_range, remove_time_off

Stretch = tuple[dt.datetime, dt.datetime]


class Conflicts(enum.Enum):
    """What becomes of the bookings in the way: nothing is done, all are cancelled, or each is offered another time."""

    STEP_BACK = "step_back"
    CANCEL = "cancel"
    MOVE = "move"


class TimeOff(NamedTuple):
    """The stretches that are off now, and what became of the bookings in the way.

    A client who was offered another time keeps the old one until they accept. `to_call` have nobody to ask in the bot;
    they stay too.
    """

    stretches: list[Stretch]
    cancelled: list[Booking]
    offers: list[SlotOffer]
    to_call: list[Booking]


def take_time_off(
    *,
    master_id: int,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    reason: str,
    by: Actor,
    now: dt.datetime,
    conflicts: Conflicts = Conflicts.STEP_BACK,
    cancel_reason: str = "",
) -> TimeOff:
    """Take the master's time off, in one transaction with all that follows; the master's own, or staff's.

    Time off that it overlaps becomes one with it; a visit under way is finished first; times held for others go back.
    Raises BookingsInTheWay (unless told what to do about them), ReasonRequired to cancel without one, NoTimeToOffer,
    InvalidRange, PastDay, ReasonTooLong or NotAllowed; then nothing has changed.
    """
    with reported(master_id=master_id, change="time_off", by=by), transaction.atomic():
        reason = checked_reason(reason, required=False)
        role = check_runs(by, master_id)
        lock_masters([master_id], active_only=False)
        begins, ends = checked_range(starts_at, ends_at, now=now)
        begins = _after_visit_under_way(master_id, begins, ends, now=now)
        in_the_way = _bookings_within(master_id, begins, ends)
        if in_the_way and conflicts == Conflicts.STEP_BACK:
            raise BookingsInTheWay(in_the_way)
        days = days_between(*((booking.starts_at, booking.ends_at) for booking in in_the_way))
        cancelled, left = (in_the_way, []) if conflicts == Conflicts.CANCEL else ([], in_the_way)
        days |= _cancel_all(cancelled, role, by=by, reason=cancel_reason, now=now)
        for booking in left:  # asked before, they are asked anew
            days.update(close_offers_for(booking))
        days.update(withdraw_holds(master_id=master_id, starts_at=begins, ends_at=ends))
        stretches = add_time_off(master_id, begins, ends, reason=reason)
        offers, to_call = _offer_other_times(left, begins, ends, reason=reason, now=now)
        offer_freed_time(master_id=master_id, days=days, now=now)
        _record(master_id, by, (begins, ends), affected=len(in_the_way))
        return TimeOff([(from_minute(a), from_minute(b)) for a, b in stretches], cancelled, offers, to_call)


def take_back_time_off(
    *, master_id: int, starts_at: dt.datetime, ends_at: dt.datetime, by: Actor, now: dt.datetime
) -> list[Stretch]:
    """Work after all within [starts_at, ends_at): the stretches of time off that were given back.

    Clients who were asked to move for it need not answer any more, unless a part of it is left that their visit is in
    the way of. Raises NoTimeOff when there is none to give back, InvalidRange, PastDay or NotAllowed.
    """
    with reported(master_id=master_id, change="time_off", by=by), transaction.atomic():
        check_runs(by, master_id)
        lock_masters([master_id], active_only=False)
        begins, ends = checked_range(starts_at, ends_at, now=now)
        back = [(from_minute(a), from_minute(b)) for a, b in remove_time_off(master_id, begins, ends)]
        asked = _asked_to_move(master_id, begins, ends)
        if not back and not asked:
            raise NoTimeOff(master_id=master_id)
        held_days = {local_day(offer.starts_at) for offer in asked if not _keep_asking(offer, begins, ends, by=by)}
        offer_freed_time(master_id=master_id, days=days_between(*back) | held_days, now=now)
        _record(master_id, by, (begins, ends), affected=0)
        return back


def _asked_to_move(master_id: int, begins: dt.datetime, ends: dt.datetime) -> list[SlotOffer]:
    """What clients of visits to come were asked because of time off in the stretch, whatever they have answered."""
    asked = SlotOffer.objects.filter(master=master_id, time_off__overlap=(begins, ends), status__in=STILL_WANTED)
    return list(asked.filter(booking__status=BookingStatus.CONFIRMED).select_related("booking__block"))


def _keep_asking(offer: SlotOffer, begins: dt.datetime, ends: dt.datetime, *, by: Actor) -> bool:
    """Leave what the visit is still in the way of when [begins, ends) is given back, or take the offer back."""
    block, asked = offer.booking.block if offer.booking else None, offer.time_off
    if block is None or asked is None:
        raise TypeError("an offer for a confirmed booking without its block")
    wanted = (asked.lower, min(begins, asked.upper)), (max(ends, asked.lower), asked.upper)
    left = [each for each in wanted if max(each[0], block.during.lower) < min(each[1], block.during.upper)]
    if left:
        offer.time_off = left[0]
        offer.save(update_fields=["time_off"])
        return True
    close_offer(offer, OfferStatus.WITHDRAWN, by=by)
    return False


def _after_visit_under_way(master_id: int, begins: dt.datetime, ends: dt.datetime, *, now: dt.datetime) -> dt.datetime:
    """When the time off can begin: now, or after the visit that is going on."""
    visits = blocks_within(master_id, starts_at=begins, ends_at=ends, kinds=[BlockKind.BOOKING])
    under_way = visits.filter(starts_at__lte=now).select_related("booking__client").first()
    if under_way is None:
        return begins
    if under_way.during.upper >= ends:
        raise BookingsInTheWay([under_way.booking])
    finished: dt.datetime = under_way.during.upper
    return finished


def _bookings_within(master_id: int, begins: dt.datetime, ends: dt.datetime) -> list[Booking]:
    bookings = Booking.objects.select_for_update(no_key=True, of=("self",)).select_related("client", "block")
    within = bookings.filter(master=master_id, status=BookingStatus.CONFIRMED, block__during__overlap=(begins, ends))
    return list(within.order_by("starts_at"))


def _cancel_all(bookings: list[Booking], role: Role, *, by: Actor, reason: str, now: dt.datetime) -> set[dt.date]:
    """Cancel them for one reason; the days on which another time was held for one."""
    reason = checked_reason(reason, required=bool(bookings))
    who = CancelledBy.MASTER if role == Role.MASTER else CancelledBy.ADMIN
    return {day for booking in bookings for day in cancel_locked(booking, who, by=by, reason=reason, now=now)}


def _offer_other_times(
    bookings: list[Booking], begins: dt.datetime, ends: dt.datetime, *, reason: str, now: dt.datetime
) -> tuple[list[SlotOffer], list[Booking]]:
    """Hold the nearest free time for each booking whose client can be asked; the others are to be called."""
    offers, to_call = [], []
    for booking in bookings:
        if booking.client is None or booking.client.telegram_id is None or not booking.client.is_active:
            to_call.append(booking)
            continue
        taken = taken_minutes(booking)
        offers.append(
            offer_for_booking(
                booking,
                booking.client,
                starts_at=_nearest_free(booking, taken, now=now),
                taken_minutes=taken,
                time_off=(begins, ends),
                reason=reason,
                now=now,
            )
        )
    return offers, to_call


def _nearest_free(booking: Booking, taken_minutes: int, *, now: dt.datetime) -> dt.datetime:
    """The free time of the booking's master that is nearest to its own, the later one of two."""
    slots = free_slots(needs={booking.master_id: taken_minutes}, days=horizon(now), now=now)
    if not slots:
        raise NoTimeToOffer(booking)
    return max(slots, key=lambda slot: (-abs(slot.starts_at - booking.starts_at), slot.starts_at)).starts_at


def _record(master_id: int, by: Actor, stretch: Stretch, *, affected: int) -> None:
    after = {"starts_at": stretch[0].isoformat(), "ends_at": stretch[1].isoformat()}
    record_change(master_id=master_id, change="time_off", by=by, after=after, affected_bookings=affected)

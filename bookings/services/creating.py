"""A new booking: lock, check, claim, then everything that follows from it, or nothing at all."""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction

from accounts.actors import Actor
from accounts.models import Channel, Role
from accounts.phones import clean_phone
from bookings.clients import bookings_in_the_way, lock_client, settle_active_booking
from bookings.errors import ServiceUnavailable
from bookings.journal import reported
from bookings.models import Booking, BookingSource
from bookings.refusals import constraint_refused, made_meanwhile, slot_refused
from bookings.rules import check_services, checked_name
from bookings.selectors import ANY_MASTER, OfferTerms, fewest_visits_first, free_slots, offer_terms
from bookings.visits import Visitor, insert_booking
from schedules.access import check_runs
from schedules.calendar import DayRange, local_day
from schedules.claims import check_slot, claim_time, lock_masters
from schedules.errors import MasterUnavailable, ScheduleError, TimeTaken
from schedules.models import BlockKind
from schedules.selectors import SLOT_STEP_MINUTES

# Who is there already can sit down at once, in the slot that has just begun.
JUST_BEGUN = 1 - SLOT_STEP_MINUTES


def create_booking(
    *,
    client_id: int,
    service_ids: Sequence[int],
    master_id: int,
    starts_at: dt.datetime,
    idempotency_key: str,
    now: dt.datetime,
    pool: bool = False,
) -> Booking:
    """Book a visit for a client of the bot and return it; the same key gives the same booking again.

    One master does the services one after another. With `pool`, any other who does them for the same price in the
    same time will do, and for ANY_MASTER everybody: of those who are free then the one with the fewest visits that day.

    Raises SlotTaken or SlotUnavailable (with the day's free slots), ActiveBookingExists, ServiceUnavailable or
    AccessClosed; then nothing has changed.
    """
    by = Actor(client_id, Channel.BOT)
    with reported(by=by, service_ids=list(service_ids), master_id=master_id, starts_at=starts_at):
        check_services(service_ids)
        try:
            with transaction.atomic():
                no_shows = lock_client(client_id, now=now)
                key = f"{client_id}:{idempotency_key}"
                repeated, active = bookings_in_the_way(client_id=client_id, key=key)
                if repeated:
                    return repeated
                visitor = Visitor(BookingSource.BOT, key, client_id=client_id, no_shows=no_shows)
                if pool or master_id == ANY_MASTER:
                    return _book_in_pool(service_ids, master_id, visitor, active, by=by, starts_at=starts_at, now=now)
                lock_masters([master_id])
                settle_active_booking(active, by=by, now=now)
                terms = _terms(service_ids, master_id)[0]
                return _book(terms, visitor, by=by, starts_at=starts_at, now=now)
        except ScheduleError as error:
            asked = _pool(_terms(service_ids), master_id) if pool else _terms(service_ids, master_id)
            raise slot_refused(error, needs=_needs(asked), starts_at=starts_at, now=now) from error
        except IntegrityError as error:
            raise constraint_refused(error, client_id=client_id) from error


def create_manual_booking(
    *,
    master_id: int,
    service_ids: Sequence[int],
    starts_at: dt.datetime,
    name: str,
    phone: str,
    idempotency_key: str,
    by: Actor,
    now: dt.datetime,
) -> Booking:
    """Book a visit for somebody who isn't in the bot: a master for themselves, staff for every master.

    The conflicts are the same as for anybody; there is no one-active rule, and the notice is none: the slot that has
    just begun will do. The phone may be empty. Raises what `create_booking` does, and NotAllowed, NameRequired or
    PhoneInvalid; then nothing has changed.
    """
    with reported(by=by, service_ids=list(service_ids), master_id=master_id, starts_at=starts_at):
        check_services(service_ids)
        name, phone = checked_name(name), clean_phone(phone) if phone.strip() else ""
        key = manual_key(by.user_id, idempotency_key)
        try:
            with transaction.atomic():
                source = BookingSource.MASTER if check_runs(by, master_id) == Role.MASTER else BookingSource.ADMIN
                lock_masters([master_id])
                repeated = Booking.objects.filter(idempotency_key=key).first()
                if repeated:
                    return repeated
                visitor = Visitor(source, key, name=name, phone=phone)
                terms = _terms(service_ids, master_id)[0]
                return _book(terms, visitor, by=by, starts_at=starts_at, now=now, notice_minutes=JUST_BEGUN)
        except ScheduleError as error:
            needs = _needs(_terms(service_ids, master_id))
            raise slot_refused(error, needs=needs, starts_at=starts_at, now=now, notice_minutes=JUST_BEGUN) from error
        except IntegrityError as error:
            return made_meanwhile(error, key=key)


def manual_key(user_id: int | None, key: str) -> str:
    """The idempotency key of a booking by hand: a person's own, so that nobody meets another's by guessing."""
    return f"manual:{user_id}:{key}"


def _needs(terms: Sequence[OfferTerms]) -> dict[int, int]:
    return {each.master_id: each.taken_minutes for each in terms}


def _terms(service_ids: Sequence[int], master_id: int = ANY_MASTER) -> list[OfferTerms]:
    terms = offer_terms(service_ids=service_ids, master_id=master_id)
    if not terms:
        raise ServiceUnavailable(service_ids=list(service_ids), master_id=master_id)
    return terms


def _book(
    terms: OfferTerms,
    visitor: Visitor,
    *,
    by: Actor,
    starts_at: dt.datetime,
    now: dt.datetime,
    notice_minutes: int | None = None,
) -> Booking:
    """Check and claim the time of a master who is locked, and write the booking."""
    taken = terms.taken_minutes
    check_slot(
        master_id=terms.master_id, starts_at=starts_at, taken_minutes=taken, now=now, notice_minutes=notice_minutes
    )
    block_id = claim_time(
        master_id=terms.master_id,
        kind=BlockKind.BOOKING,
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(minutes=taken),
    )
    return insert_booking(visitor, terms, block_id=block_id, starts_at=starts_at, by=by, now=now)


def _book_in_pool(
    service_ids: Sequence[int],
    shown: int,
    visitor: Visitor,
    active: Booking | None,
    *,
    by: Actor,
    starts_at: dt.datetime,
    now: dt.datetime,
) -> Booking:
    """Book with the least booked of the pool who is free; all of them are locked first, so that the count is true."""
    day = local_day(starts_at)
    pool = _pool(_terms(service_ids), shown)
    slots = free_slots(terms=pool, days=DayRange(day, day), now=now)
    free = [slot.master_id for slot in slots if slot.starts_at == starts_at]
    tried = free or [each.master_id for each in pool]
    lock_masters(tried, active_only=False)
    settle_active_booking(active, by=by, now=now)
    terms = {each.master_id: each for each in _pool(_terms(service_ids), shown)}
    refusals: list[ScheduleError] = []
    for master_id in fewest_visits_first(tried, day=day):
        try:
            if master_id in terms:
                return _book(terms[master_id], visitor, by=by, starts_at=starts_at, now=now)
        except ScheduleError as error:
            refusals.append(error)
    taken = (error for error in refusals if isinstance(error, TimeTaken))
    raise next(taken, None) or (refusals[-1] if refusals else MasterUnavailable(master_ids=tried))


def _pool(terms: Sequence[OfferTerms], shown: int) -> list[OfferTerms]:
    """Everybody, or those whose price and duration are those of the master who was shown."""
    like = next((each for each in terms if each.master_id == shown), None)
    if like is None and shown != ANY_MASTER:
        raise ServiceUnavailable(master_id=shown)
    return [
        each for each in terms if like is None or (each.price, each.taken_minutes) == (like.price, like.taken_minutes)
    ]

"""The waiting list: who asks for a day, and what comes free on it."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from accounts.actors import THE_SHOP, Actor, role_of
from bookings.clients import lock_client
from bookings.errors import BookingNotFound, DayNotBookable, NoNeedToWait, ServiceUnavailable, TooManyWaits
from bookings.holds import close_offer, has_time_for_somebody, offer_freed_time
from bookings.journal import record_waiting, reported
from bookings.models import Offer, OfferStatus, SlotOffer, WaitlistEntry, WaitlistService, WaitlistStatus
from bookings.rules import check_services
from bookings.selectors import free_slots, offer_terms
from schedules.calendar import DayRange, horizon, local_day
from schedules.claims import lock_masters
from schedules.errors import MasterUnavailable

MOST_WAITS = 5
_WAITS = (WaitlistStatus.WAITING, WaitlistStatus.OFFERED)


def join_waiting_list(
    *, service_ids: Sequence[int], master_id: int, day: dt.date, by: Actor, now: dt.datetime
) -> WaitlistEntry:
    """Put the client in line for a day with a master, or with anybody (ANY_MASTER); once for the same is enough.

    Who waits for the day already waits for these services from now on, in the same place.

    Raises NoNeedToWait (with the free slots) when the day has time, DayNotBookable, TooManyWaits, ServiceUnavailable
    or AccessClosed.
    """
    client_id = by.user_id or 0
    with reported(by=by, service_ids=list(service_ids), master_id=master_id), transaction.atomic():
        check_services(service_ids)
        lock_client(client_id, now=now)
        bookable = horizon(now)
        if not bookable.first <= day <= bookable.last:
            raise DayNotBookable(day=day.isoformat())
        terms = offer_terms(service_ids=service_ids, master_id=master_id)
        if not terms:
            raise ServiceUnavailable(service_ids=list(service_ids), master_id=master_id)
        waits = WaitlistEntry.objects.filter(client=client_id, status__in=_WAITS)
        same = waits.filter(master=master_id or None, day=day).first()
        if same is not None:
            return _wait_for(service_ids, same)
        if slots := free_slots(terms=terms, days=DayRange(day, day), now=now):
            raise NoNeedToWait(slots=slots)
        if waits.count() >= MOST_WAITS:
            raise TooManyWaits(limit=MOST_WAITS)
        return _enter(client_id, service_ids, master_id or None, day, by=by, now=now)


def leave_waiting_list(*, entry_id: int, by: Actor, now: dt.datetime) -> WaitlistEntry:
    """The client waits no more; what was held for them goes to the next in line. Leaving again changes nothing.

    Raises BookingNotFound when the entry is somebody else's, or AccessClosed.
    """
    with reported(by=by, entry_id=entry_id):
        while (entry := _leave(entry_id, by, now=now)) is None:
            continue
        return entry


def serve_waiting_list(*, now: dt.datetime) -> int:
    """Offer what is free on the days people wait for, and end the waits for days that are over; how many offers.

    A booking that leaves its time is passed on at once; this finds what came free in another way, a shift or a lunch.
    """
    with transaction.atomic():
        for entry in _waiting().select_for_update(skip_locked=True).filter(day__lt=local_day(now)):
            give_up(entry, by=THE_SHOP)
    return sum(_serve(master_id, days, now=now) for master_id, days in sorted(_wanted_days(now).items()))


def give_up(entry: WaitlistEntry, *, by: Actor) -> None:
    """Write that nobody waits on this entry any more."""
    entry.status = WaitlistStatus.GIVEN_UP
    entry.save(update_fields=["status"])
    record_waiting(entry, "waiting_list_left", by=by)


def _leave(entry_id: int, by: Actor, *, now: dt.datetime) -> WaitlistEntry | None:
    """None when something was offered meanwhile: that master's lock comes before the entry's, as everywhere."""
    with transaction.atomic():
        role_of(by)
        if not WaitlistEntry.objects.filter(pk=entry_id, client=by.user_id or 0).exists():
            raise BookingNotFound(entry_id=entry_id)
        expected = _open_offer(entry_id)
        lock_masters([expected.master_id] if expected else [], active_only=False)
        entry = WaitlistEntry.objects.select_for_update().get(pk=entry_id)
        offer = _open_offer(entry_id)
        if offer != expected:
            return None
        if entry.status in _WAITS:
            if offer is not None:
                close_offer(offer, OfferStatus.DECLINED, by=by)
            give_up(entry, by=by)
            if offer is not None:
                offer_freed_time(master_id=offer.master_id, days=[local_day(offer.starts_at)], now=now)
        return entry


def _enter(
    client_id: int, service_ids: Sequence[int], master_id: int | None, day: dt.date, *, by: Actor, now: dt.datetime
) -> WaitlistEntry:
    entry = WaitlistEntry.objects.create(client_id=client_id, master_id=master_id, day=day, created_at=now)
    _add_lines(entry, service_ids)
    record_waiting(entry, "waiting_list_joined", by=by)
    return entry


def _wait_for(service_ids: Sequence[int], entry: WaitlistEntry) -> WaitlistEntry:
    """Let the entry be about these services, unless a time is held for the others already."""
    locked = _waiting().select_for_update().filter(pk=entry.pk).first()
    if locked and locked.service_ids() != list(service_ids):
        locked.lines.all().delete()
        _add_lines(locked, service_ids)
    return entry


def _add_lines(entry: WaitlistEntry, service_ids: Sequence[int]) -> None:
    WaitlistService.objects.bulk_create(
        WaitlistService(entry=entry, service_id=service_id, position=position)
        for position, service_id in enumerate(service_ids)
    )


def _waiting() -> "QuerySet[WaitlistEntry]":
    return WaitlistEntry.objects.filter(status=WaitlistStatus.WAITING)


def _open_offer(entry_id: int) -> SlotOffer | None:
    return SlotOffer.objects.filter(waitlist_entry=entry_id, status=OfferStatus.OPEN).first()


def _wanted_days(now: dt.datetime) -> dict[int, set[dt.date]]:
    """The days that people wait for, by the masters who could serve them."""
    bookable = horizon(now)
    entries = _waiting().filter(day__range=(bookable.first, bookable.last))
    days: dict[int, set[dt.date]] = defaultdict(set)
    for master_id, day in entries.exclude(master=None).values_list("master", "day").distinct():
        days[master_id].add(day)
    everybody = set(entries.filter(master=None).values_list("day", flat=True))
    if everybody:
        for (master_id,) in Offer.objects.filter(is_active=True).values_list("master_id").distinct():
            days[master_id] |= everybody
    return days


def _serve(master_id: int, days: set[dt.date], *, now: dt.datetime) -> int:
    """Offer under the master's lock, but take it only when there seems to be something to offer."""
    if not has_time_for_somebody(master_id=master_id, days=days, now=now):
        return 0
    with transaction.atomic():
        try:
            lock_masters([master_id])
        except MasterUnavailable:
            return 0
        return len(offer_freed_time(master_id=master_id, days=days, now=now, look_at=None))

"""Whether the database says what the model says."""

import datetime as dt
from collections.abc import Sequence

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Func

from bookings.models import Booking, SlotOffer, WaitlistEntry
from bookings.tests.machine.shop import Shop
from bookings.tests.machine.state import Offer, Visit, Wait
from schedules.models import AvailabilityBlock

Row = tuple[object, ...]
# An offer that is over is over; for which reason matters only where something follows from it, and that is compared.
CLOSED = ("declined", "expired", "withdrawn")


def assert_same(shop: Shop) -> None:
    """Every visit, place in line, offer and stretch of taken time is there as it should be, and nothing else is."""
    visits, waits, offers = _visits_there(), _waits_there(), _offers_there()
    _know(visits, shop.visits)
    _know(waits, shop.waits)
    _know(offers, shop.offers)
    _assert_equal(visits, [_visit(shop, each) for each in shop.visits])
    _assert_equal(waits, [_wait(shop, each) for each in shop.waits])
    _assert_equal(offers, [_offer(shop, each) for each in shop.offers])
    _assert_equal(_blocks_there(), _blocks(shop))


def _know(there: list[Row], mine: Sequence[Visit | Wait | Offer]) -> None:
    """Rows are listed in the order in which they came about, on both sides: so the new ones get their ids."""
    for row, each in zip(there, mine, strict=False):
        each.id = int(str(row[0]))


def _assert_equal(there: list[Row], expected: list[Row]) -> None:
    """Equal, or else the rows that differ and no others."""
    surplus = [row for row in there if row not in expected]
    missing = [row for row in expected if row not in there]
    assert not surplus, f"{surplus} instead of {missing}"
    assert not missing, f"{missing} are not there"
    assert len(there) == len(expected)


def _visits_there() -> list[Row]:
    columns = ("pk", "client", "walk_in_name", "walk_in_phone", "master", "starts_at", "ends_at", "total_price")
    states = ("status", "source", "cancelled_by", "cancel_reason", "cancelled_at")
    questions = ("confirm_by", "asked_at", "confirmed_at", "revision")
    return list(Booking.objects.order_by("pk").values_list(*columns, *states, *questions))


def _visit(shop: Shop, visit: Visit) -> Row:
    return (
        *(visit.id, visit.client.id if visit.client else None, visit.name, visit.phone, visit.barber.id),
        *(_at(shop, visit.start), _at(shop, visit.end), visit.price),
        *(visit.status, visit.source, visit.cancelled_by, visit.cancel_reason, _at(shop, visit.cancelled_at)),
        *(_at(shop, visit.confirm_by), _at(shop, visit.asked_at), _at(shop, visit.confirmed_at), visit.moves),
    )


def _waits_there() -> list[Row]:
    services = ArrayAgg("lines__service", order_by="lines__position")
    entries = WaitlistEntry.objects.order_by("pk").annotate(wanted=services)
    return list(entries.values_list("pk", "client", "master", "day", "status", "wanted"))


def _wait(shop: Shop, wait: Wait) -> Row:
    barber = wait.barber.id if wait.barber else None
    return wait.id, wait.client.id, barber, shop.rules.date(wait.day), wait.status, [each.id for each in wait.services]


def _offers_there() -> list[Row]:
    columns = ("pk", "client", "master", "waitlist_entry", "booking", "starts_at", "ends_at", "expires_at", "status")
    rows = SlotOffer.objects.order_by("pk").values_list(*columns)
    return [(*row[:-1], "closed" if row[-1] in CLOSED else row[-1]) for row in rows]


def _offer(shop: Shop, offer: Offer) -> Row:
    about = (offer.wait.id if offer.wait else None, offer.visit.id if offer.visit else None)
    times = (_at(shop, offer.start), _at(shop, offer.end), _at(shop, offer.expires))
    status = "closed" if offer.status in CLOSED else offer.status
    return offer.id, offer.client.id, offer.barber.id, *about, *times, status


def _blocks_there() -> list[Row]:
    blocks = AvailabilityBlock.objects.annotate(until=Func(F("during"), function="upper"))
    columns = ("master", "kind", "starts_at", "until", "reason", "booking", "slot_offer")
    return sorted(blocks.values_list(*columns), key=str)


def _blocks(shop: Shop) -> list[Row]:
    visits = [
        (v.barber.id, "booking", _at(shop, v.start), _at(shop, v.until), "", v.id, None)
        for v in shop.visits
        if v.takes_time
    ]
    held = [
        (o.barber.id, "hold", _at(shop, o.start), _at(shop, o.until), "", None, o.id)
        for o in shop.offers
        if o.status == "open"
    ]
    off = [
        (barber.id, "time_off", _at(shop, each.start), _at(shop, each.end), each.reason, None, None)
        for barber in shop.barbers
        for each in barber.off
    ]
    return [*visits, *held, *off]


def _at(shop: Shop, minute: float | None) -> dt.datetime | None:
    return None if minute is None else shop.rules.moment(minute)

"""A shop whose every word is as long as it can be and looks like markup, and whose book is as full as it gets."""

import datetime as dt
from typing import Any, NamedTuple

from accounts.models import Role, User
from accounts.tests.factories import UserFactory
from barbershop.sandbox.state import Person
from bookings.models import Booking, Service, SlotOffer, WaitlistEntry
from bookings.services.waiting import MOST_WAITS
from bookings.tests.factories import (
    BookingFactory,
    BookingServiceFactory,
    OfferFactory,
    ServiceFactory,
    SlotOfferFactory,
)
from bookings.tests.offer_factories import DAY, HOUR, TUESDAY, at, stand_in_line
from schedules.models import Master
from schedules.tests.factories import MasterFactory, add_shifts

CLIENT, NEWCOMER, MASTER, OWNER = 1001, 1002, 2001, 3001
VISITS_A_DAY = 14
VISITS_IN_THE_WAY = 50
PRICE = 1_999_999.99
_SCRAP = "</u>&\"'<b>"


def nasty(length: int) -> str:
    """Words that break a message, or read wrong, unless they are escaped once."""
    return (_SCRAP * length)[:length]


class LongWorld(NamedTuple):
    """What the buttons can name: visits to come, of a client and of a walk-in, one that has begun, one that is over."""

    master: Master
    services: list[Service]
    visit: Booking
    walk_in: Booking
    begun: Booking
    past: Booking
    entry: WaitlistEntry
    freed: SlotOffer
    instead: SlotOffer


def people() -> list[Person]:
    return [
        Person(telegram_id, nasty(64), last_name=nasty(63), language_code="ru")
        for telegram_id in (CLIENT, NEWCOMER, MASTER, OWNER)
    ]


def build(now: dt.datetime) -> LongWorld:
    services = [
        ServiceFactory.create(
            name=f"{n}{nasty(63)}", name_en=f"{n}{nasty(63)}", price=PRICE, duration_minutes=30, position=n
        )
        for n in range(5)
    ]
    master, _ = (_master(telegram_id, services) for telegram_id in (MASTER, MASTER + 1))
    UserFactory.create(name=nasty(128), telegram_id=OWNER, role=Role.OWNER, is_superuser=True)
    client = UserFactory.create(name=nasty(128), telegram_id=CLIENT, phone="+79160000001", time_zone="Asia/Kamchatka")
    past = [_visit(master, services, at(10) - n * 7 * DAY, client=client, status="completed") for n in range(1, 10)]
    visits = _fill(master, services)
    visit = _visit(
        master, services, at(18), client=client, total_price=PRICE, confirm_by=at(16), asked_at=now, source="bot"
    )
    _visit(master, services, at(19), client=client, source="admin")
    begun = _visit(master, services, now - HOUR / 4, **_walk_in())
    waits = [stand_in_line(client, master, *services[:3], day=TUESDAY + n * DAY, since=now) for n in range(MOST_WAITS)]
    WaitlistEntry.objects.filter(pk=waits[0].pk).update(status="offered")
    freed = SlotOfferFactory.create(
        master=master, client=client, waitlist_entry=waits[0], starts_at=at(20), expires_at=now + HOUR
    )
    instead = SlotOfferFactory.create(
        master=master,
        client=client,
        waitlist_entry=None,
        booking=visit,
        time_off=(at(18), at(19)),
        starts_at=at(21),
        expires_at=now + HOUR,
    )
    return LongWorld(master, services, visit, visits[0], begun, past[0], waits[1], freed, instead)


def _master(telegram_id: int, services: list[Service]) -> Master:
    master = MasterFactory.create(name=nasty(64), user__telegram_id=telegram_id, user__name=nasty(128))
    add_shifts(master, days=range(7), starts=dt.time(10), ends=dt.time(20))
    for service in services:
        OfferFactory.create(master=master, service=service)
    return master


def _fill(master: Master, services: list[Service]) -> list[Booking]:
    """A full Tuesday and some days after it, of people who are not in the bot."""
    return [
        _visit(master, services, at(10, day=TUESDAY + day * DAY) + half * HOUR / 2, **_walk_in())
        for day, half in (divmod(n, VISITS_A_DAY) for n in range(VISITS_IN_THE_WAY))
    ]


def _walk_in() -> dict[str, Any]:
    return {"client": None, "walk_in_name": nasty(64), "walk_in_phone": "+79160000002", "source": "admin"}


def _visit(master: Master, services: list[Service], starts_at: dt.datetime, **fields: Any) -> Booking:
    visit = BookingFactory.create(master=master, starts_at=starts_at, ends_at=starts_at + HOUR / 2, **fields)
    for position, service in enumerate(services):
        BookingServiceFactory.create(booking=visit, service=service, position=position)
    return visit


def speak(telegram_id: int, language: str) -> None:
    User.objects.filter(telegram_id=telegram_id).update(language=language)

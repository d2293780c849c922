"""Those of the cast who book and change bookings, as actors; and two clients who wait for one time."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.utils import translation

from accounts.actors import Actor
from accounts.models import Channel, User
from bookings.models import Booking, Service, SlotOffer, WaitlistEntry
from bookings.tests.factories import OfferFactory, ServiceFactory
from bookings.tests.offer_factories import MINUTE, at, book_by_hand, call_off, let_work, open_offer, stand_in_line
from schedules.models import Master


@pytest.fixture
def in_russian_on_the_monday(monkeypatch: pytest.MonkeyPatch, now: dt.datetime) -> Iterator[None]:
    """The cast's noon is now, and Russian is spoken."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    with translation.override("ru"):
        yield


@pytest.fixture
def beard(boris: Master) -> Service:
    """Half an hour, 900 roubles; Boris does it."""
    service = ServiceFactory.create(name="Борода", name_en="Beard", price=900, duration_minutes=30)
    OfferFactory.create(master=boris, service=service)
    return service


@pytest.fixture
def anna_herself(anna: User) -> Actor:
    """The client, in the chat."""
    return Actor(anna.pk, Channel.BOT)


@pytest.fixture
def boris_himself(boris: Master) -> Actor:
    """The master, in the chat."""
    return Actor(boris.user_id, Channel.BOT)


@pytest.fixture
def gleb_himself(gleb: Master) -> Actor:
    """The other master, in the chat."""
    return Actor(gleb.user_id, Channel.BOT)


@pytest.fixture
def irina(administrator: User) -> Actor:
    """The administrator, in admin."""
    return Actor(administrator.pk, Channel.ADMIN)


@pytest.fixture
def visit(boris: Master, now: dt.datetime) -> Booking:
    """The only one that Boris has time for on Tuesday."""
    let_work(boris, (10, 11), now=now)
    return book_by_hand(boris, at(10), now=now)


@pytest.fixture
def line(boris: Master, anna: User, viktor: User, haircut: Service, now: dt.datetime) -> list[WaitlistEntry]:
    """Anna stands before Viktor."""
    later = stand_in_line(viktor, boris, haircut, since=now)
    return [stand_in_line(anna, boris, haircut, since=now - MINUTE), later]


@pytest.fixture
def offer(visit: Booking, line: list[WaitlistEntry], now: dt.datetime) -> SlotOffer:
    """The time that came free, held for Anna."""
    call_off(visit, now=now)
    return open_offer(line[0])

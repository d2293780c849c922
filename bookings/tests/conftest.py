"""Those of the cast who book and change bookings, as actors; and two clients who wait for one time."""

import datetime as dt

import pytest

from accounts.actors import Actor
from accounts.models import Channel, User
from bookings.models import Booking, Service, SlotOffer, WaitlistEntry
from bookings.tests.offer_factories import MINUTE, at, book_by_hand, call_off, let_work, open_offer, stand_in_line
from schedules.models import Master


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

"""The concurrent soak: sixteen connections do whatever can be done to the shop's time, and the books stay right."""

import datetime as dt
import logging
import os
import sys

import pytest

from accounts.actors import Actor
from accounts.models import Channel, User
from accounts.tests.factories import UserFactory
from bookings.models import Service
from bookings.services import create_booking, expire_offers, mark_no_show
from bookings.tests.factories import OfferFactory, ServiceFactory
from bookings.tests.races import forget_bookings, no_lock
from bookings.tests.storm import LONGER, Storm
from bookings.tests.storm_acts import WEIGHTS, Shop
from schedules.models import Master
from schedules.tests.factories import MasterFactory, add_shifts

SECONDS = float(os.environ.get("SOAK_SECONDS") or (20 if os.environ.get("QUICK") == "1" else 300))
SEED = int(os.environ.get("SOAK_SEED", "20261120"))
SHORT_SECONDS = 4.0
CONTROL_SECONDS = 30.0
CLIENTS = 40

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(administrator: User, now: dt.datetime, settings: object) -> Shop:
    """Three masters, three services, and clients of whom every third has missed a visit and so has to confirm."""
    settings.NO_SHOWS_BEFORE_CONFIRM = 1  # type: ignore[attr-defined] # pytest-django's own
    settings.CANCEL_MIN_NOTICE_MINUTES = 60  # type: ignore[attr-defined]
    services = [
        ServiceFactory.create(name=f"Услуга {minutes}", duration_minutes=minutes, buffer_minutes=buffer)
        for minutes, buffer in ((60, 0), (30, 0), (45, 15))
    ]
    masters = MasterFactory.create_batch(3)
    for master in masters:
        add_shifts(master, days=range(7), starts=dt.time(10), ends=dt.time(20))
        for service in services:
            OfferFactory.create(master=master, service=service)
    clients = UserFactory.create_batch(CLIENTS)
    last_week = now - dt.timedelta(days=7)
    for number, client in enumerate(clients[::3]):
        miss_visit(client, masters[number % 3], services[0], last_week + dt.timedelta(hours=2 + number // 3))
    return Shop(masters, clients, services, administrator)


def miss_visit(client: User, master: Master, service: Service, starts_at: dt.datetime) -> None:
    booking = create_booking(
        client_id=client.pk,
        service_ids=[service.pk],
        master_id=master.pk,
        starts_at=starts_at,
        idempotency_key="missed",
        now=starts_at - dt.timedelta(hours=2),
    )
    mark_no_show(booking_id=booking.pk, by=Actor(master.user_id, Channel.BOT), now=starts_at)


@pytest.fixture
def storm(shop: Shop, now: dt.datetime, caplog: pytest.LogCaptureFixture) -> Storm:
    caplog.set_level(logging.WARNING, logger="barbershop.events")
    return Storm(shop.acts(), WEIGHTS, now=now, seed=SEED, seconds=SHORT_SECONDS, sweep=sweep)


def sweep(now: dt.datetime) -> None:
    """As the worker does: let go of the times that nobody answered for."""
    while expire_offers(now=now):
        pass


def test_a_short_storm_leaves_the_books_right(storm: Storm) -> None:
    storm.rage()
    sys.stdout.write(storm.table())
    assert not storm.surprises, "\n".join(storm.surprises[:5])


@pytest.mark.soak
@pytest.mark.timeout((1 + LONGER) * SECONDS + 120)
def test_a_long_storm_leaves_the_books_right_and_everything_was_done(storm: Storm) -> None:
    storm.seconds, storm.insist = SECONDS, True
    storm.rage()
    sys.stdout.write(storm.table())
    assert not storm.surprises, "\n".join(storm.surprises[:5])
    assert storm.never_done() == []


def test_control_in_which_nobody_locks_a_master_finds_trouble(storm: Storm, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this ever fails, the storms above prove nothing: they would pass unprotected."""
    for module in ("creating", "changing", "answering", "attending", "time_off", "waiting"):
        monkeypatch.setattr(f"bookings.services.{module}.lock_masters", no_lock)
    monkeypatch.setattr("schedules.services.lock_masters", no_lock)
    storm.seconds = CONTROL_SECONDS
    storm.rage()
    forget_bookings()
    assert storm.surprises

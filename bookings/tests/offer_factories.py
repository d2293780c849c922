"""What the tests of time off, held times and the waiting list share: a clock on the shop's wall, visits, a line."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection

from accounts.actors import THE_SHOP, Actor
from accounts.models import Channel, User
from bookings.models import (
    Booking,
    Notification,
    Offer,
    Service,
    SlotOffer,
    WaitlistEntry,
    WaitlistService,
    WaitlistStatus,
)
from bookings.services import (
    TimeOff,
    cancel_booking,
    create_booking,
    create_manual_booking,
    take_back_time_off,
    take_time_off,
)
from schedules.models import AvailabilityBlock, BlockKind, Master
from schedules.services import set_day_hours
from schedules.tests.factories import MONDAY

TUESDAY = MONDAY + dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
Stretch = tuple[dt.datetime, dt.datetime]
_TABLES = (
    "users",
    "masters",
    "rotas",
    "shifts",
    "lunches",
    "availability_blocks",
    "bookings",
    "booking_services",
    "slot_offers",
    "waitlist_entries",
    "waitlist_services",
    "notifications",
    "audit_events",
    "procrastinate_jobs",
)
_keys = count(1)


def at(hour: int, minute: int = 0, day: dt.date = TUESDAY) -> dt.datetime:
    """When the shop's clock shows it, on the Tuesday unless another day is said."""
    return dt.datetime.combine(day, dt.time(hour, minute), ZoneInfo(settings.SHOP_TIME_ZONE)).astimezone(dt.UTC)


def in_the_chat(person: User | Master) -> Actor:
    """A client or a master, as the bot knows them."""
    return Actor(person.user_id if isinstance(person, Master) else person.pk, Channel.BOT)


def book(client: User, master: Master, starts_at: dt.datetime, *services: Service, now: dt.datetime) -> Booking:
    """The client books in the bot: these services, or whatever the master does first."""
    return create_booking(
        client_id=client.pk,
        service_ids=_services(master, services),
        master_id=master.pk,
        starts_at=starts_at,
        idempotency_key=f"tap-{next(_keys)}",
        now=now,
    )


def book_by_hand(master: Master, starts_at: dt.datetime, *services: Service, now: dt.datetime, **who: Any) -> Booking:
    """The master books somebody who isn't in the bot, but for what is said otherwise."""
    usual: dict[str, Any] = {"name": "Прохожий", "phone": "", "by": in_the_chat(master)}
    return create_manual_booking(
        master_id=master.pk,
        service_ids=_services(master, services),
        starts_at=starts_at,
        idempotency_key=f"form-{next(_keys)}",
        now=now,
        **usual | who,
    )


def call_off(visit: Booking, *, now: dt.datetime) -> Booking:
    """The master cancels, and the time is free."""
    return cancel_booking(booking_id=visit.pk, by=in_the_chat(visit.master), reason="врач", now=now)


def take_off(
    master: Master, starts_at: dt.datetime | None = None, ends_at: dt.datetime | None = None, **changes: Any
) -> TimeOff:
    """The master takes Tuesday from 10 to 12 off, but for what is said otherwise."""
    usual: dict[str, Any] = {"master_id": master.pk, "reason": "", "by": in_the_chat(master)}
    return take_time_off(starts_at=starts_at or at(10), ends_at=ends_at or at(12), **usual | changes)


def take_back(
    master: Master, starts_at: dt.datetime | None = None, ends_at: dt.datetime | None = None, **changes: Any
) -> list[Stretch]:
    """The master works on Tuesday from 10 to 12 after all, but for what is said otherwise."""
    usual: dict[str, Any] = {"master_id": master.pk, "by": in_the_chat(master)}
    return take_back_time_off(starts_at=starts_at or at(10), ends_at=ends_at or at(12), **usual | changes)


def stand_in_line(
    client: User, master: Master | None, *services: Service, day: dt.date = TUESDAY, since: dt.datetime
) -> WaitlistEntry:
    """The client waits for the services with this master, or with anybody, whatever is free on that day."""
    entry = WaitlistEntry.objects.create(client=client, master=master, day=day, created_at=since)
    for position, service in enumerate(services):
        WaitlistService.objects.create(entry=entry, service=service, position=position)
    return entry


def let_work(master: Master, *hours: tuple[int, int], day: dt.date = TUESDAY, now: dt.datetime) -> None:
    """The master works only these hours on that day; of one hour a single visit makes a full day."""
    stretches = [(dt.time(starts), dt.time(ends)) for starts, ends in hours]
    set_day_hours(master_id=master.pk, day=day, hours=stretches, by=THE_SHOP, now=now)


def open_offer(entry: WaitlistEntry) -> SlotOffer:
    """The one time that is held for who waits."""
    return SlotOffer.objects.get(waitlist_entry=entry, status="open")


def status_of(entry: WaitlistEntry) -> WaitlistStatus:
    return WaitlistStatus(WaitlistEntry.objects.values_list("status", flat=True).get(pk=entry.pk))


def blocks_of(master: Master, kind: BlockKind) -> list[Stretch]:
    """The master's time of a kind that is taken, in order."""
    blocks = AvailabilityBlock.objects.filter(master=master, kind=kind).order_by("starts_at")
    return [(block.during.lower, block.during.upper) for block in blocks]


def time_off_of(master: Master) -> list[Stretch]:
    return blocks_of(master, BlockKind.TIME_OFF)


def told(kind: str) -> list[int]:
    """Who was told this, in order."""
    return list(Notification.objects.filter(kind=kind).order_by("pk").values_list("recipient_id", flat=True))


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table that a service could touch, generations too."""
    dump = {}
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY id")
            dump[table] = cursor.fetchall()
    return dump


@contextmanager
def refused(error: type[Exception]) -> Iterator[pytest.ExceptionInfo[Any]]:
    """The call raises this very error and changes no row."""
    before = everything()
    with pytest.raises(error) as caught:
        yield caught
    assert type(caught.value) is error
    assert everything() == before


@contextmanager
def failing(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, *, from_call: int) -> Iterator[None]:
    """From the n-th call on the function breaks down; nothing of what the block did is left."""
    original: Callable[..., Any] = getattr(owner, name)
    calls = count(1)

    def fail(*args: Any, **kwargs: Any) -> Any:
        if next(calls) >= from_call:
            raise RuntimeError("the power went")
        return original(*args, **kwargs)

    before = everything()
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, fail)
        with pytest.raises(RuntimeError, match="the power went"):
            yield
    assert next(calls) == from_call + 1
    assert everything() == before


def _services(master: Master, services: Sequence[Service]) -> list[int]:
    if services:
        return [service.pk for service in services]
    return [Offer.objects.filter(master=master).order_by("pk").values_list("service_id", flat=True)[0]]

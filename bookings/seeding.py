"""The demo shop: two masters with different weeks, three services, what each offers. Safe to repeat."""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from accounts.models import Role, User
from bookings.models import Offer, Service
from schedules.models import Master, Rota, Shift


class DemoService(NamedTuple):
    name: str
    name_en: str
    price: Decimal
    duration_minutes: int
    buffer_minutes: int


class DemoMaster(NamedTuple):
    """`working_days` are days of the cycle; the anchor of a 7-day cycle is a Monday."""

    telegram_id: int
    name: str
    cycle_days: int
    working_days: tuple[int, ...]
    opens: dt.time
    closes: dt.time


SERVICES = (
    DemoService("Стрижка", "Haircut", Decimal(1500), 60, 0),
    DemoService("Борода", "Beard", Decimal(900), 30, 0),
    DemoService("Стрижка + борода", "Haircut + beard", Decimal(2200), 90, 0),
)
MASTERS = (
    DemoMaster(2001, "Борис", 7, (0, 1, 2, 3, 4), dt.time(10), dt.time(20)),
    DemoMaster(2002, "Глеб", 4, (0, 1), dt.time(9), dt.time(21)),
)


def seed_shop(*, today: dt.date) -> None:
    """Create what is missing of the demo shop; what is there already stays as people changed it."""
    with transaction.atomic():
        services = [_seed_service(position, service) for position, service in enumerate(SERVICES)]
        for master in MASTERS:
            _seed_master(master, services, today=today)


def _seed_service(position: int, service: DemoService) -> Service:
    row, _ = Service.objects.get_or_create(
        name=service.name, defaults=service._asdict() | {"position": position, "is_active": True}
    )
    return row


def _seed_master(demo: DemoMaster, services: list[Service], *, today: dt.date) -> None:
    user, _ = User.objects.get_or_create(
        telegram_id=demo.telegram_id, defaults={"name": demo.name, "role": Role.MASTER, "password": "!"}
    )
    monday = today - dt.timedelta(days=today.weekday())
    master, created = Master.objects.get_or_create(
        user=user,
        defaults={"name": demo.name},
    )
    if created:
        anchor = monday if demo.cycle_days % 7 == 0 else today
        rota = Rota.objects.create(master=master, from_day=monday, cycle_days=demo.cycle_days, cycle_anchor=anchor)
        Shift.objects.bulk_create(
            Shift(rota=rota, cycle_day=day, starts=demo.opens, ends=demo.closes) for day in demo.working_days
        )
    for service in services:
        Offer.objects.get_or_create(master=master, service=service)

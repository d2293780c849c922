"""Rows of the scratch database: a master who works every day, people who came before, an administrator."""

import datetime as dt
import secrets
from collections.abc import Sequence

from django.db import connection, transaction

from accounts.actors import THE_SHOP
from accounts.models import Role, User
from accounts.roles import set_role
from accounts.services import identify_telegram_user
from barbershop.screenshots.cast import BORIS, GALINA, GLEB, OLGA, WALK_IN, WALK_INS_PHONE, Someone
from barbershop.screenshots.errors import NotScratch
from barbershop.smoke.scratch import SCRATCH_NAME
from bookings.models import Booking, BookingService, BookingSource, BookingStatus, Service
from bookings.seeding import MASTERS
from schedules.calendar import local_day, shop_zone
from schedules.models import AvailabilityBlock, BlockKind, Master, Rota, Shift

_WEEKEND = (5, 6)
_HOURS = (10, 11, 12, 14, 15, 16, 17, 18, 19)
_CAME_DAYS_AGO = (("Стрижка", BORIS, 21), ("Стрижка + борода", BORIS, 48), ("Стрижка", GLEB, 76))


def furnish(*, now: dt.datetime) -> None:
    """Into a shop that was seeded and that nobody has used; NotScratch when the database is a real one."""
    if not SCRATCH_NAME.fullmatch(str(connection.settings_dict["NAME"])):
        raise NotScratch(NotScratch.__doc__)
    with transaction.atomic():
        _let_boris_work_every_day()
        set_role(user_id=_person(OLGA).pk, role=Role.ADMIN, by=THE_SHOP)
        galina = _person(GALINA)
        for service, master, days in _CAME_DAYS_AGO:
            _visit(
                [service],
                _master(master),
                _at(local_day(now) - dt.timedelta(days), 12),
                client=galina,
                source=BookingSource.BOT,
                status=BookingStatus.COMPLETED,
            )
        _visit(
            ["Стрижка"],
            _master(BORIS),
            _last_begun(now),
            walk_in_name=WALK_IN,
            walk_in_phone=WALK_INS_PHONE,
            source=BookingSource.MASTER,
            status=BookingStatus.CONFIRMED,
        )


def _let_boris_work_every_day() -> None:
    """The same pictures on whatever day of the week they are taken."""
    boris = next(master for master in MASTERS if master.telegram_id == BORIS.telegram_id)
    rota = Rota.objects.get(master=_master(BORIS))
    Shift.objects.bulk_create(
        Shift(rota=rota, cycle_day=day, starts=boris.opens, ends=boris.closes) for day in _WEEKEND
    )


def _person(someone: Someone) -> User:
    return identify_telegram_user(telegram_id=someone.telegram_id, name=someone.name, language_code="ru")


def _master(someone: Someone) -> Master:
    return Master.objects.get(user__telegram_id=someone.telegram_id)


def _at(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), tzinfo=shop_zone())


def _last_begun(now: dt.datetime) -> dt.datetime:
    """The latest hour of the master that has begun: it can still be said that the guest did not come."""
    days = (local_day(now), local_day(now) - dt.timedelta(1))
    return max(moment for day in days for hour in _HOURS if (moment := _at(day, hour)) <= now)


def _visit(services: Sequence[str], master: Master, starts_at: dt.datetime, **fields: object) -> None:
    chosen = list(Service.objects.filter(name__in=services))
    ends_at = starts_at + dt.timedelta(minutes=sum(each.duration_minutes for each in chosen))
    block = AvailabilityBlock.objects.create(master=master, kind=BlockKind.BOOKING, during=(starts_at, ends_at))
    booking = Booking.objects.create(
        master=master,
        block=block,
        starts_at=starts_at,
        ends_at=ends_at,
        total_price=sum(each.price for each in chosen),
        idempotency_key=secrets.token_urlsafe(9),
        **fields,
    )
    BookingService.objects.bulk_create(
        BookingService(
            booking=booking, service=each, position=place, price=each.price, duration_minutes=each.duration_minutes
        )
        for place, each in enumerate(chosen)
    )

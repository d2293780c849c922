"""The shop that a sequence begins with, in the database and in the model."""

import datetime as dt
from decimal import Decimal

from accounts.tests.factories import UserFactory
from bookings.models import Service as ServiceRow
from bookings.tests.factories import OfferFactory, ServiceFactory
from bookings.tests.machine.shop import Shop
from bookings.tests.machine.state import Barber, Hours, Person, Rules, Service
from schedules.tests.factories import MasterFactory, add_shifts, give_lunch


def open_shop(rules: Rules) -> Shop:
    """Three short days of barbers, so that days fill; five clients, of whom one is shut out; a Monday noon."""
    shop = Shop(rules, people=[], barbers=[], catalogue=[])
    for number, name in enumerate(["anna", "viktor", "pavel", "olga", "shut out"]):
        user = UserFactory.create(name=name, telegram_id=3001 + number, is_active=name != "shut out")
        shop.people.append(Person(name, user.pk, user.telegram_id, "client", is_active=user.is_active))
    user = UserFactory.create(name="irina", telegram_id=None, username="irina", role="admin")
    shop.people.append(Person("irina", user.pk, None, "admin"))
    for name, price, minutes, buffer in [("haircut", 1500, 60, 0), ("beard", 700, 30, 15), ("colour", 4000, 90, 30)]:
        row = ServiceFactory.create(name=name, price=price, duration_minutes=minutes, buffer_minutes=buffer)
        shop.catalogue.append(Service(name, row.pk, Decimal(price), minutes, buffer))
    haircut, beard, colour = shop.catalogue
    _add_barber(shop, "boris", [haircut, beard, colour], hours=(10 * 60, 15 * 60), days=range(6), length=7)
    _add_barber(shop, "gleb", [haircut, beard], hours=(12 * 60, 18 * 60), days=range(2), length=4)
    _add_barber(shop, "inna", [haircut], hours=(17 * 60, 19 * 60), days=[0], length=1, own=(Decimal(1800), 30))
    return shop


def _add_barber(
    shop: Shop,
    name: str,
    does: list[Service],
    *,
    hours: tuple[int, int],
    days: range | list[int],
    length: int,
    own: tuple[Decimal, int] | None = None,
) -> None:
    row = MasterFactory.create(name=name, user__telegram_id=4001 + len(shop.barbers))
    person = Person(name, row.user_id, row.user.telegram_id, "master")
    barber = Barber(row.pk, person)
    add_shifts(row, days=days, starts=clock(hours[0]), ends=clock(hours[1]), cycle_days=length)
    barber.cycles[-10_000] = (length, 0, dict.fromkeys(days, (hours,)))
    for service in does:
        OfferFactory.create(
            master=row,
            service=ServiceRow.objects.get(pk=service.id),
            own_price=own[0] if own else None,
            own_duration_minutes=own[1] if own else None,
        )
        barber.does[service] = own or (service.price, service.minutes)
    if own:
        give_lunch(row, None)
        barber.lunches[-10_000] = None
    shop.people.append(person)
    shop.barbers.append(barber)


def clock(minute: int) -> dt.time:
    return dt.time(minute // 60, minute % 60)


def clocks(hours: Hours) -> list[tuple[dt.time, dt.time]]:
    return [(clock(begins), clock(ends)) for begins, ends in hours]

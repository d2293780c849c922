"""A day whose only hour a walk-in has, and how a client comes to wait for it."""

import datetime as dt

from django.utils import timezone, translation

from accounts.actors import THE_SHOP
from accounts.threads import in_thread
from barbershop.sandbox.client import Message
from barbershop.tests.conftest import Guest
from bookings import services, texts
from bookings.models import Booking, Service, SlotOffer, WaitlistEntry
from schedules.calendar import from_minute, local_day, wall_clock_minute
from schedules.models import Master
from schedules.services import set_day_hours

TELL_ME = "Сообщить, если освободится"


def the_day() -> dt.date:
    """The day that is full: the day after tomorrow."""
    return local_day(timezone.now()) + dt.timedelta(days=2)


def ten_o_clock() -> dt.datetime:
    return from_minute(wall_clock_minute(the_day(), dt.time(10)))


def boris() -> Master:
    return Master.objects.get(name="Борис")


def work_an_hour() -> None:
    """On the day, Boris works from 10 to 11 only."""
    hours = [(dt.time(10), dt.time(11))]
    set_day_hours(master_id=boris().pk, day=the_day(), hours=hours, by=THE_SHOP, now=timezone.now())


def take_the_hour() -> Booking:
    """A walk-in has it."""
    return services.create_manual_booking(
        master_id=boris().pk,
        service_ids=[Service.objects.get(name="Стрижка").pk],
        starts_at=ten_o_clock(),
        name="Прохожий",
        phone="",
        idempotency_key="by-hand",
        by=THE_SHOP,
        now=timezone.now(),
    )


async def give_back(booking: Booking) -> None:
    """The walk-in won't come after all."""
    await in_thread(lambda: services.cancel_booking(booking_id=booking.pk, by=THE_SHOP, now=timezone.now()))


def label() -> str:
    with translation.override("ru"):
        return texts.day(the_day())


async def waits(guest: Guest) -> Message:
    """From /start to the place in line, by the buttons."""
    await guest.types("/start", "Записаться")
    await guest.taps("Записаться", "Стрижка")
    await guest.taps("Стрижка ·", "Борис")
    days = await guest.taps("Борис", "В какой день")
    assert not days.has_button(label())
    await guest.taps(TELL_ME, "всё занято. За каким последить?")
    return await guest.taps(label(), "Сообщу, как только освободится время")


async def entries() -> list[WaitlistEntry]:
    return await in_thread(lambda: list(WaitlistEntry.objects.order_by("id")))


async def offers() -> list[SlotOffer]:
    return await in_thread(lambda: list(SlotOffer.objects.order_by("id")))


async def annas_bookings() -> list[Booking]:
    return await in_thread(lambda: list(Booking.objects.filter(client__telegram_id=1001).order_by("id")))


async def offered(guest: Guest) -> Message:
    """The message with the time that is held."""
    return await guest.chat.wait_for(guest.person, "Освободилось время!", since=0)

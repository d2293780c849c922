"""A client books several services in one visit, and the same once more. Played over HTTP."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.threads import in_thread
from barbershop.sandbox.client import Message, SandboxClient
from barbershop.tests.conftest import Guest
from barbershop.tests.test_bot import assert_clean, bookings
from bookings.models import BookingService, Service
from bookings.tests.factories import BookingFactory, BookingServiceFactory
from schedules.models import Master

pytestmark = pytest.mark.usefixtures("bot")


def named() -> list[str]:
    """What was booked, in the order it was asked for."""
    return list(BookingService.objects.order_by("booking", "position").values_list("service__name", flat=True))


def has_been(telegram_id: int) -> None:
    """The client was here three weeks ago, for a haircut and a beard, with Boris."""
    client, master = User.objects.get(telegram_id=telegram_id), Master.objects.get(name="Борис")
    starts_at = timezone.now().replace(minute=0, second=0, microsecond=0) - dt.timedelta(days=21)
    visit = BookingFactory.create(client=client, master=master, starts_at=starts_at, status="completed")
    for position, name in enumerate(("Стрижка", "Борода")):
        service = Service.objects.get(name=name)
        BookingServiceFactory.create(booking=visit, service=service, position=position)


async def ticks_two(guest: Guest) -> Message:
    await guest.types("/start", "Записаться")
    await guest.taps("Записаться", "Что делаем")
    await guest.taps("Несколько услуг", "Отметьте до трёх услуг")
    await guest.taps("Борода ·", "Что-нибудь ещё?")
    return await guest.taps("Стрижка ·", "1 час 30 минут")


async def test_a_client_books_two_services_in_one_visit(anna: Guest, telegram: SandboxClient) -> None:
    ticked = await ticks_two(anna)
    assert "2 400 ₽" in ticked.text
    await anna.taps("Дальше", "К какому мастеру")
    days = await anna.taps("Борис · 2 400 ₽", "В какой день")
    times = await anna.taps(days.button_texts[2], "Во сколько")
    summary = await anna.taps(times.button_texts[0], "Записываем?")
    assert "⏱ 1 час 30 минут" in summary.text
    card = await anna.taps("Подтвердить", "Вы записаны.")
    assert "✂️ Стрижка + Борода" in card.text
    assert "2 400 ₽" in card.text
    assert await in_thread(named) == ["Стрижка", "Борода"]
    await assert_clean(telegram)


async def test_every_step_of_several_services_leads_back(anna: Guest, telegram: SandboxClient) -> None:
    await ticks_two(anna)
    await anna.taps("✅ Борода", "Стрижка\n")
    await anna.taps("Борода ·", "Стрижка + Борода")
    await anna.taps("Дальше", "К какому мастеру")
    await anna.taps("Любой мастер", "В какой день")
    await anna.taps("Назад", "К какому мастеру")
    await anna.taps("Назад", "Стрижка + Борода")
    await anna.taps("Назад", "Что делаем")
    await anna.taps("В меню", "Записаться")
    await assert_clean(telegram)


async def test_several_services_are_booked_in_english(telegram: SandboxClient) -> None:
    john = Guest(telegram, await telegram.person(1003, first_name="John", language_code="en"))
    await john.types("/book", "What shall we do?")
    await john.taps("Several services", "up to three services")
    await john.taps("Haircut ·", "Anything else?")
    await john.taps("Beard ·", "1 hour 30 minutes")
    await john.taps("Next", "Which master")
    days = await john.taps("Any master", "Which day")
    times = await john.taps(days.button_texts[2], "What time")
    await john.taps(times.button_texts[0], "Shall we book it?")
    card = await john.taps("Confirm", "You are booked.")
    assert "Haircut + Beard" in card.text
    await assert_clean(telegram)


async def test_a_past_visit_is_found_and_booked_again(anna: Guest, telegram: SandboxClient) -> None:
    await anna.types("/start", "Записаться")
    await in_thread(has_been, 1001)
    mine = await anna.types("/my", "Раньше:")
    assert "✔️" in mine.text
    page = await anna.taps("Прошлые визиты", "Нажмите на визит")
    await anna.taps(page.button_texts[0], "Визит состоялся")
    await anna.taps("Назад", "Нажмите на визит")
    await anna.taps(page.button_texts[0], "Визит состоялся")
    days = await anna.taps("Записаться снова", "В какой день")
    assert "Стрижка + Борода" in days.text
    times = await anna.taps(days.button_texts[2], "Во сколько")
    await anna.taps(times.button_texts[0], "Записываем?")
    await anna.taps("Подтвердить", "Вы записаны.")
    (_old, new) = await bookings()
    assert (new.total_price, new.status) == (Decimal(2400), "confirmed")
    await assert_clean(telegram)

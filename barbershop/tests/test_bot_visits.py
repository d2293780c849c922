"""A client says that they come, and finds what was booked for them by phone. Played over HTTP."""

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.actors import THE_SHOP, Actor
from accounts.models import Channel, User
from accounts.threads import in_thread
from barbershop.sandbox.client import SandboxClient
from barbershop.tests.conftest import Guest
from barbershop.tests.test_bot import assert_clean, bookings
from barbershop.tests.test_bot_changes import goes_to_move
from bookings import services
from bookings.models import Booking, Service
from bookings.selectors import free_slots, offer_terms
from bookings.tests.factories import BookingFactory
from schedules.calendar import horizon
from schedules.models import Master

pytestmark = pytest.mark.usefixtures("bot")

ANNAS_PHONE = "79160000001"


def book_by_phone(phone: str = "+" + ANNAS_PHONE, place: int = -1) -> Booking:
    """Somebody is booked by hand with Boris, for one of his free times."""
    boris, haircut = Master.objects.get(name="Борис"), Service.objects.get(name="Стрижка")
    now = timezone.now()
    slots = free_slots(terms=offer_terms(service_ids=[haircut.pk], master_id=boris.pk), days=horizon(now), now=now)
    return services.create_manual_booking(
        master_id=boris.pk,
        service_ids=[haircut.pk],
        starts_at=slots[place].starts_at,
        name="Прохожий",
        phone=phone,
        idempotency_key=f"by-hand-{place}",
        by=THE_SHOP,
        now=now,
    )


def miss_two_visits(telegram_id: int) -> None:
    """Visits of last year's last weeks, to which the client didn't come."""
    client, master = User.objects.get(telegram_id=telegram_id), Master.objects.get(name="Борис")
    for days in (20, 21):
        starts_at = timezone.now().replace(minute=0, second=0, microsecond=0) - dt.timedelta(days=days)
        BookingFactory.create(client=client, master=master, starts_at=starts_at, status="no_show")


# --- Coming -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("worker")
async def test_who_has_missed_visits_says_that_they_come(anna: Guest, boris: Guest, telegram: SandboxClient) -> None:
    await boris.types("/start", "Здравствуйте, Борис!")
    await anna.types("/start", "Записаться")
    await in_thread(miss_two_visits, 1001)
    card = await anna.books()
    assert "Вы уже пропускали визиты, поэтому за день я спрошу" in card.text
    assert not card.has_button("Приду")
    (*_, booking) = await bookings()
    await in_thread(lambda: services.ask_to_confirm(now=booking.starts_at - dt.timedelta(hours=20)))
    question = await telegram.wait_for(anna.person, "Придёте?", since=0)
    assert "время отдадим другим" in question.text
    assert question.has_button("Перенести")
    assert question.has_button("Отменить")
    data = question.button("Приду").data
    assert data is not None
    await anna.taps("Приду", "Вы подтвердили, что придёте")
    confirmed_at = (await bookings())[-1].confirmed_at
    assert confirmed_at is not None
    await telegram.tap(anna.person, data, question.id, forge=True)
    await assert_clean(telegram)
    assert (await bookings())[-1].confirmed_at == confirmed_at


async def test_the_card_can_be_confirmed_once_it_was_asked_for(anna: Guest, telegram: SandboxClient) -> None:
    await anna.types("/start", "Записаться")
    await in_thread(miss_two_visits, 1001)
    await anna.books()
    await in_thread(lambda: Booking.objects.filter(status="confirmed").update(asked_at=timezone.now()))
    await anna.types("/book", "Приду")
    card = await anna.taps("Приду", "Вы подтвердили, что придёте")
    assert not card.has_button("Приду")
    await assert_clean(telegram)


async def test_who_need_not_confirm_is_told_so(anna: Guest, telegram: SandboxClient) -> None:
    card = await anna.books()
    assert "пропускали" not in card.text
    (booking,) = await bookings()
    await telegram.tap(anna.person, f"1come:{booking.pk}", card.id, forge=True)
    await telegram.wait_for(anna.person, "Подтверждать ничего не нужно")
    await assert_clean(telegram)


@pytest.mark.usefixtures("worker")
async def test_a_client_reads_why_the_master_cancelled_and_books_again(
    anna: Guest, boris: Guest, telegram: SandboxClient
) -> None:
    await boris.types("/start", "Здравствуйте, Борис!")
    await anna.books()
    (booking,) = await bookings()
    by = await in_thread(lambda: Actor(User.objects.get(telegram_id=2001).pk, Channel.BOT))
    await in_thread(
        lambda: services.cancel_booking(booking_id=booking.pk, by=by, reason="<i>заболел", now=timezone.now())
    )
    news = await telegram.wait_for(anna.person, "Мастер отменил вашу запись", since=0)
    assert "Причина: <i>заболел" in news.text
    await anna.taps("Записаться", "Что делаем")
    await assert_clean(telegram)


# --- Booked by phone ----------------------------------------------------------------------------------------------


async def test_a_client_finds_the_visit_that_was_booked_by_phone(telegram: SandboxClient) -> None:
    anna = Guest(telegram, await telegram.person(1001, first_name="Анна", phone_number=ANNAS_PHONE))
    booking = await in_thread(book_by_phone)
    await anna.types("/start", "Записаться")
    await anna.taps("Мои записи", "Записывались по телефону?")
    await telegram.share_contact(anna.person)
    found = await telegram.wait_for(anna.person, "На него нашлась 1 запись.")
    assert "Вы записаны." in found.text
    assert await in_thread(lambda: Booking.objects.get(pk=booking.pk).client == User.objects.get(telegram_id=1001))
    await telegram.share_contact(anna.person)
    again = await telegram.wait_for(anna.person, "Спасибо, телефон записан.")
    assert "нашл" not in again.text
    await goes_to_move(anna)
    await anna.taps("Подтвердить", "Запись перенесена.")
    await assert_clean(telegram)


async def test_visits_by_phone_do_not_keep_a_client_from_booking_one(telegram: SandboxClient) -> None:
    anna = Guest(telegram, await telegram.person(1001, first_name="Анна", phone_number=ANNAS_PHONE))
    for place in (-1, -3):
        await in_thread(book_by_phone, place=place)
    await telegram.share_contact(anna.person)
    await telegram.wait_for(anna.person, "На него нашлось 2 записи.")
    await anna.books()
    mine = await anna.types("/my", "Вы записаны:")
    assert mine.text.count("🗓") == 3
    assert not mine.has_button("Отменить")
    card = await anna.taps(mine.button_texts[2], "Вы записаны.")
    assert card.has_button("Отменить")
    await assert_clean(telegram)


@pytest.mark.parametrize(
    ("contact", "words"),
    [
        ({"phone_number": "79160000002", "first_name": "Пётр", "user_id": 1002}, "Это чужой контакт"),
        ({"phone_number": "79160000002", "first_name": "Пётр"}, "Это чужой контакт"),
        ({"phone_number": "+15", "first_name": "Анна", "user_id": 1001}, "Не похоже на номер телефона"),
    ],
)
async def test_a_contact_that_will_not_do_is_declined(
    contact: dict[str, Any], words: str, anna: Guest, telegram: SandboxClient
) -> None:
    await in_thread(book_by_phone, phone="+79160000002")
    await telegram.share_contact(anna.person, contact)
    reply = await telegram.wait_for(anna.person, words)
    assert reply.has_button("Записаться")
    assert await in_thread(lambda: User.objects.get(telegram_id=1001).phone) == ""
    assert await in_thread(lambda: Booking.objects.get().client) is None
    await assert_clean(telegram)

"""What a master types: reasons, and what becomes of an open question."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import ExpectedInput
from accounts.threads import in_thread
from barbershop.sandbox.client import Message, SandboxClient
from barbershop.tests.conftest import Guest, eventually
from barbershop.tests.test_bot_desk import asks_for_a_name, assert_clean, bookings, opens_card, questions
from bookings.models import Booking, BookingStatus


async def is_asked_why(anna: Guest, boris: Guest) -> Message:
    await anna.books(day=1)
    (booking,) = await bookings()
    await opens_card(boris, anna.chat, booking)
    return await boris.taps("Отменить с причиной", "Почему отменяем запись: Анна")


async def outcome() -> tuple[str, str]:
    booking: Booking = (await bookings())[0]
    return booking.status, booking.cancel_reason


@pytest.mark.usefixtures("bot", "worker")
async def test_a_typed_reason_cancels_and_reaches_the_client(
    anna: Guest, boris: Guest, telegram: SandboxClient
) -> None:
    await is_asked_why(anna, boris)
    await boris.types("Сломал руку <i>и</i> ногу & 🤕", "Запись отменена")
    told = await telegram.wait_for(anna.person, "Сломал руку <i>и</i> ногу & 🤕", since=0)
    assert told.has_button("Записаться")
    assert await outcome() == (BookingStatus.CANCELLED, "Сломал руку <i>и</i> ногу & 🤕")
    await eventually(lambda: not ExpectedInput.objects.exists())
    await assert_clean(telegram)


@pytest.mark.usefixtures("bot")
class TestReasons:
    @pytest.mark.parametrize(
        ("words", "answer"),
        [
            ("\u200b \u2060", "Напишите причину: клиент"),
            ("\x00", "причину"),
            ("\ud83d", "причину"),
            ("а" * 501, "500"),
        ],
    )
    async def test_without_a_good_reason_it_is_asked_again_and_stays(
        self, words: str, answer: str, anna: Guest, boris: Guest, telegram: SandboxClient
    ) -> None:
        await is_asked_why(anna, boris)
        again = await boris.types(words, answer)
        assert again.has_button("Мастер заболел")
        assert await outcome() == (BookingStatus.CONFIRMED, "")
        await boris.types("Болею", "Запись отменена")
        assert await outcome() == (BookingStatus.CANCELLED, "Болею")
        await assert_clean(telegram)

    async def test_what_is_no_words_is_asked_again(self, anna: Guest, boris: Guest, telegram: SandboxClient) -> None:
        await is_asked_why(anna, boris)
        await telegram.share_contact(boris.person, {"phone_number": "79160000001", "first_name": "Кто-то"})
        await telegram.wait_for(boris.person, "Жду слов")
        assert await questions() == ["cancel_reason"]

    async def test_a_ready_made_reason_tapped_twice_cancels_once(
        self, anna: Guest, boris: Guest, telegram: SandboxClient
    ) -> None:
        asked = await is_asked_why(anna, boris)
        await boris.taps("Мастер заболел", "Запись отменена")
        await telegram.tap(boris.person, asked.button("Мастер заболел").data or "", asked.id, forge=True)
        await assert_clean(telegram)
        assert await outcome() == (BookingStatus.CANCELLED, "Мастер заболел")

    async def test_an_answer_is_taken_though_telegram_would_not_take_the_reply_at_first(
        self, anna: Guest, boris: Guest, telegram: SandboxClient
    ) -> None:
        await is_asked_why(anna, boris)
        await telegram.fault("server_error", method="sendMessage")
        await boris.types("Болею", "Запись отменена")
        assert await outcome() == (BookingStatus.CANCELLED, "Болею")

    async def test_a_name_that_is_delivered_again_is_no_phone(self, boris: Guest, telegram: SandboxClient) -> None:
        await asks_for_a_name(boris)
        await telegram.fault("server_error", method="sendMessage")
        asked = await boris.types("Павел", "Какой телефон")
        assert "Не похоже" not in asked.text
        assert await questions() == ["visitor_phone"]

    @pytest.mark.parametrize("elsewhere", ["/start", "/help", "/my", "/schedule@barber_bot"])
    async def test_a_command_closes_the_question(
        self, elsewhere: str, anna: Guest, boris: Guest, telegram: SandboxClient
    ) -> None:
        await is_asked_why(anna, boris)
        await boris.types(elsewhere, "")
        assert await questions() == []
        await boris.types("Болею", "Я понимаю только кнопки")
        assert await outcome() == (BookingStatus.CONFIRMED, "")

    async def test_a_tap_that_goes_elsewhere_closes_the_question(self, anna: Guest, boris: Guest) -> None:
        await is_asked_why(anna, boris)
        await boris.taps("Назад", "1 500 ₽")
        await boris.types("Болею", "Я понимаю только кнопки")
        assert await outcome() == (BookingStatus.CONFIRMED, "")

    async def test_after_half_an_hour_nobody_is_asked_any_more(self, anna: Guest, boris: Guest) -> None:
        await is_asked_why(anna, boris)
        past = timezone.now() - dt.timedelta(seconds=1)
        await in_thread(lambda: ExpectedInput.objects.update(expires_at=past))
        await boris.types("Болею", "Я понимаю только кнопки")
        assert await outcome() == (BookingStatus.CONFIRMED, "")

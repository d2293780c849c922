"""The master's conversation, played over HTTP against a strict Bot API server: schedule, new booking, cancellation."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.actors import THE_SHOP
from accounts.models import ExpectedInput, Role, User
from accounts.threads import in_thread
from barbershop.runtime import serve_bot
from barbershop.sandbox.client import Message, SandboxClient
from barbershop.tests.conftest import Guest, eventually, running
from bookings.callbacks import unpack_services
from bookings.models import Booking, BookingStatus
from bookings.services import create_manual_booking
from bookings.tests.factories import BookingFactory
from schedules.calendar import from_minute
from schedules.models import Master

COMMANDS = {"/schedule": "📋", "/new": "Новая запись.", "/dayoff": "Когда отдыхаете?", "/lunch": "Сейчас обед"}


async def bookings() -> list[Booking]:
    return await in_thread(lambda: list(Booking.objects.select_related("master").order_by("id")))


async def questions() -> list[str]:
    return await in_thread(lambda: list(ExpectedInput.objects.values_list("step", flat=True)))


async def assert_clean(telegram: SandboxClient) -> None:
    counters = await telegram.wait_until(lambda now: now["unanswered"] == 0 and now["pending_updates"] == 0)
    assert counters["error_count"] == 0, counters["errors"]
    assert not counters["unknown_methods"]
    assert not counters["complaints"]


async def asks_for_a_name(master: Guest, *, day: int = 1) -> str:
    """From the menu to the question for whom the first time of a day is; the time."""
    await master.types("/start", "Расписание")
    await master.taps("Новая запись", "Какая услуга?")
    days = await master.taps("Стрижка", "В какой день")
    times = await master.taps(days.button_texts[day], "Во сколько")
    await master.taps(times.button_texts[0], "На чьё имя")
    return times.button_texts[0]


async def writes_down(master: Guest, name: str = "Павел") -> Message:
    await asks_for_a_name(master)
    await master.types(name, "Какой телефон")
    return await master.taps("Без телефона", "Записано.")


@pytest.mark.usefixtures("bot")
class TestMenu:
    async def test_a_master_gets_the_masters_menu(self, boris: Guest, telegram: SandboxClient) -> None:
        menu = await boris.types("/start", "Здравствуйте, Борис!")
        for words in ("Расписание", "Новая запись", "Выходной", "Обед", "Помощь", "Язык"):
            assert menu.has_button(words)
        assert not menu.has_button("Записаться")
        assert (await boris.types("что делать?", "Я понимаю только кнопки")).has_button("Расписание")
        await assert_clean(telegram)

    async def test_the_menu_is_there_in_english(self, boris: Guest, telegram: SandboxClient) -> None:
        await boris.types("/language", "Выберите язык")
        await boris.taps("English", "Choose the language")
        menu = await boris.taps("Menu", "Hello, Борис!")
        for words in ("Schedule", "New booking", "Day off", "Lunch"):
            assert menu.has_button(words)
        await boris.taps("Lunch", "Your lunch now: 13:00–14:00")
        await boris.taps("Menu", "Day off")
        await boris.taps("Day off", "When do you take time off?")
        await assert_clean(telegram)

    @pytest.mark.parametrize(("command", "sees"), COMMANDS.items())
    async def test_a_command_opens_its_section(self, command: str, sees: str, boris: Guest) -> None:
        await boris.types(command, sees if command != "/schedule" else "сегодня")

    @pytest.mark.parametrize("command", COMMANDS)
    async def test_a_client_is_refused_politely_and_it_is_written_down(
        self, command: str, anna: Guest, telegram: SandboxClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        refused = await anna.types(command, "Это только для мастеров.")
        assert refused.has_button("В меню")
        user = await in_thread(lambda: User.objects.get(telegram_id=1001))
        (line,) = [record for record in caplog.records if getattr(record, "event", "") == "rbac_deny"]
        assert line.fields == {  # type: ignore[attr-defined]
            "actor_id": user.pk,
            "role": "client",
            "command": command.removeprefix("/"),
            "resource": "",
            "reason_code": "wrong_role",
        }
        await assert_clean(telegram)

    async def test_who_is_a_master_no_more_is_refused_at_the_next_tap(self, boris: Guest) -> None:
        await boris.types("/start", "Расписание")
        await in_thread(lambda: User.objects.filter(telegram_id=2001).update(role=Role.CLIENT))
        await boris.taps("Выходной", "Это только для мастеров.")
        await boris.taps("В меню", "Записаться")

    async def test_who_is_a_master_no_more_is_refused_with_their_answer(self, boris: Guest) -> None:
        await asks_for_a_name(boris)
        await in_thread(lambda: User.objects.filter(telegram_id=2001).update(role=Role.CLIENT))
        await boris.types("Павел", "Это только для мастеров.")
        await eventually(lambda: not ExpectedInput.objects.exists())
        assert await bookings() == []


@pytest.mark.usefixtures("bot")
class TestSchedule:
    async def test_a_day_shows_the_visit_and_the_gaps_and_leads_to_the_card(
        self, anna: Guest, boris: Guest, telegram: SandboxClient
    ) -> None:
        await anna.books(day=1)
        (booking,) = await bookings()
        await boris.types("/schedule", "сегодня")
        ahead = (booking.starts_at.date() - timezone.now().date()).days
        for _day in range(ahead):
            screen = await boris.taps("➡️", "Неделя")
        assert "Анна · Стрижка" in screen.text
        assert "свободно" in screen.text
        assert "13:00–14:00 — обед" in screen.text
        card = await boris.taps("· Анна", "1 500 ₽")
        assert card.has_button("Отменить с причиной")
        assert card.has_button("Перенести")
        assert not card.has_button("Не пришёл")
        week = await boris.taps("Назад", "Неделя")
        week = await boris.taps("Неделя", "1 запись")
        assert len(week.text.splitlines()) == 9
        await boris.taps("Назад", "сегодня")
        await assert_clean(telegram)

    async def test_another_masters_visit_is_not_there(
        self, anna: Guest, gleb: Guest, telegram: SandboxClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        await anna.books(day=1)
        (booking,) = await bookings()
        menu = await gleb.types("/start", "Расписание")
        for data in ("1dv:{}", "1dr:{}", "1dc:{}:1", "1dn:{}:1", "1dm:{}:0", "1dj:{}:30000000"):
            await telegram.tap(gleb.person, data.format(booking.pk), menu.id, forge=True)
            await telegram.wait_for(gleb.person, "Не нахожу такую запись")
            await gleb.types("/start", "Расписание")
            menu = await telegram.last_message(gleb.person)
        denied = [record for record in caplog.records if getattr(record, "event", "") == "rbac_deny"]
        assert len(denied) == 6
        assert (await bookings())[0].status == BookingStatus.CONFIRMED

    async def test_a_visit_moves_to_another_time(self, anna: Guest, boris: Guest, telegram: SandboxClient) -> None:
        await anna.books(day=1)
        (before,) = await bookings()
        await opens_card(boris, telegram, before)
        days = await boris.taps("Перенести", "На какой день")
        times = await boris.taps(days.button_texts[1], "На какое время")
        tapped = times.button(times.button_texts[2])
        assert tapped.data is not None
        await boris.taps(times.button_texts[2], "Перенесено.")
        await telegram.tap(boris.person, tapped.data, times.id, forge=True)
        await assert_clean(telegram)
        (after,) = await bookings()
        assert after.starts_at != before.starts_at
        assert after.revision == 1

    async def test_a_client_who_did_not_come_is_marked(self, boris: Guest, telegram: SandboxClient) -> None:
        booking = await in_thread(
            lambda: BookingFactory.create(
                master=Master.objects.get(name="Борис"), starts_at=timezone.now() - dt.timedelta(minutes=10)
            )
        )
        card = await opens_card(boris, telegram, booking)
        assert card.has_button("Не пришёл")
        await boris.taps("Не пришёл", "Вернуть это будет нельзя")
        assert (await bookings())[0].status == BookingStatus.CONFIRMED
        await boris.taps("Не пришёл", "Клиент не пришёл")
        assert (await bookings())[0].status == BookingStatus.NO_SHOW
        await assert_clean(telegram)


@pytest.mark.usefixtures("bot")
class TestNewBooking:
    async def test_a_walk_in_is_written_down_with_a_phone(self, boris: Guest, telegram: SandboxClient) -> None:
        time = await asks_for_a_name(boris)
        await boris.types("Павел", "Какой телефон у клиента (Павел)?")
        card = await boris.types("8 916 000-00-01", "Записано.")
        assert "+79160000001" in card.text
        assert time in card.text
        (booking,) = await bookings()
        assert (booking.walk_in_name, booking.walk_in_phone, booking.source) == ("Павел", "+79160000001", "master")
        await eventually(lambda: not ExpectedInput.objects.exists())
        await boris.types("Павел", "Я понимаю только кнопки")
        await assert_clean(telegram)

    async def test_without_a_phone_and_tapped_twice_it_is_one_booking_and_the_same_card(
        self, boris: Guest, telegram: SandboxClient
    ) -> None:
        await asks_for_a_name(boris)
        phone = await boris.types("Павел", "Какой телефон")
        data = phone.button("Без телефона").data
        assert data is not None
        await boris.taps("Без телефона", "Записано.")
        await telegram.tap(boris.person, data, phone.id, forge=True)
        await assert_clean(telegram)
        assert "Записано." in (await telegram.last_message(boris.person)).text
        assert len(await bookings()) == 1

    async def test_the_button_of_a_question_that_was_closed_is_an_old_one(
        self, boris: Guest, telegram: SandboxClient
    ) -> None:
        await asks_for_a_name(boris)
        phone = await boris.types("Павел", "Какой телефон")
        await boris.types("/start", "Расписание")
        await telegram.tap(boris.person, phone.button("Без телефона").data or "", phone.id)
        fresh = await telegram.wait_for(boris.person, "Кнопка устарела")
        assert fresh.has_button("Расписание")
        assert await bookings() == []

    async def test_a_shared_contact_is_a_phone_too(self, boris: Guest, telegram: SandboxClient) -> None:
        await asks_for_a_name(boris)
        await boris.types("Павел", "Какой телефон")
        contact = {"phone_number": "79160000002", "first_name": "Павел"}
        await telegram.share_contact(boris.person, contact)
        await telegram.wait_for(boris.person, "+79160000002")
        (booking,) = await bookings()
        assert booking.walk_in_phone == "+79160000002"

    @pytest.mark.parametrize("name", ["\u200b\u2060", "И" * 65, "\x00\ud83d", "я\n" * 40])
    async def test_a_name_that_is_none_is_asked_for_again(
        self, name: str, boris: Guest, telegram: SandboxClient
    ) -> None:
        await asks_for_a_name(boris)
        await boris.types(name, "не длиннее")
        assert await questions() == ["visitor_name"]
        await boris.types("<b>Паша</b> 🧔🏽 & Ко", "Какой телефон у клиента (<b>Паша</b> 🧔🏽 & Ко)?")
        await boris.taps("Без телефона", "<b>Паша</b> 🧔🏽 & Ко")
        await assert_clean(telegram)

    @pytest.mark.parametrize("phone", ["не скажу", "123", "+7916000000100000", "\ud83d", "+" * 4000])
    async def test_a_phone_that_is_none_is_asked_for_again(
        self, phone: str, boris: Guest, telegram: SandboxClient
    ) -> None:
        await asks_for_a_name(boris)
        await boris.types("Павел", "Какой телефон")
        again = await boris.types(phone, "Не похоже на номер")
        assert again.has_button("Без телефона")
        await boris.types("+79160000001", "Записано.")
        await assert_clean(telegram)

    async def test_a_time_that_is_gone_meanwhile_gives_the_fresh_times(self, boris: Guest) -> None:
        time = await asks_for_a_name(boris, day=2)
        await in_thread(take_the_time_that_is_asked_about)
        await boris.types("Павел", "Какой телефон")
        fresh = await boris.taps("Без телефона", "Это время только что заняли")
        assert fresh.has_button(":")
        assert not fresh.has_button(time)
        assert len(await bookings()) == 1


@pytest.mark.usefixtures("shop")
async def test_a_question_survives_a_restart_between_it_and_the_answer(boris: Guest) -> None:
    async with running(serve_bot):
        await asks_for_a_name(boris)
    async with running(serve_bot):
        await boris.types("Павел", "Какой телефон")
    async with running(serve_bot):
        await boris.types("+79160000001", "Записано.")


def take_the_time_that_is_asked_about() -> None:
    """Somebody else gets it first."""
    data = ExpectedInput.objects.get().data
    create_manual_booking(
        master_id=data["master"],
        service_ids=unpack_services(data["services"]),
        starts_at=from_minute(data["minute"]),
        name="Другой",
        phone="",
        idempotency_key="first",
        by=THE_SHOP,
        now=timezone.now(),
    )


async def opens_card(master: Guest, telegram: SandboxClient, booking: Booking) -> Message:
    """The card by its button's data, whichever day it is on."""
    menu = await master.types("/start", "Расписание")
    await telegram.tap(master.person, f"1dv:{booking.pk}", menu.id, forge=True)
    return await telegram.wait_for(master.person, lambda message: "💳" in message.text and message.has_button("Назад"))

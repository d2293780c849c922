"""The client's conversation, played over HTTP against a strict Bot API server."""

import asyncio
import datetime as dt

import pytest
from django.utils import timezone

from accounts.actors import THE_SHOP
from accounts.models import TelegramUpdate, UpdateStatus, User
from accounts.threads import in_thread
from barbershop.sandbox.client import SandboxClient
from barbershop.tests.conftest import Guest, eventually
from bookings.models import Booking, BookingStatus, Notification, NotificationStatus
from schedules.calendar import local_day
from schedules.models import Master
from schedules.services import set_rota

pytestmark = pytest.mark.usefixtures("bot")

NEWS = "Новая запись\n"
NOT_MODIFIED = "Bad Request: message is not modified"


async def bookings() -> list[Booking]:
    return await in_thread(lambda: list(Booking.objects.order_by("id")))


def let_everybody_work_every_day() -> None:
    """From 10 to 20, whatever day it is."""
    today = local_day(timezone.now())
    hours = {0: [(dt.time(10), dt.time(20))]}
    for master_id in Master.objects.values_list("pk", flat=True):
        set_rota(
            master_id=master_id,
            from_day=today,
            cycle_days=1,
            cycle_anchor=today,
            hours=hours,
            by=THE_SHOP,
            now=timezone.now(),
        )


async def assert_clean(telegram: SandboxClient) -> None:
    """Every tap is answered and handled, and nothing that the bot sent was wrong; the same screen again is not."""
    await telegram.wait_until(lambda now: now["unanswered"] == 0 and now["pending_updates"] == 0)
    await eventually(lambda: not TelegramUpdate.objects.filter(status=UpdateStatus.PENDING).exists())
    counters = await telegram.counters()
    assert not [error for error in counters["errors"] if not error.startswith(NOT_MODIFIED)], counters["errors"]
    assert not counters["unknown_methods"]
    assert not counters["complaints"]


@pytest.mark.usefixtures("worker")
async def test_a_client_books_in_six_taps_and_both_sides_are_told(
    anna: Guest, boris: Guest, telegram: SandboxClient
) -> None:
    await boris.types("/start", "Расписание")
    card = await anna.books()
    assert "Борис" in card.text
    assert "1 500 ₽" in card.text
    confirmation = await telegram.wait_for(anna.person, "До встречи", since=0)
    news = await telegram.wait_for(boris.person, NEWS, since=0)
    assert "Анна" in news.text
    assert confirmation.id != card.id
    (booking,) = await bookings()
    assert booking.status == BookingStatus.CONFIRMED
    await assert_clean(telegram)


@pytest.mark.usefixtures("worker")
async def test_a_client_cancels_and_both_sides_are_told(anna: Guest, boris: Guest, telegram: SandboxClient) -> None:
    await boris.types("/start", "Расписание")
    await anna.books()
    await telegram.wait_for(boris.person, NEWS, since=0)
    await anna.taps("Отменить", "Отменить запись на")
    card = await anna.taps("❌ Отменить", "Запись отменена.")
    assert not card.has_button("Отменить")
    await telegram.wait_for(anna.person, "Ваша запись отменена", since=0)
    await telegram.wait_for(boris.person, "Запись отменена", since=0)
    (booking,) = await bookings()
    assert booking.status == BookingStatus.CANCELLED
    await eventually(lambda: not Notification.objects.exclude(status=NotificationStatus.SENT).exists())
    await assert_clean(telegram)


async def test_the_whole_conversation_is_one_message_edited_in_place(anna: Guest, telegram: SandboxClient) -> None:
    await anna.books()
    from_bot = [message for message in await telegram.history(anna.person) if message.from_bot]
    assert len(from_bot) == 1
    assert from_bot[0].edits == 6


async def test_the_second_client_at_the_same_slot_gets_the_fresh_times(
    anna: Guest, victor: Guest, telegram: SandboxClient
) -> None:
    mine = await anna.goes_to_summary()
    theirs = await victor.goes_to_summary()
    assert mine.text == theirs.text
    await anna.taps("Подтвердить", "Вы записаны.")
    refused = await victor.taps("Подтвердить", "Это время только что заняли")
    assert refused.has_button(":")
    assert len(await bookings()) == 1
    await victor.taps(refused.button_texts[0], "Подтвердить")
    await victor.taps("Подтвердить", "Вы записаны.")
    assert len(await bookings()) == 2
    await assert_clean(telegram)


async def test_with_any_master_the_second_client_gets_the_other_master(
    anna: Guest, victor: Guest, telegram: SandboxClient
) -> None:
    await in_thread(let_everybody_work_every_day)
    mine = await anna.goes_to_summary(master="Любой мастер")
    theirs = await victor.goes_to_summary(master="Любой мастер")
    assert mine.text == theirs.text
    await anna.taps("Подтвердить", "Вы записаны.")
    await victor.taps("Подтвердить", "Вы записаны.")
    first, second = await bookings()
    assert first.starts_at == second.starts_at
    everybody = await in_thread(lambda: set(Master.objects.values_list("pk", flat=True)))
    assert {first.master_id, second.master_id} == everybody
    await assert_clean(telegram)


async def test_a_client_with_a_booking_sees_its_card_instead(anna: Guest, telegram: SandboxClient) -> None:
    await anna.books()
    again = await anna.types("/book", "Вы уже записаны")
    assert again.has_button("Отменить")
    assert len(await bookings()) == 1
    await assert_clean(telegram)


async def test_confirming_twice_is_one_booking_and_the_same_card(anna: Guest, telegram: SandboxClient) -> None:
    summary = await anna.goes_to_summary()
    button = summary.button("Подтвердить")
    assert button.data is not None
    await anna.taps("Подтвердить", "Вы записаны.")
    await telegram.tap(anna.person, button.data, summary.id, forge=True)
    await assert_clean(telegram)
    assert len(await bookings()) == 1
    assert "Вы записаны." in (await telegram.last_message(anna.person)).text


async def test_a_redelivered_update_does_the_thing_once(anna: Guest, telegram: SandboxClient) -> None:
    await anna.books()
    calls = (await telegram.counters())["calls"]
    await telegram.redeliver()
    await anna.types("/help", "Записаться")
    after = (await telegram.counters())["calls"]
    assert after["editMessageText"] == calls["editMessageText"]
    assert len(await bookings()) == 1


@pytest.mark.parametrize(
    "data", ["garbage", "1svc:1", "2ok:1:1", "2time:1:1:99999999999999", "2svc:1.1", "2mst:1:9223372036854775808:0"]
)
async def test_an_old_or_forged_button_says_so_and_offers_a_fresh_menu(
    data: str, anna: Guest, telegram: SandboxClient
) -> None:
    menu = await anna.types("/start", "Записаться")
    await telegram.tap(anna.person, data, menu.id, forge=True)
    fresh = await telegram.wait_for(anna.person, "Кнопка устарела")
    assert fresh.has_button("Записаться")
    await assert_clean(telegram)


@pytest.mark.parametrize("action", ["1card:{}", "1ask:{}", "1del:{}"])
async def test_somebody_elses_booking_is_not_found(
    action: str, anna: Guest, victor: Guest, telegram: SandboxClient
) -> None:
    await anna.books()
    (booking,) = await bookings()
    menu = await victor.types("/start", "Записаться")
    await telegram.tap(victor.person, action.format(booking.pk), menu.id, forge=True)
    await telegram.wait_for(victor.person, "Не нахожу такую запись")
    (booking,) = await bookings()
    assert booking.status == BookingStatus.CONFIRMED


async def test_every_screen_has_a_way_home(anna: Guest, telegram: SandboxClient) -> None:
    await anna.types("/start", "Записаться")
    for taps in (["Записаться"], ["Записаться", "Борода"], ["Записаться", "Борода", "Любой"], ["Мои записи"]):
        for button in taps:
            await anna.taps(button, "В меню")
        await anna.taps("В меню", "Записаться можно")
    await anna.taps("Язык", "Выберите язык")
    await anna.taps("English", "Choose the language")
    await anna.taps("Menu", "Book")
    await assert_clean(telegram)


async def test_the_conversation_is_complete_in_english(telegram: SandboxClient) -> None:
    john = await telegram.person(1003, first_name="John", language_code="en")
    guest = Guest(telegram, john)
    await guest.types("/start", "Book")
    await guest.taps("Book", "Haircut")
    await guest.taps("Haircut ·", "Any master")
    days = await guest.taps("Any master", "Which day")
    times = await guest.taps(days.button_texts[2], "What time")
    await guest.taps(times.button_texts[0], "Confirm")
    card = await guest.taps("Confirm", "You are booked.")
    assert card.has_button("Cancel")
    await guest.taps("Menu", "My bookings")
    await guest.taps("My bookings", "You are booked.")
    await assert_clean(telegram)


async def test_words_instead_of_taps_get_the_menu(anna: Guest, telegram: SandboxClient) -> None:
    reply = await anna.types("запишите меня <b>на завтра & вообще", "Я понимаю только кнопки")
    assert reply.has_button("Записаться")
    await assert_clean(telegram)


async def test_a_name_that_looks_like_html_is_shown_as_it_is(telegram: SandboxClient) -> None:
    person = await telegram.person(1004, first_name="<b>Боб & Ко</i>", language_code="ru")
    menu = await Guest(telegram, person).types("/start", "Записаться")
    assert "<b>Боб & Ко</i>" in menu.text
    await assert_clean(telegram)


async def test_somebody_whose_access_is_closed_is_turned_away(anna: Guest, telegram: SandboxClient) -> None:
    await anna.types("/start", "Записаться")
    await in_thread(lambda: User.objects.filter(telegram_id=1001).update(is_active=False))
    await anna.taps("Записаться", "Доступ закрыт")
    await anna.types("/book", "Доступ закрыт")
    await assert_clean(telegram)


async def test_an_update_of_a_kind_that_is_not_known_is_kept_and_says_nothing_in_the_log(
    anna: Guest, telegram: SandboxClient, caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    unknown = await telegram.inject({"brand_new": {"from": {"id": 1001}, "text": "между нами"}})
    await anna.types("/start", "Записаться")
    row = await in_thread(lambda: TelegramUpdate.objects.get(pk=unknown))
    assert (row.status, row.error) == (UpdateStatus.FAILED, "UpdateTypeLookupError")
    assert "между нами" not in caplog.text + "".join(str(warning.message) for warning in recwarn)


async def test_an_update_that_cannot_be_parsed_is_kept_and_blocks_nobody(anna: Guest, telegram: SandboxClient) -> None:
    broken = await telegram.inject({"message": {"message_id": "x", "from": {"id": 1001}, "chat": {"id": 1001}}})
    await anna.types("/start", "Записаться")
    row = await in_thread(lambda: TelegramUpdate.objects.get(pk=broken))
    assert row.status == UpdateStatus.FAILED
    assert row.error == "ValidationError"
    assert "message_id" in row.payload


async def test_a_handled_update_keeps_nothing_of_what_was_said(anna: Guest, telegram: SandboxClient) -> None:
    await anna.types("моя тайна", "Я понимаю только кнопки")
    await anna.types("/help", "Записаться")
    rows = await in_thread(lambda: list(TelegramUpdate.objects.order_by("update_id")))
    assert rows[0].status == UpdateStatus.HANDLED
    assert rows[0].payload == ""


@pytest.mark.parametrize("fault", ["server_error", "bad_gateway", "garbage", "drop_before", "drop_after"])
async def test_a_screen_that_telegram_would_not_take_is_shown_after_all(
    fault: str, anna: Guest, telegram: SandboxClient
) -> None:
    await anna.goes_to_summary()
    await telegram.fault(fault, method="editMessageText")
    await anna.taps("Подтвердить", "Вы записаны.")
    assert len(await bookings()) == 1


async def test_two_taps_at_once_show_the_same_screen_without_an_error(anna: Guest, telegram: SandboxClient) -> None:
    menu = await anna.types("/start", "Записаться")
    await asyncio.gather(*(telegram.tap(anna.person, "Помощь", menu.id) for _ in range(5)))
    await telegram.wait_for(anna.person, "Я записываю")
    counters = await telegram.wait_until(lambda now: now["unanswered"] == 0)
    assert all(error.startswith(NOT_MODIFIED) for error in counters["errors"])


async def test_a_time_taken_before_the_summary_is_said_to_be_taken(
    anna: Guest, victor: Guest, telegram: SandboxClient
) -> None:
    await victor.goes_to_summary()
    times = await victor.taps("Назад", "Во сколько")
    await anna.books()
    refused = await victor.taps(times.button_texts[0], "Это время только что заняли")
    assert times.button_texts[0] not in refused.button_texts
    await assert_clean(telegram)

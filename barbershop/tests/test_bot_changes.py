"""A client moves what is booked, and reads whose time it is. Played over HTTP."""

import datetime as dt
from typing import Any

import pytest

from accounts.models import User
from accounts.threads import in_thread
from barbershop.sandbox.client import Message, SandboxClient
from barbershop.tests.conftest import Guest, eventually
from barbershop.tests.test_bot import assert_clean, bookings, let_everybody_work_every_day
from bookings.models import Notification, NotificationStatus
from schedules.calendar import to_minute

pytestmark = pytest.mark.usefixtures("bot")

ZONE = "(Москва, UTC+3)"


async def goes_to_move(guest: Guest, *, day: int = 4) -> Message:
    """From the card to the question whether to move to the first time of another day."""
    days = await guest.taps("Перенести", "На какой день перенести")
    times = await guest.taps(days.button_texts[day], "На какое время перенести")
    return await guest.taps(times.button_texts[0], "Переносим?")


async def live_in_omsk() -> None:
    await in_thread(lambda: User.objects.filter(telegram_id=1001).update(time_zone="Asia/Omsk"))


# --- Moving -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("worker")
async def test_a_client_moves_a_visit_and_both_sides_are_told(
    anna: Guest, boris: Guest, telegram: SandboxClient
) -> None:
    await boris.types("/start", "Здравствуйте, Борис!")
    await anna.books()
    (before,) = await bookings()
    question = await goes_to_move(anna)
    assert "Сейчас:" in question.text
    assert "Станет:" in question.text
    await anna.taps("Подтвердить", "Запись перенесена. До встречи!")
    (after,) = await bookings()
    assert after.starts_at > before.starts_at
    assert (after.master_id, after.block_id, after.revision) == (before.master_id, before.block_id, 1)
    await telegram.wait_for(anna.person, "Ваша запись перенесена", since=0)
    await telegram.wait_for(boris.person, "Запись перенесена, вот новое время", since=0)
    await eventually(lambda: not Notification.objects.filter(status=NotificationStatus.PENDING).exists())
    await assert_clean(telegram)


async def test_moving_is_one_message_with_a_way_back_from_every_step(anna: Guest, telegram: SandboxClient) -> None:
    await anna.books()
    await goes_to_move(anna)
    await anna.taps("Назад", "На какое время перенести")
    await anna.taps("Назад", "На какой день перенести")
    later = await anna.taps("Позже", "На какой день перенести")
    assert later.has_button("Назад")
    await anna.taps("Назад", "На какой день перенести")
    await anna.taps("Назад", "Вы записаны.")
    assert len([message for message in await telegram.history(anna.person) if message.from_bot]) == 1
    (booking,) = await bookings()
    assert booking.revision == 0
    await assert_clean(telegram)


async def test_a_second_tap_on_the_same_move_moves_once(anna: Guest, telegram: SandboxClient) -> None:
    await anna.books()
    question = await goes_to_move(anna)
    button = question.button("Подтвердить").data
    assert button is not None
    await anna.taps("Подтвердить", "Запись перенесена.")
    await telegram.tap(anna.person, button, question.id, forge=True)
    await assert_clean(telegram)
    (booking,) = await bookings()
    assert booking.revision == 1
    assert await in_thread(lambda: Notification.objects.filter(kind="client_moved").count()) == 1


async def test_a_visit_moves_by_half_an_hour_within_its_own_time(anna: Guest, telegram: SandboxClient) -> None:
    await in_thread(let_everybody_work_every_day)
    await anna.books()
    (before,) = await bookings()
    days = await anna.taps("Перенести", "На какой день перенести")
    times = await anna.taps(days.button_texts[3], "На какое время перенести")
    assert times.button_texts[0] == "10:30"
    await anna.taps("10:30", "Переносим?")
    await anna.taps("Подтвердить", "Запись перенесена.")
    (after,) = await bookings()
    assert after.starts_at - before.starts_at == dt.timedelta(minutes=30)
    await assert_clean(telegram)


async def test_a_time_taken_while_moving_is_said_to_be_taken_and_others_are_offered(
    anna: Guest, victor: Guest, telegram: SandboxClient
) -> None:
    await in_thread(let_everybody_work_every_day)
    await anna.books()
    await goes_to_move(anna)
    await victor.books(day=4)
    fresh = await anna.taps("Подтвердить", "Это время только что заняли")
    assert "10:00" not in fresh.button_texts
    await anna.taps(fresh.button_texts[0], "Переносим?")
    await anna.taps("Подтвердить", "Запись перенесена.")
    mine, _ = await bookings()
    assert mine.revision == 1
    await assert_clean(telegram)


async def test_a_time_taken_before_the_question_is_said_to_be_taken(
    anna: Guest, victor: Guest, telegram: SandboxClient
) -> None:
    await in_thread(let_everybody_work_every_day)
    await anna.books()
    days = await anna.taps("Перенести", "На какой день перенести")
    await anna.taps(days.button_texts[4], "На какое время перенести")
    await victor.books(day=4)
    fresh = await anna.taps("10:00", "Это время только что заняли")
    assert "10:00" not in fresh.button_texts
    await assert_clean(telegram)


async def test_close_to_the_visit_the_bot_says_to_call(anna: Guest, telegram: SandboxClient, settings: Any) -> None:
    await anna.books()
    settings.CANCEL_MIN_NOTICE_MINUTES = 60 * 24 * 30
    await anna.taps("Перенести", "Позвоните, пожалуйста, в барбершоп")
    await anna.taps("Назад", "Вы записаны.")
    await anna.taps("Отменить", "Позвоните, пожалуйста, в барбершоп")
    (booking,) = await bookings()
    assert (booking.status, booking.revision) == ("confirmed", 0)
    await assert_clean(telegram)


@pytest.mark.parametrize("action", ["1mvd:{0}:0", "1mvt:{0}:{1}", "1mva:{0}:{2}", "1mvg:{0}:{2}", "1come:{0}"])
async def test_somebody_elses_visit_can_not_be_moved_or_confirmed(
    action: str, anna: Guest, victor: Guest, telegram: SandboxClient
) -> None:
    await anna.books()
    (booking,) = await bookings()
    later = booking.starts_at + dt.timedelta(days=1)
    menu = await victor.types("/start", "Записаться")
    data = action.format(booking.pk, later.date().toordinal(), to_minute(later))
    await telegram.tap(victor.person, data, menu.id, forge=True)
    await telegram.wait_for(victor.person, "Не нахожу такую запись")
    (after,) = await bookings()
    assert (after.starts_at, after.confirmed_at) == (booking.starts_at, None)
    await assert_clean(telegram)


@pytest.mark.parametrize(
    "data",
    ["1mvd:0:0", "1mvd:1:100", "1mvt:1:0", "1mva:1:-1", "1mvg:1", "1mvg:1:99999999999", "1come:x"],
)
async def test_a_forged_button_is_an_old_one(data: str, anna: Guest, telegram: SandboxClient) -> None:
    menu = await anna.types("/start", "Записаться")
    await telegram.tap(anna.person, data, menu.id, forge=True)
    await telegram.wait_for(anna.person, "Кнопка устарела")
    await assert_clean(telegram)


async def test_a_visit_is_moved_in_english(telegram: SandboxClient) -> None:
    john = Guest(telegram, await telegram.person(1003, first_name="John", language_code="en"))
    await john.types("/start", "Book")
    await john.taps("Book", "Haircut")
    await john.taps("Haircut ·", "Any master")
    days = await john.taps("Any master", "Which day")
    times = await john.taps(days.button_texts[2], "What time")
    await john.taps(times.button_texts[0], "Confirm")
    await john.taps("Confirm", "You are booked.")
    days = await john.taps("Reschedule", "Which day shall we move it to?")
    times = await john.taps(days.button_texts[3], "What time shall we move it to?")
    await john.taps(times.button_texts[0], "Shall we move it?")
    await john.taps("Confirm", "The visit is moved. See you!")
    await assert_clean(telegram)


# --- The shop's clock ---------------------------------------------------------------------------------------------


async def test_who_lives_by_another_clock_reads_whose_time_it_is(anna: Guest, telegram: SandboxClient) -> None:
    await anna.types("/start", "Записаться")
    await live_in_omsk()
    summary = await anna.goes_to_summary()
    assert ZONE in summary.text
    card = await anna.taps("Подтвердить", "Вы записаны.")
    assert ZONE in card.text
    days = await anna.taps("Перенести", ZONE)
    times = await anna.taps(days.button_texts[4], "по часам барбершопа: Москва, UTC+3")
    question = await anna.taps(times.button_texts[0], "Переносим?")
    assert question.text.count(ZONE) == 2
    await anna.taps("Подтвердить", ZONE)
    assert ZONE in (await anna.taps("Отменить", "Отменить запись на")).text
    assert ZONE in (await anna.types("/my", "Вы записаны.")).text
    await assert_clean(telegram)

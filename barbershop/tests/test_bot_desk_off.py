"""The master's time off and lunch, played over HTTP against a strict Bot API server."""

import datetime as dt

import pytest

from accounts.threads import in_thread
from barbershop.sandbox.client import Message, SandboxClient
from barbershop.tests.conftest import Guest
from barbershop.tests.test_bot_desk import assert_clean, bookings, writes_down
from bookings.models import Booking, BookingStatus, Notification, NotificationKind, OfferStatus, SlotOffer
from bookings.texts import day
from schedules.calendar import local_day
from schedules.models import AvailabilityBlock, BlockKind, Lunch, Master

pytestmark = pytest.mark.usefixtures("bot")


async def time_off() -> list[tuple[dt.timedelta, str]]:
    """How long the stretches of time off are, and why."""
    blocks = AvailabilityBlock.objects.filter(kind=BlockKind.TIME_OFF).order_by("starts_at")
    return await in_thread(lambda: [(block.during.upper - block.during.lower, block.reason) for block in blocks])


async def chooses_day(master: Guest, kind: str = "Один день", *, nth: int = 3) -> Message:
    """From the menu to the day that is `nth` of the list."""
    await master.types("/start", "Расписание")
    await master.taps("Выходной", "Когда отдыхаете?")
    days = await master.taps(kind, "дня" if kind == "Несколько дней" else "день")
    await master.chat.tap(master.person, days.button_texts[nth], days.id)
    return await master.chat.wait_for(master.person, lambda message: message.text != days.text)


async def wants_the_day_of(master: Guest, booking: Booking) -> Message:
    """From the menu to the bookings in the way on that day."""
    await master.types("/start", "Расписание")
    await master.taps("Выходной", "Один день")
    await master.taps("Один день", "Какой день")
    return await master.taps(day(local_day(booking.starts_at)), "Что с ними делаем?")


async def test_a_day_off_is_taken_with_a_typed_reason_shown_and_taken_back(
    boris: Guest, telegram: SandboxClient
) -> None:
    await chooses_day(boris)
    await boris.types("К зубному <b>🦷</b>", "Выходной:")
    assert await time_off() == [(dt.timedelta(days=1), "К зубному <b>🦷</b>")]
    overview = await boris.taps("Назад", "Ваши выходные:")
    await boris.taps("↩️", "Выходной отменён, работаете:")
    assert await time_off() == []
    await telegram.tap(boris.person, overview.button("↩️").data or "", overview.id, forge=True)
    await telegram.wait_for(boris.person, "На это время выходного нет")
    await assert_clean(telegram)


async def test_a_day_off_needs_no_reason_and_a_second_tap_changes_nothing(
    boris: Guest, telegram: SandboxClient
) -> None:
    asked = await chooses_day(boris)
    await boris.taps("Без причины", "Выходной:")
    await telegram.tap(boris.person, asked.button("Без причины").data or "", asked.id, forge=True)
    await assert_clean(telegram)
    assert await time_off() == [(dt.timedelta(days=1), "")]


async def test_several_days_are_one_stretch_until_the_last_one_included(boris: Guest) -> None:
    days = await chooses_day(boris, "Несколько дней", nth=0)
    assert "по какой день" in days.text
    await boris.taps(days.button_texts[4], "Записать причину?")
    await boris.taps("Без причины", "Выходной:")
    ((length, _reason),) = await time_off()
    assert length > dt.timedelta(days=4)


async def test_a_part_of_a_day_is_chosen_by_its_hours(boris: Guest, telegram: SandboxClient) -> None:
    await chooses_day(boris, "Часть дня")
    until = await boris.taps("15:00", "До какого часа?")
    assert until.button_texts[0] == "16:00"
    await boris.taps("17:00", "Записать причину?")
    await boris.taps("Мастер заболел", "15:00–17:00")
    assert await time_off() == [(dt.timedelta(hours=2), "Мастер заболел")]
    await assert_clean(telegram)


async def test_over_a_booking_it_lists_it_and_steps_back(anna: Guest, boris: Guest) -> None:
    await anna.books(day=2)
    (booking,) = await bookings()
    conflict = await wants_the_day_of(boris, booking)
    assert "Анна" in conflict.text
    await boris.taps("Назад", "Когда отдыхаете?")
    assert await time_off() == []
    assert (await bookings())[0].status == BookingStatus.CONFIRMED


@pytest.mark.usefixtures("worker")
async def test_the_bookings_in_the_way_are_cancelled_with_one_reason_and_the_client_reads_it(
    anna: Guest, boris: Guest, telegram: SandboxClient
) -> None:
    await anna.books(day=2)
    (booking,) = await bookings()
    await wants_the_day_of(boris, booking)
    await boris.taps("Отменить все с причиной", "Отменим 1 запись.")
    await boris.types("\u200b", "Напишите причину: клиент")
    assert await time_off() == []
    await boris.types("Прорвало трубу", "Отменена 1 запись.")
    await telegram.wait_for(anna.person, "Прорвало трубу", since=0)
    (booking,) = await bookings()
    assert (booking.status, booking.cancel_reason) == (BookingStatus.CANCELLED, "Прорвало трубу")
    assert await time_off() == [(dt.timedelta(days=1), "Прорвало трубу")]


async def test_another_time_is_offered_once_however_often_the_button_is_tapped(
    anna: Guest, boris: Guest, telegram: SandboxClient
) -> None:
    await anna.books(day=2)
    (booking,) = await bookings()
    conflict = await wants_the_day_of(boris, booking)
    button = conflict.button("Предложить другое время").data or ""
    await boris.taps("Предложить другое время", "Спросил 1 клиента")
    await telegram.tap(boris.person, button, conflict.id, forge=True)
    overview = await telegram.wait_for(boris.person, "Ваши выходные:")
    await assert_clean(telegram)
    offers = await in_thread(lambda: list(SlotOffer.objects.values_list("status", flat=True)))
    assert offers == [OfferStatus.OPEN]
    asked = Notification.objects.filter(kind=NotificationKind.CLIENT_MOVE_OFFERED)
    assert await in_thread(asked.count) == 1
    assert len([text for text in overview.button_texts if "↩️" in text]) == 1
    await boris.taps("↩️", "Выходной отменён")
    assert await in_thread(lambda: SlotOffer.objects.get().status) == OfferStatus.WITHDRAWN


async def test_who_is_not_in_the_bot_is_to_be_called(boris: Guest) -> None:
    await writes_down(boris)
    (booking,) = await bookings()
    await wants_the_day_of(boris, booking)
    taken = await boris.taps("Предложить другое время", "позвоните им сами")
    assert "Павел" in taken.text


async def test_lunch_moves_for_the_days_to_come_and_what_it_runs_into_stays(
    anna: Guest, boris: Guest, telegram: SandboxClient
) -> None:
    summary = await anna.goes_to_summary(day=2)
    assert summary.has_button("Подтвердить")
    await anna.taps("Подтвердить", "Вы записаны.")
    (booking,) = await bookings()
    await boris.types("/lunch", "Сейчас обед: 13:00–14:00")
    done = await boris.taps("10:00", "Обед с сегодняшнего дня: 10:00–11:00.")
    assert "Анна" in done.text
    assert (await bookings())[0].starts_at == booking.starts_at
    await boris.taps("Назад", "✅ 10:00")
    await boris.taps("Без обеда", "Обед с сегодняшнего дня: нет.")
    lunches = await in_thread(lambda: list(Lunch.objects.values_list("one_day", "starts")))
    assert lunches == [(False, None)]
    await assert_clean(telegram)


async def test_lunch_is_another_on_one_day(boris: Guest, telegram: SandboxClient) -> None:
    await boris.types("/lunch", "Сейчас обед")
    days = await boris.taps("Только на один день", "В какой день")
    await boris.taps(days.button_texts[2], "Когда поставить?")
    await boris.taps("15:00", "15:00–16:00.")
    rows = await in_thread(lambda: list(Lunch.objects.values_list("one_day", "starts")))
    assert rows == [(True, dt.time(15))]
    await boris.taps("В меню", "Обед")
    await boris.taps("Обед", "Сейчас обед: 13:00–14:00")
    await assert_clean(telegram)


@pytest.mark.parametrize(
    "data",
    [
        "1dd:1",
        "2dd:0:1",
        "2dw:0:803000",
        "2or:0:30000000:29000000",
        "2ot:0:1:2:0",
        "2ob:0:30000000:30000060",
        "2ls:0:1:12",
        "2oh:0:1:0",
        "2oh:0:750000:0",
        "2od:0:month:0:0",
        "2nt:zik0zj:0:750000",
        "2nt:1.1:0:750000",
        "2nn:1:0:30000000",
        "1ns:0:zik0zj",
        "1ns:0:1.2.3.4",
        "1w:schedule:0",
        "1w:elsewhere:0",
        "2ls:9223372036854775807:0:12",
        "1dv:9223372036854775807",
        "1ans:AAAAAAAA",
    ],
)
async def test_a_forged_button_breaks_nothing(data: str, boris: Guest, telegram: SandboxClient) -> None:
    menu = await boris.types("/start", "Расписание")
    await telegram.tap(boris.person, data, menu.id, forge=True)
    await telegram.wait_for(boris.person, lambda message: message.text != menu.text)
    assert "Что-то сломалось" not in (await telegram.last_message(boris.person)).text
    assert await in_thread(Master.objects.count) == 2
    await assert_clean(telegram)

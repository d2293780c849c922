"""A client answers for times that are held for them. Played over HTTP."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import Channel
from accounts.threads import in_thread
from barbershop.sandbox.client import Message, SandboxClient
from barbershop.tests.conftest import Guest
from barbershop.tests.full_day import (
    annas_bookings,
    boris,
    entries,
    give_back,
    offered,
    offers,
    take_the_hour,
    ten_o_clock,
    waits,
    work_an_hour,
)
from barbershop.tests.test_bot import assert_clean
from bookings import services
from bookings.models import Booking, BookingStatus
from bookings.services import Conflicts
from schedules.calendar import day_starts_at, local_day

pytestmark = pytest.mark.usefixtures("bot")


@pytest.fixture
async def taken(shop: None) -> Booking:
    """The only hour of the day is a walk-in's."""
    await in_thread(work_an_hour)
    return await in_thread(take_the_hour)


# --- A time that came free ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("worker")
async def test_a_freed_time_is_offered_and_taken_once(anna: Guest, taken: Booking, telegram: SandboxClient) -> None:
    await telegram.text(await telegram.person(2001, first_name="Борис"), "/start")
    await waits(anna)
    await give_back(taken)
    offer = await offered(anna)
    assert "1 500 ₽" in offer.text
    assert "Держу его для вас до" in offer.text
    data = offer.button("Записаться").data
    assert data is not None
    await anna.taps("✅ Записаться", "Вы записаны.")
    await telegram.tap(anna.person, data, offer.id, forge=True)
    await assert_clean(telegram)
    (booking,) = await annas_bookings()
    assert (booking.starts_at, booking.status) == (ten_o_clock(), BookingStatus.CONFIRMED)
    assert [each.status for each in await offers()] == ["accepted"]
    assert [entry.status for entry in await entries()] == ["taken"]


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize(
    ("button", "words", "waits_on"),
    [("Не нужно", "Если освободится другое время, сообщу", True), ("Больше не ждать", "больше не ждём", False)],
)
async def test_a_time_that_is_not_wanted_goes_to_the_next_in_line(
    anna: Guest, victor: Guest, taken: Booking, *, button: str, words: str, waits_on: bool
) -> None:
    await waits(anna)
    await waits(victor)
    await give_back(taken)
    await offered(anna)
    await anna.taps(button, words)
    offer = await offered(victor)
    assert offer.has_button("Не нужно")
    first, second = await entries()
    assert first.status == ("waiting" if waits_on else "given_up")
    assert second.status == "offered"
    assert [each.status for each in await offers()] == ["declined", "open"]


@pytest.mark.usefixtures("worker")
async def test_a_second_tap_on_not_wanted_shows_the_same(anna: Guest, taken: Booking, telegram: SandboxClient) -> None:
    await telegram.text(await telegram.person(2001, first_name="Борис"), "/start")
    await waits(anna)
    await give_back(taken)
    offer = await offered(anna)
    data = offer.button("Не нужно").data
    assert data is not None
    await anna.taps("Не нужно", "Если освободится другое время, сообщу")
    await telegram.tap(anna.person, data, offer.id, forge=True)
    await assert_clean(telegram)
    assert [each.status for each in await offers()] == ["declined"]


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("button", ["Записаться", "Не нужно", "Больше не ждать"])
async def test_somebody_elses_offer_can_not_be_answered(
    button: str, anna: Guest, victor: Guest, taken: Booking, telegram: SandboxClient
) -> None:
    await waits(anna)
    await give_back(taken)
    offer = await offered(anna)
    data = offer.button(button).data
    assert data is not None
    menu = await victor.types("/start", "Записаться")
    await telegram.tap(victor.person, data, menu.id, forge=True)
    await telegram.wait_for(victor.person, "Этого здесь уже нет")
    assert [each.status for each in await offers()] == ["open"]
    assert [entry.status for entry in await entries()] == ["offered"]


@pytest.mark.usefixtures("worker")
async def test_an_offer_that_has_run_out_says_so(anna: Guest, taken: Booking, telegram: SandboxClient) -> None:
    await waits(anna)
    await give_back(taken)
    await offered(anna)
    later = dt.timedelta(minutes=16)
    assert await in_thread(lambda: services.expire_offers(now=timezone.now() + later)) == 1
    await anna.taps("✅ Записаться", "Это время за вами больше не держим.")
    assert await annas_bookings() == []


@pytest.mark.usefixtures("worker")
async def test_waiting_is_complete_in_english(taken: Booking, telegram: SandboxClient) -> None:
    john = Guest(telegram, await telegram.person(1003, first_name="John", language_code="en"))
    await john.types("/start", "Book")
    await john.taps("Book", "Haircut")
    await john.taps("Haircut ·", "Борис")
    await john.taps("Борис", "Which day")
    days = await john.taps("Tell me if a slot frees up", "Everything is taken on these days")
    joined = await john.taps(days.button_texts[0], "I'll tell you as soon as a time comes free")
    assert "held for you for 15 minutes" in joined.text
    await give_back(taken)
    offer = await telegram.wait_for(john.person, "A time has come free!", since=0)
    assert offer.has_button("No, thanks")
    assert offer.has_button("Stop waiting")
    await john.taps("✅ Book", "You are booked.")


# --- Another time instead -----------------------------------------------------------------------------------------


async def asked_to_move(anna: Guest) -> Message:
    """Anna is booked with Boris, who takes that day off and offers her another time."""
    await anna.books()

    def take_off() -> None:
        booking = Booking.objects.get()
        day = local_day(booking.starts_at)
        services.take_time_off(
            master_id=booking.master_id,
            starts_at=day_starts_at(day),
            ends_at=day_starts_at(day + dt.timedelta(days=1)),
            reason="к врачу",
            by=Actor(boris().user_id, Channel.BOT),
            now=timezone.now(),
            conflicts=Conflicts.MOVE,
        )

    await in_thread(take_off)
    return await anna.chat.wait_for(anna.person, "Подойдёт другое время?", since=0)


@pytest.mark.usefixtures("worker")
async def test_a_client_takes_the_other_time(anna: Guest, boris: Guest, telegram: SandboxClient) -> None:
    await boris.types("/start", "Здравствуйте, Борис!")
    offer = await asked_to_move(anna)
    assert "к врачу" not in offer.text
    (before,) = await annas_bookings()
    data = offer.button("Новое время подходит").data
    assert data is not None
    await anna.taps("Новое время подходит", "Запись перенесена. До встречи!")
    await telegram.tap(anna.person, data, offer.id, forge=True)
    await assert_clean(telegram)
    (after,) = await annas_bookings()
    assert local_day(after.starts_at) != local_day(before.starts_at)
    assert after.revision == 1
    await telegram.wait_for(boris.person, "Запись перенесена, вот новое время", since=0)


@pytest.mark.usefixtures("worker")
async def test_a_client_keeps_the_old_time_and_the_master_learns_it(
    anna: Guest, boris: Guest, telegram: SandboxClient
) -> None:
    await boris.types("/start", "Здравствуйте, Борис!")
    await asked_to_move(anna)
    await anna.taps("Оставить прежнее время", "запись остаётся как была")
    told = await telegram.wait_for(boris.person, "Клиент оставил прежнее время", since=0)
    assert "Анна" in told.text
    (booking,) = await annas_bookings()
    assert (booking.status, booking.revision) == ("confirmed", 0)
    await assert_clean(telegram)

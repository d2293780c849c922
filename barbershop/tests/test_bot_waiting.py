"""A client waits for a full day. Played over HTTP."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts.actors import THE_SHOP
from accounts.models import User
from accounts.threads import in_thread
from barbershop.sandbox.client import SandboxClient
from barbershop.tests.conftest import Guest
from barbershop.tests.full_day import (
    TELL_ME,
    boris,
    entries,
    label,
    take_the_hour,
    the_day,
    waits,
    work_an_hour,
)
from barbershop.tests.test_bot import assert_clean
from bookings import services
from bookings.callbacks import pack_services
from bookings.models import Booking, Service, WaitlistEntry
from bookings.waiting.callbacks import Join
from schedules.calendar import day_starts_at
from schedules.models import Master
from schedules.services import set_day_hours

pytestmark = pytest.mark.usefixtures("bot")


def haircut() -> str:
    return pack_services([Service.objects.get(name="Стрижка").pk])


@pytest.fixture
async def taken(shop: None) -> Booking:
    """The only hour of the day is a walk-in's."""
    await in_thread(work_an_hour)
    return await in_thread(take_the_hour)


@pytest.mark.usefixtures("taken")
async def test_a_client_waits_for_a_full_day_and_stops_waiting(anna: Guest, telegram: SandboxClient) -> None:
    joined = await waits(anna)
    assert f"Стрижка, {label()}, Борис" in joined.text
    assert "Подержу его для вас 15 минут." in joined.text
    listed = await anna.types("/my", "Вы ждёте:")
    assert f"Стрижка, {label()}, Борис" in listed.text
    left = await anna.taps("Больше не ждать", "больше не ждём")
    assert "Вы ждёте:" not in left.text
    (entry,) = await entries()
    assert (entry.status, entry.day) == ("given_up", the_day())
    await assert_clean(telegram)


@pytest.mark.usefixtures("taken")
async def test_a_second_tap_on_waiting_is_one_place_in_line(anna: Guest, telegram: SandboxClient) -> None:
    menu = await anna.types("/start", "Записаться")
    data = await in_thread(lambda: Join(services=haircut(), master=boris().pk, day=the_day().toordinal()).pack())
    for _ in range(2):
        await telegram.tap(anna.person, data, menu.id, forge=True)
        await telegram.wait_for(anna.person, "Сообщу, как только освободится", since=0)
    await assert_clean(telegram)
    assert len(await entries()) == 1


@pytest.mark.usefixtures("taken")
async def test_any_master_can_be_waited_for(anna: Guest, telegram: SandboxClient) -> None:
    day = the_day()
    await in_thread(
        lambda: set_day_hours(
            master_id=Master.objects.get(name="Глеб").pk, day=day, hours=[], by=THE_SHOP, now=timezone.now()
        )
    )
    await anna.types("/start", "Записаться")
    await anna.taps("Записаться", "Стрижка")
    await anna.taps("Стрижка ·", "Любой мастер")
    await anna.taps("Любой мастер", "В какой день")
    await anna.taps(TELL_ME, "За каким последить?")
    await anna.taps("Назад", "В какой день")
    await anna.taps(TELL_ME, "За каким последить?")
    joined = await anna.taps(label(), "Сообщу, как только освободится время")
    assert "любой мастер" in joined.text
    (entry,) = await entries()
    assert entry.master_id is None
    await assert_clean(telegram)


async def test_days_that_are_off_are_not_offered_for_waiting(anna: Guest) -> None:
    """Nothing comes free on a day on which nobody works: neither a free day of the cycle nor time off."""
    await in_thread(
        lambda: services.take_time_off(
            master_id=boris().pk,
            starts_at=day_starts_at(the_day()),
            ends_at=day_starts_at(the_day() + dt.timedelta(days=3)),
            reason="отпуск",
            by=THE_SHOP,
            now=timezone.now(),
        )
    )
    await anna.types("/start", "Записаться")
    await anna.taps("Записаться", "Стрижка")
    await anna.taps("Стрижка ·", "Борис")
    days = await anna.taps("Борис", "В какой день")
    assert not days.has_button(TELL_ME)


async def test_a_day_that_fills_up_while_choosing_can_be_waited_for(anna: Guest, telegram: SandboxClient) -> None:
    await in_thread(work_an_hour)
    await anna.types("/start", "Записаться")
    await anna.taps("Записаться", "Стрижка")
    await anna.taps("Стрижка ·", "Борис")
    await anna.taps("Борис", "В какой день")
    await anna.taps(label(), "Во сколько")
    await in_thread(take_the_hour)
    full = await anna.taps("10:00", "Это время только что заняли")
    assert "На этот день всё занято" in full.text
    await anna.taps(TELL_ME, "Сообщу, как только освободится время")
    assert len(await entries()) == 1
    await assert_clean(telegram)


async def test_a_day_that_has_time_after_all_is_shown_instead(anna: Guest, telegram: SandboxClient) -> None:
    await in_thread(work_an_hour)
    menu = await anna.types("/start", "Записаться")
    data = await in_thread(lambda: Join(services=haircut(), master=boris().pk, day=the_day().toordinal()).pack())
    await telegram.tap(anna.person, data, menu.id, forge=True)
    times = await telegram.wait_for(anna.person, "На этот день уже есть свободное время")
    assert times.button_texts[0] == "10:00"
    assert await entries() == []
    await assert_clean(telegram)


@pytest.mark.usefixtures("taken")
async def test_nobody_waits_for_more_than_five_days(anna: Guest, telegram: SandboxClient) -> None:
    await anna.types("/start", "Записаться")

    def wait_for_five() -> None:
        client = User.objects.get(telegram_id=1001)
        for days in range(5):
            WaitlistEntry.objects.create(client=client, master=boris(), day=the_day() + dt.timedelta(days=7 + days))

    await in_thread(wait_for_five)
    await anna.taps("Записаться", "Стрижка")
    await anna.taps("Стрижка ·", "Борис")
    await anna.taps("Борис", "В какой день")
    await anna.taps(TELL_ME, "За каким последить?")
    refused = await anna.taps(label(), "Вы уже ждёте 5 дней")
    assert sum("Больше не ждать" in text for text in refused.button_texts) == 5
    await assert_clean(telegram)


@pytest.mark.parametrize(
    "data",
    ["1wait:1:1:738000", "2wait:1:1:0", "2wait:1:1", "2full:1:-1:0", "2full:1:0:100", "1take:x", "1pass:0", "1quit:-1"],
)
async def test_a_forged_button_is_an_old_one(data: str, anna: Guest, telegram: SandboxClient) -> None:
    menu = await anna.types("/start", "Записаться")
    await telegram.tap(anna.person, data, menu.id, forge=True)
    await telegram.wait_for(anna.person, "Кнопка устарела")
    await assert_clean(telegram)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("2wait:zik0zj:0:{day}", "Такой услуги больше нет"),
        ("2wait:{service}:9223372036854775807:{day}", "Такой услуги больше нет"),
        ("2wait:{service}:0:803000", "в лист ожидания не записываем"),
        ("2wait:{service}:0:1", "в лист ожидания не записываем"),
        ("2full:zik0zj:0:0", "Кнопка устарела"),
        ("2full:{service}:9223372036854775807:0", "Таких дней нет"),
        ("1take:9223372036854775807", "Этого здесь уже нет"),
        ("1pass:9223372036854775807", "Этого здесь уже нет"),
        ("1quit:9223372036854775807", "Этого здесь уже нет"),
    ],
)
async def test_a_forged_id_gets_a_polite_refusal(data: str, words: str, anna: Guest, telegram: SandboxClient) -> None:
    menu = await anna.types("/start", "Записаться")
    forged = data.format(service=await in_thread(haircut), day=the_day().toordinal())
    await telegram.tap(anna.person, forged, menu.id, forge=True)
    reply = await telegram.wait_for(anna.person, words)
    assert reply.button_texts
    assert await entries() == []
    await assert_clean(telegram)

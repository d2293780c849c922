"""Several services in one visit, chosen by the client: only what somebody does together, summed, until booked."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.models import User
from accounts.screens import Screen
from bookings import screens, texts
from bookings.callbacks import (
    ChooseDay,
    ChooseMaster,
    ChooseTime,
    Confirm,
    Summary,
    pack_services,
)
from bookings.models import Booking, Offer, Service, WaitlistEntry
from bookings.selectors import services_of, services_together
from bookings.several import screens as several
from bookings.several.callbacks import ChooseSeveral
from bookings.tests.factories import OfferFactory, ServiceFactory
from bookings.tests.offer_factories import DAY, TUESDAY, at, book, book_by_hand, let_work
from bookings.waiting import screens as waiting
from bookings.waiting.callbacks import ChooseFullDay, Join
from schedules.calendar import to_minute
from schedules.models import Master


@pytest.fixture(autouse=True)
def in_russian_on_the_monday(monkeypatch: pytest.MonkeyPatch, now: dt.datetime) -> Any:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    with translation.override("ru"):
        yield


@pytest.fixture
def beard(boris: Master) -> Service:
    """Boris does it, and nobody else."""
    service = ServiceFactory.create(name="Борода", price=700, duration_minutes=30, position=1)
    OfferFactory.create(master=boris, service=service)
    return service


@pytest.fixture
def colour(gleb: Master) -> Service:
    """Gleb does it, and nobody else."""
    service = ServiceFactory.create(name="Окрашивание", price=3000, duration_minutes=120, position=2)
    OfferFactory.create(master=gleb, service=service)
    return service


def labels(screen: Screen) -> list[str]:
    return [button.text for row in screen.keyboard.inline_keyboard for button in row]


def tap(screen: Screen, words: str) -> str:
    """What the button with these words carries."""
    buttons = [button for row in screen.keyboard.inline_keyboard for button in row]
    return next(button.callback_data or "" for button in buttons if words in button.text)


def ticked(user: User, *services: Service) -> Screen:
    packed = pack_services(service.pk for service in services)
    return several.choose_several(user, ChooseSeveral(services=packed))


# --- Together -----------------------------------------------------------------------------------------------------


def test_together_are_services_that_one_master_does(
    boris: Master, gleb: Master, haircut: Service, beard: Service, colour: Service
) -> None:
    assert services_together() == [haircut, beard, colour]
    assert services_together(service_ids=[haircut.pk]) == [haircut, beard, colour]
    assert services_together(service_ids=[beard.pk]) == [haircut, beard]
    assert services_together(service_ids=[colour.pk, haircut.pk]) == [haircut, colour]
    assert services_together(service_ids=[beard.pk, colour.pk]) == []


def test_what_is_not_offered_any_more_goes_with_nothing(boris: Master, haircut: Service, beard: Service) -> None:
    Offer.objects.filter(service=beard).update(is_active=False)
    assert services_together() == []
    Offer.objects.filter(service=beard).update(is_active=True)
    Service.objects.filter(pk=beard.pk).update(is_active=False)
    assert services_together() == []
    assert services_of(service_ids=[haircut.pk, beard.pk]) == []
    Service.objects.filter(pk=beard.pk).update(is_active=True)
    assert services_of(service_ids=[beard.pk, haircut.pk]) == [beard, haircut]
    Master.objects.filter(pk=boris.pk).update(is_active=False)
    assert services_together() == []


def test_service_of_a_master_who_does_nothing_else_is_not_among_several(
    boris: Master, gleb: Master, haircut: Service, beard: Service, colour: Service
) -> None:
    Offer.objects.filter(master=gleb, service=haircut).update(is_active=False)
    assert services_together() == [haircut, beard]


# --- Ticks --------------------------------------------------------------------------------------------------------


def test_several_are_offered_where_somebody_does_several(anna: User, boris: Master, beard: Service) -> None:
    assert "☑️ Несколько услуг" in labels(screens.choose_service(anna))


def test_several_are_not_offered_where_nobody_does_two(anna: User, boris: Master, gleb: Master, beard: Service) -> None:
    OfferFactory.create(master=gleb, service=beard)
    Offer.objects.filter(master=boris, service=beard).update(is_active=False)
    Offer.objects.filter(master=gleb).exclude(service=beard).update(is_active=False)
    assert not [words for words in labels(screens.choose_service(anna)) if "Несколько" in words]


def test_a_tap_ticks_and_a_second_one_takes_it_back(
    anna: User, haircut: Service, beard: Service, colour: Service
) -> None:
    empty = ticked(anna)
    assert empty.text == "Отметьте до трёх услуг: сделаем всё за один визит."
    assert labels(empty) == [
        "Стрижка · 1 500 ₽", "Борода · 700 ₽", "Окрашивание · 3 000 ₽", "⬅️ Назад", "🏠 В меню",
    ]  # fmt: skip
    one = several.choose_several(anna, ChooseSeveral.unpack(tap(empty, "Борода")))
    assert labels(one) == ["Стрижка · 1 500 ₽", "✅ Борода · 700 ₽", "Дальше ➡️", "⬅️ Назад", "🏠 В меню"]
    two = several.choose_several(anna, ChooseSeveral.unpack(tap(one, "Стрижка")))
    assert two.text == "<b>Стрижка + Борода</b>\n💳 2 200 ₽\n⏱ 1 час 30 минут\n\nВсё верно? Тогда нажмите «Дальше»."
    assert ChooseMaster.unpack(tap(two, "Дальше")).service_ids == [haircut.pk, beard.pk]
    assert ChooseSeveral.unpack(tap(two, "Борода")).service_ids == [haircut.pk]


def test_masters_who_differ_are_shown_as_a_span(
    anna: User, boris: Master, gleb: Master, haircut: Service, beard: Service
) -> None:
    OfferFactory.create(master=gleb, service=beard, own_price=1000, own_duration_minutes=60)
    text = ticked(anna, haircut, beard).text
    assert "💳 2 200 ₽ – 2 500 ₽\n⏱ 1 час 30 минут – 2 часа\n" in text


def test_after_three_no_more_can_be_ticked(anna: User, boris: Master, haircut: Service, beard: Service) -> None:
    more = OfferFactory.create_batch(2, master=boris)
    three = ticked(anna, haircut, beard, more[0].service)
    assert sum("✅" in words for words in labels(three)) == 3
    assert not [words for words in labels(three) if more[1].service.name in words]
    assert "Что-нибудь ещё" not in three.text
    assert "Что-нибудь ещё" in ticked(anna, haircut, beard).text


def test_what_nobody_does_together_any_more_starts_the_choice_anew(
    anna: User, haircut: Service, beard: Service, colour: Service
) -> None:
    anew = ticked(anna, beard, colour)
    assert anew.text.startswith("Такой услуги больше нет.")
    assert "Борода · 700 ₽" in labels(anew)
    Offer.objects.filter(service__in=[beard, colour]).update(is_active=False)
    assert "К какому мастеру?" in ticked(anna, beard, haircut).text


@pytest.mark.usefixtures("beard", "colour")
def test_ticks_take_as_many_queries_for_many_services_as_for_few(anna: User, boris: Master, haircut: Service) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            ticked(anna, haircut)
        return len(captured)

    few = queries()
    OfferFactory.create_batch(5, master=boris)
    assert queries() == few


# --- The visit ----------------------------------------------------------------------------------------------------


def test_several_services_are_booked_as_they_were_shown(
    anna: User, boris: Master, gleb: Master, haircut: Service, beard: Service
) -> None:
    """Of two masters only Boris does both: the step is skipped, Back leads to the ticks."""
    packed = pack_services([beard.pk, haircut.pk])
    days = screens.choose_master(anna, ChooseMaster(services=packed))
    assert days.text == "<b>Борода + Стрижка</b>. В какой день?"
    assert ChooseSeveral.unpack(tap(days, "Назад")).service_ids == [beard.pk, haircut.pk]
    times = screens.choose_time(anna, ChooseTime.unpack(tap(days, "вт, 3 марта")))
    last = [words for words in labels(times) if ":" in words][-1]
    summary = screens.summary(anna, Summary.unpack(tap(times, last)))
    assert "✂️ Борода + Стрижка\n👤 Борис\n" in summary.text
    assert "💳 2 200 ₽" in summary.text
    assert summary.text.endswith("⏱ 1 час 30 минут")
    card = screens.confirm(anna, Confirm.unpack(tap(summary, "Подтвердить")))
    assert "Вы записаны." in card.text
    booking = Booking.objects.get()
    assert list(booking.lines.values_list("service_id", flat=True)) == [beard.pk, haircut.pk]
    assert (booking.total_price, booking.ends_at - booking.starts_at) == (Decimal(2200), dt.timedelta(minutes=90))
    assert booking.master == boris


def test_any_master_is_one_who_does_all_of_it(
    anna: User, boris: Master, gleb: Master, haircut: Service, beard: Service
) -> None:
    OfferFactory.create(master=gleb, service=beard)
    book_by_hand(boris, at(10), haircut, now=timezone.now())
    packed = pack_services([haircut.pk, beard.pk])
    masters = screens.choose_master(anna, ChooseMaster(services=packed))
    assert masters.text == "<b>Стрижка + Борода</b>. К какому мастеру?"
    assert {"Борис · 2 200 ₽", "Глеб · 2 200 ₽"} < set(labels(masters))
    summary = screens.summary(anna, Summary(services=packed, master=0, minute=to_minute(at(10))))
    screens.confirm(anna, Confirm.unpack(tap(summary, "Подтвердить")))
    assert Booking.objects.get(client=anna).master == gleb


def test_a_second_tap_on_confirm_is_one_booking_of_several_services(
    anna: User, boris: Master, haircut: Service, beard: Service
) -> None:
    packed = pack_services([haircut.pk, beard.pk])
    summary = screens.summary(anna, Summary(services=packed, master=boris.pk, minute=to_minute(at(10))))
    choice = Confirm.unpack(tap(summary, "Подтвердить"))
    assert screens.confirm(anna, choice).text == screens.confirm(anna, choice).text
    assert Booking.objects.count() == 1


def test_time_too_short_for_all_of_it_is_not_offered_and_can_be_waited_for(
    anna: User, boris: Master, haircut: Service, beard: Service, now: dt.datetime
) -> None:
    let_work(boris, (10, 12), now=now)
    book_by_hand(boris, at(10), haircut, now=now)
    packed = pack_services([haircut.pk, beard.pk])
    days = screens.choose_day(anna, ChooseDay(services=packed, master=boris.pk))
    assert not [words for words in labels(days) if "вт, 3 марта" in words]
    full = waiting.choose_full_day(anna, ChooseFullDay.unpack(tap(days, "Сообщить, если освободится")))
    assert full.text.startswith("<b>Стрижка + Борода</b>. ")
    joined = waiting.join(anna, Join.unpack(tap(full, "вт, 3 марта")))
    assert "Стрижка + Борода, вт, 3 марта, Борис" in joined.text
    assert WaitlistEntry.objects.get().service_ids() == [haircut.pk, beard.pk]


@pytest.mark.parametrize("master", [0, 1])
def test_day_that_has_time_after_all_is_shown_for_all_of_it(
    master: int, anna: User, boris: Master, haircut: Service, beard: Service
) -> None:
    packed = pack_services([haircut.pk, beard.pk])
    master_id = boris.pk if master else 0
    times = waiting.join(anna, Join(services=packed, master=master_id, day=TUESDAY.toordinal()))
    assert "<b>Стрижка + Борода</b>, вт, 3 марта. Во сколько?" in times.text
    assert Summary.unpack(tap(times, "10:00")).services == packed


def test_client_with_a_booking_is_not_led_to_a_second_one_by_ticks(
    anna: User, boris: Master, haircut: Service, beard: Service, now: dt.datetime
) -> None:
    mine = book(anna, boris, at(10), haircut, now=now)
    packed = pack_services([haircut.pk, beard.pk])
    minute = to_minute(at(10, day=TUESDAY + DAY))
    refused = screens.confirm(anna, Confirm(services=packed, master=boris.pk, minute=minute, key="a" * 6, pool=False))
    assert refused.text.startswith("Вы уже записаны")
    assert list(Booking.objects.filter(client=anna)) == [mine]


# --- Words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "ru", "en"),
    [
        (0, "0 минут", "0 minutes"),
        (1, "1 минута", "1 minute"),
        (45, "45 минут", "45 minutes"),
        (60, "1 час", "1 hour"),
        (90, "1 час 30 минут", "1 hour 30 minutes"),
        (121, "2 часа 1 минута", "2 hours 1 minute"),
        (300, "5 часов", "5 hours"),
        (1262, "21 час 2 минуты", "21 hours 2 minutes"),
    ],
)
def test_durations_are_said_in_hours_and_minutes(minutes: int, ru: str, en: str) -> None:
    assert texts.duration(minutes) == ru
    with translation.override("en"):
        assert texts.duration(minutes) == en

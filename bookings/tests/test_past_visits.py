"""The client's past visits, a page at a time, and the same once more."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from accounts.screens import Screen
from bookings import screens as clients
from bookings.callbacks import ChooseDay
from bookings.models import Booking, Offer, Service
from bookings.past import screens
from bookings.past.callbacks import BookAgain, PastVisit, PastVisits
from bookings.tests.factories import BookingFactory, BookingServiceFactory, OfferFactory, ServiceFactory
from bookings.tests.offer_factories import DAY, at, book
from bookings.tests.test_choosing_services import labels, tap
from schedules.models import Master


@pytest.fixture(autouse=True)
def in_russian_on_the_monday(monkeypatch: pytest.MonkeyPatch, now: dt.datetime) -> Any:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    with translation.override("ru"):
        yield


def was(client: User, master: Master, starts_at: dt.datetime, *services: Service, status: str = "completed") -> Booking:
    """A visit of the client's, as it was."""
    visit: Booking = BookingFactory.create(client=client, master=master, starts_at=starts_at, status=status)
    for position, service in enumerate(services):
        BookingServiceFactory.create(booking=visit, service=service, position=position)
    return visit


def visits(screen: Screen) -> list[str]:
    return [words for words in labels(screen) if "·" in words]


# --- Pages --------------------------------------------------------------------------------------------------------


def test_past_visits_are_shown_a_page_at_a_time(
    anna: User, boris: Master, haircut: Service, viktor: User, now: dt.datetime
) -> None:
    for days in range(1, 17):
        was(anna, boris, now - days * DAY, haircut)
    was(viktor, boris, now - 20 * DAY, haircut)
    mine = clients.my_bookings(anna)
    first = screens.past_visits(anna, PastVisits.unpack(tap(mine, "Прошлые визиты")))
    assert visits(first)[0] == "вс, 1 марта · Стрижка"
    second = screens.past_visits(anna, PastVisits.unpack(tap(first, "Ещё раньше")))
    third = screens.past_visits(anna, PastVisits.unpack(tap(second, "Ещё раньше")))
    assert [len(visits(page)) for page in (first, second, third)] == [7, 7, 2]
    assert not [words for words in labels(third) if "раньше" in words]
    assert PastVisits.unpack(tap(third, "Назад")).page == 1
    assert tap(first, "Назад") == "1my"
    assert len({*visits(first), *visits(second), *visits(third)}) == 16


def test_a_visit_of_another_year_says_which(anna: User, boris: Master, haircut: Service, now: dt.datetime) -> None:
    visit = was(anna, boris, at(10, day=dt.date(2025, 12, 5)), haircut, status="no_show")
    was(anna, boris, at(10, day=dt.date(2026, 1, 9)), haircut)
    page = screens.past_visits(anna, PastVisits())
    assert visits(page) == ["пт, 9 января · Стрижка", "пт, 5 декабря 2025 · Стрижка"]
    assert "⚠️ пт, 5 декабря 2025, 10:00 · Стрижка · Борис" in page.text
    assert "🗓 пт, 5 декабря 2025, 10:00" in clients.card(anna, visit.pk).text
    assert "⚠️ пт, 5 декабря 2025, 10:00" in clients.my_bookings(anna).text


def test_long_names_are_cropped_on_buttons(anna: User, boris: Master, now: dt.datetime) -> None:
    was(anna, boris, now - DAY, ServiceFactory.create(name="Очень долгая стрижка с очень долгой укладкой"))
    assert visits(screens.past_visits(anna, PastVisits())) == ["вс, 1 марта · Очень долгая стрижка с очен…"]


def test_where_nothing_is_past_there_is_no_such_button(anna: User, boris: Master, now: dt.datetime) -> None:
    assert not [words for words in labels(clients.my_bookings(anna)) if "Прошлые" in words]
    book(anna, boris, at(10), now=now)
    assert not [words for words in labels(clients.my_bookings(anna)) if "Прошлые" in words]
    assert screens.past_visits(anna, PastVisits()) == clients.my_bookings(anna)


def test_a_page_that_is_no_more_is_the_first_one(anna: User, boris: Master, haircut: Service, now: dt.datetime) -> None:
    was(anna, boris, now - DAY, haircut)
    assert screens.past_visits(anna, PastVisits(page=99)) == screens.past_visits(anna, PastVisits())


def test_page_takes_as_many_queries_for_many_visits_as_for_one(
    anna: User, boris: Master, haircut: Service, now: dt.datetime
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            screens.past_visits(anna, PastVisits())
        return len(captured)

    was(anna, boris, now - DAY, haircut)
    few = queries()
    for days in range(2, 8):
        was(anna, boris, now - days * DAY, haircut, ServiceFactory.create())
    assert queries() == few


# --- One, and the same once more ----------------------------------------------------------------------------------


def test_card_of_a_past_visit_leads_back_to_its_page(
    anna: User, boris: Master, haircut: Service, now: dt.datetime
) -> None:
    visit = was(anna, boris, now - DAY, haircut)
    card = screens.past_visit(anna, PastVisit(booking=visit.pk, page=3))
    assert "Визит состоялся" in card.text
    assert tap(card, "Назад") == PastVisits(page=3).pack()
    assert tap(card, "Записаться снова") == BookAgain(booking=visit.pk).pack()


def test_again_leads_to_the_days_of_the_same_services_and_master(
    anna: User, boris: Master, gleb: Master, haircut: Service, now: dt.datetime
) -> None:
    beard = OfferFactory.create(master=boris, service__name="Борода").service
    visit = was(anna, boris, now - DAY, beard, haircut)
    days = screens.book_again(anna, visit.pk)
    assert days.text == "<b>Борода + Стрижка</b>. В какой день?"
    assert ChooseDay.unpack(tap(days, "Позже")).master == boris.pk


def test_again_with_a_master_who_does_it_no_more_asks_for_another(
    anna: User, boris: Master, gleb: Master, haircut: Service, now: dt.datetime
) -> None:
    third = OfferFactory.create(service=haircut, master__name="Денис").master
    visit = was(anna, boris, now - DAY, haircut)
    Offer.objects.filter(master=boris).update(is_active=False)
    masters = screens.book_again(anna, visit.pk)
    assert masters.text == "<b>Стрижка</b>. К какому мастеру?"
    assert {gleb.name, third.name} == {words.partition(" ·")[0] for words in labels(masters) if "·" in words}


def test_again_is_not_shown_for_what_nobody_does_any_more(
    anna: User, boris: Master, haircut: Service, now: dt.datetime
) -> None:
    gone = ServiceFactory.create()
    visit = was(anna, boris, now - DAY, haircut, gone)
    assert not [words for words in labels(clients.card(anna, visit.pk)) if "снова" in words]
    OfferFactory.create(master=boris, service__name="Борода")
    assert screens.book_again(anna, visit.pk).text == "Что делаем?"


def test_again_is_not_shown_for_more_services_than_a_button_holds(
    anna: User, boris: Master, haircut: Service, now: dt.datetime
) -> None:
    many = [offer.service for offer in OfferFactory.create_batch(3, master=boris)]
    visit = was(anna, boris, now - DAY, haircut, *many)
    assert not [words for words in labels(clients.card(anna, visit.pk)) if "снова" in words]
    assert screens.book_again(anna, visit.pk).text == "Что делаем?"


def test_who_is_booked_already_sees_that_instead(anna: User, boris: Master, haircut: Service, now: dt.datetime) -> None:
    old = was(anna, boris, now - DAY, haircut)
    book(anna, boris, at(10), haircut, now=now)
    assert not [words for words in labels(clients.card(anna, old.pk)) if "снова" in words]
    assert screens.book_again(anna, old.pk).text.startswith("Вы уже записаны")


def test_cancelled_visit_offers_the_same_once_more(
    anna: User, boris: Master, haircut: Service, now: dt.datetime
) -> None:
    mine = book(anna, boris, at(10), haircut, now=now)
    assert tap(clients.cancel(anna, mine.pk), "Записаться снова") == BookAgain(booking=mine.pk).pack()


@pytest.mark.parametrize(
    "act", [screens.book_again, lambda user, visit: screens.past_visit(user, PastVisit(booking=visit, page=0))]
)
def test_visit_of_somebody_else_is_not_found(
    act: Any, anna: User, viktor: User, boris: Master, now: dt.datetime
) -> None:
    visit = was(anna, boris, now - DAY)
    assert act(viktor, visit.pk).text == "Не нахожу такую запись."

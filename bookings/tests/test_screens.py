"""The client's screens: as many queries for much as for little, and nothing for whom it isn't."""

import datetime as dt
import html
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import Role, User
from accounts.screens import Screen
from bookings import screens, services
from bookings.callbacks import ChooseDay, ChooseTime, pack_services
from bookings.models import Booking, Service
from bookings.moving import screens as moving
from bookings.moving.callbacks import ChooseNewDay, ChooseNewTime
from bookings.tests.factories import BookingFactory, BookingServiceFactory, ServiceFactory
from bookings.tests.offer_factories import TUESDAY, at, book, book_by_hand, let_work, stand_in_line
from bookings.waiting import screens as waiting
from bookings.waiting.callbacks import ChooseFullDay
from schedules.models import Master

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def in_russian_on_the_monday(monkeypatch: pytest.MonkeyPatch, now: dt.datetime) -> Any:
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    with translation.override("ru"):
        yield


def queries(build: Callable[..., Screen], *args: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        build(*args)
    return len(captured)


def taps(screen: Screen) -> list[str]:
    return [button.callback_data or "" for row in screen.keyboard.inline_keyboard for button in row]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_my_bookings_fit_into_a_message_whatever_the_names(
    anna: User, boris: Master, haircut: Service, now: dt.datetime, language: str
) -> None:
    long = "&" * 64
    Master.objects.filter(pk=boris.pk).update(name=long)
    several = [haircut, *(ServiceFactory.create(name=f"{n}{'<' * 63}") for n in range(4))]
    User.objects.filter(pk=anna.pk).update(time_zone="Asia/Yekaterinburg")
    anna.refresh_from_db()
    for days in range(6):
        for status, ago in (("confirmed", -days - 1), ("completed", days + 1)):
            visit = BookingFactory.create(client=anna, master=boris, starts_at=now - ago * DAY, status=status)
            Booking.objects.filter(pk=visit.pk).update(source="admin")
            for position, service in enumerate(several):
                BookingServiceFactory.create(booking=visit, service=service, position=position)
        stand_in_line(anna, boris, *several, day=TUESDAY + days * DAY, since=now)
    with translation.override(language):
        text = screens.my_bookings(anna).text
    assert text.count("🗓") == 5
    assert text.count("…") == 16
    assert len(html.unescape(text)) <= 4096


def test_my_bookings_takes_as_many_queries_for_many_as_for_one(
    anna: User, boris: Master, haircut: Service, now: dt.datetime
) -> None:
    def add(days: int) -> None:
        visit = book_by_hand(boris, at(10, day=TUESDAY + days * 7 * DAY), haircut, now=now)
        Booking.objects.filter(pk=visit.pk).update(client=anna, walk_in_name="")
        old = BookingServiceFactory.create(booking__client=anna, booking__starts_at=now - (days + 1) * DAY)
        Booking.objects.filter(pk=old.booking.pk).update(status="completed")
        stand_in_line(anna, boris, haircut, day=TUESDAY + days * DAY, since=now)

    add(0)
    few = queries(screens.my_bookings, anna)
    for days in (1, 2, 3):
        add(days)
    assert queries(screens.my_bookings, anna) == few
    shown = screens.my_bookings(anna)
    assert [tap.split(":")[0] for tap in taps(shown)] == ["1card"] * 4 + ["1quit"] * 4 + ["1past", "1menu"]


@pytest.mark.parametrize(
    ("screen", "choice"),
    [
        (screens.choose_day, lambda service, master, _: ChooseDay(services=pack_services([service]), master=master)),
        (
            screens.choose_time,
            lambda service, master, _: ChooseTime(
                services=pack_services([service]), master=master, day=TUESDAY.toordinal()
            ),
        ),
        (
            waiting.choose_full_day,
            lambda service, master, _: ChooseFullDay(services=pack_services([service]), master=master),
        ),
        (moving.choose_day, lambda _service, _master, booking: ChooseNewDay(booking=booking)),
        (
            moving.choose_time,
            lambda _service, _master, booking: ChooseNewTime(booking=booking, day=TUESDAY.toordinal()),
        ),
    ],
)
def test_choice_takes_as_many_queries_in_a_full_month_as_in_an_empty_one(
    screen: Callable[..., Screen],
    choice: Callable[[int, int, int], Any],
    anna: User,
    boris: Master,
    haircut: Service,
) -> None:
    now = at(12) - DAY
    mine = book(anna, boris, at(10), now=now)
    args = (anna, choice(haircut.pk, boris.pk, mine.pk))
    few = queries(screen, *args)
    for days in range(1, 8):
        day = TUESDAY + days * DAY
        if day.weekday() < 5:
            let_work(boris, (10, 12), day=day, now=now)
            book_by_hand(boris, at(10, day=day), now=now)
            book_by_hand(boris, at(11, day=day), now=now)
    assert queries(screen, *args) == few


def test_visit_under_way_can_not_be_changed_from_the_list(
    anna: User, boris: Master, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = book(anna, boris, at(10), now=now)
    assert taps(screens.my_bookings(anna))[:2] == [f"1mvd:{booking.pk}:0", f"1ask:{booking.pk}"]
    monkeypatch.setattr("django.utils.timezone.now", lambda: at(10, 30))
    assert taps(screens.my_bookings(anna)) == [f"1card:{booking.pk}", "1menu"]
    assert taps(screens.card(anna, booking.pk)) == ["1my", "1menu"]
    assert "уже начался" in moving.choose_day(anna, ChooseNewDay(booking=booking.pk)).text


@pytest.mark.parametrize("role", [Role.MASTER, Role.ADMIN])
def test_staff_cancel_their_own_visit_as_any_client_does(
    anna: User, boris: Master, now: dt.datetime, role: Role
) -> None:
    User.objects.filter(pk=anna.pk).update(role=role)
    booking = book(anna, boris, at(10), now=now)
    assert "Запись отменена." in screens.cancel(anna, booking.pk).text
    booking.refresh_from_db()
    assert booking.cancelled_by == "client"


@pytest.mark.parametrize("act", [screens.cancel, screens.come, screens.ask_cancel, screens.card])
def test_administrators_client_screens_show_their_own_visits_only(
    act: Callable[[User, int], Screen], anna: User, administrator: User, boris: Master, now: dt.datetime
) -> None:
    """Staff change the visits of others at the desk, not by a button that is a client's."""
    booking = book(anna, boris, at(10), now=now)
    assert act(administrator, booking.pk).text == "Не нахожу такую запись."
    booking.refresh_from_db()
    assert booking.status == "confirmed"


def test_old_question_about_a_cancelled_visit_promises_nothing(
    anna: User, boris: Master, boris_himself: Any, now: dt.datetime
) -> None:
    booking = book(anna, boris, at(12), now=now)
    taken = services.take_time_off(
        master_id=boris.pk,
        starts_at=at(10),
        ends_at=at(20),
        reason="",
        by=boris_himself,
        now=now,
        conflicts=services.Conflicts.MOVE,
    )
    services.cancel_booking(booking_id=booking.pk, by=boris_himself, reason="болен", now=now)
    assert "остаётся" not in waiting.decline(anna, taken.offers[0].pk).text
    assert "больше не держим" in waiting.accept(anna, taken.offers[0].pk).text

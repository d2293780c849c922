"""The words for every kind of news and every refusal, in both languages, by the shop's clock."""

import datetime as dt
import inspect
from types import ModuleType
from typing import Any

import pytest
from django.utils import translation

from accounts import errors as account_errors
from accounts.actors import THE_SHOP
from accounts.models import User
from bookings import errors, services, texts
from bookings.delivery import prepare
from bookings.models import Booking, Notification, NotificationKind, Service, WaitlistEntry
from bookings.refusal_words import WORDS
from bookings.tests.factories import NotificationFactory, SlotOfferFactory
from bookings.tests.offer_factories import at, book, in_the_chat, let_work, stand_in_line
from bookings.tests.test_news import NASTY, buttons, news
from schedules import errors as schedule_errors
from schedules.models import Master

ROOTS = (account_errors.AccountError, errors.BookingError, schedule_errors.ScheduleError)


def classes_of(module: ModuleType, root: type) -> list[type]:
    """The subclasses of the root that the module defines."""
    found = [each for _, each in inspect.getmembers(module, inspect.isclass) if each.__module__ == module.__name__]
    return [each for each in found if issubclass(each, root) and each is not root]


REFUSALS = [
    error
    for module, root in zip((account_errors, errors, schedule_errors), ROOTS, strict=True)
    for error in classes_of(module, root)
]


# --- Refusals -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", REFUSALS, ids=lambda error: f"{error.__module__}.{error.__name__}")
def test_every_refusal_has_words_of_its_own_in_both_languages(error: type) -> None:
    said = {}
    for language in ("ru", "en"):
        with translation.override(language):
            said[language] = str(WORDS.get(error, ""))
    assert said["en"]
    assert said["ru"] not in ("", said["en"])


def test_words_of_a_refusal_name_its_limit() -> None:
    with translation.override("ru"):
        assert texts.refusal(errors.TooManyWaits(limit=5)) == "Вы уже ждёте 5 дней, больше нельзя."
        assert texts.refusal(errors.SlotTaken(reason="100%")) == "Это время только что заняли."


def test_refusal_that_nobody_foresaw_has_words_too() -> None:
    with translation.override("en"):
        assert texts.refusal(ValueError("1%")) == "This can't be done now. Please try again from the menu."


# --- The shop's clock ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "when"),
    [
        ("", "вт, 3 марта, 10:00\n"),
        ("Europe/Istanbul", "вт, 3 марта, 10:00\n"),
        ("Asia/Omsk", "вт, 3 марта, 10:00 (Москва, UTC+3)\n"),
    ],
)
def test_zone_is_named_to_who_lives_by_another_clock(
    anna: User, boris: Master, now: dt.datetime, zone: str, when: str
) -> None:
    User.objects.filter(pk=anna.pk).update(time_zone=zone)
    book(anna, boris, at(10), now=now)
    assert when in news("client_confirmed", now=now).text


def test_zone_is_named_by_the_season_of_the_visit(anna: User, boris: Master, now: dt.datetime, settings: Any) -> None:
    """Berlin's clock is that of Lagos in the winter, an hour ahead of it in the summer."""
    User.objects.filter(pk=anna.pk).update(time_zone="Africa/Lagos")
    settings.SHOP_TIME_ZONE = "Europe/Berlin"
    let_work(boris, (10, 20), day=dt.date(2026, 3, 30), now=now)
    book(anna, boris, at(10), now=now)
    assert "(" not in news("client_confirmed", now=now).text
    Notification.objects.all().delete()
    services.reschedule_booking(
        booking_id=Booking.objects.get().pk, starts_at=at(10, day=dt.date(2026, 3, 30)), by=in_the_chat(anna), now=now
    )
    assert "10:00 (Берлин, UTC+2)" in news("client_moved", now=now).text


# --- Every kind ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("kind", NotificationKind.values)
def test_every_kind_has_words_and_buttons_and_escapes_what_people_typed(
    kind: str, language: str, anna: User, boris: Master, now: dt.datetime
) -> None:
    User.objects.update(language=language, name=NASTY, phone="+79160000001")
    Master.objects.filter(pk=boris.pk).update(name=NASTY)
    Service.objects.update(name=NASTY, name_en=NASTY)
    anna.refresh_from_db()
    booking = book(anna, boris, at(10), now=now)
    Booking.objects.filter(pk=booking.pk).update(confirm_by=at(8), asked_at=now)
    Notification.objects.all().delete()
    offer = None
    if kind == "client_slot_offered":
        entry = stand_in_line(anna, boris, Service.objects.get(), since=now)
        WaitlistEntry.objects.update(status="offered")
        offer = SlotOfferFactory.create(master=boris, client=anna, waitlist_entry=entry, starts_at=at(15))
    elif kind in ("client_move_offered", "master_move_refused"):
        offer = SlotOfferFactory.create(
            master=boris,
            client=anna,
            waitlist_entry=None,
            booking=booking,
            time_off=(at(10), at(11)),
            starts_at=at(15),
        )
    if kind in ("client_cancelled", "client_released", "master_cancelled"):
        by = THE_SHOP if kind == "client_released" else in_the_chat(boris)
        services.cancel_booking(booking_id=booking.pk, by=by, reason=NASTY * 20, now=now)
        Notification.objects.all().delete()
    row = NotificationFactory.create(booking=booking, slot_offer=offer, recipient=anna, kind=kind)
    message = prepare(row.pk, now=now)
    assert message is not None
    assert "&lt;b&gt;Боб &amp; Ко&lt;/b&gt;" in message.text
    assert NASTY not in message.text
    assert message.text.count("<b>") == message.text.count("</b>") > 0
    assert ("🗓 вт, 3 марта" in message.text) == (language == "ru")
    assert len(message.text) <= 4096
    assert buttons(message)

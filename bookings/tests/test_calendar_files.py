"""A visit as a calendar file: what another program reads there is what was booked."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from icalendar import Calendar

from accounts.models import User
from bookings.calendar_files import calendar_file, is_worth_a_file, uid_of
from bookings.calendar_zones import spelled_out
from bookings.models import Booking, Service
from bookings.services import cancel_booking, reschedule_booking
from bookings.tests.factories import BookingFactory, BookingServiceFactory, ServiceFactory
from bookings.tests.offer_factories import HOUR, MINUTE, at, book, in_the_chat
from schedules.models import Master

NASTY = 'Стрижка, "машинкой"; под <b>ноль\\n</b>\r\nBEGIN:VEVENT\u2028\x0b\x85 ' + "и очень-очень долго 💈" * 2
ADDRESS = "Москва, Тверская ул., 1; 2-й этаж\nвход со двора " + "за углом, " * 20
LONGEST_LINE = 75


@pytest.fixture
def visit(anna: User, boris: Master, now: dt.datetime) -> Booking:
    return book(anna, boris, at(10), now=now)


def read(booking: Booking, now: dt.datetime) -> tuple[Any, Any]:
    """The calendar and its event, as the library reads them."""
    calendar = Calendar.from_ical(calendar_file(booking, now=now))
    (event,) = calendar.events
    assert event.errors == []
    return calendar, event


def test_a_file_says_what_when_and_where(visit: Booking, now: dt.datetime, settings: Any) -> None:
    settings.SHOP_NAME, settings.SHOP_ADDRESS = "Усы", "Тверская, 1"
    with translation.override("ru"):
        calendar, event = read(visit, now)
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")
    assert (event["SUMMARY"], event["LOCATION"]) == ("Стрижка, Усы", "Тверская, 1")
    assert event["DESCRIPTION"] == "Мастер: Борис\nСтоимость: 1 500 ₽"
    assert (event.start, event.end) == (visit.starts_at, visit.ends_at)
    assert event["DTSTART"].params["TZID"] == "Europe/Moscow"
    assert (event["STATUS"], event["SEQUENCE"], event["DTSTAMP"].dt) == ("CONFIRMED", 0, now)


def test_a_file_speaks_the_language_that_is_active(visit: Booking, now: dt.datetime) -> None:
    with translation.override("en"):
        event = read(visit, now)[1]
    assert event["SUMMARY"].startswith("Haircut, ")
    assert event["DESCRIPTION"].startswith("Master: ")


def test_the_phone_rings_two_hours_before(visit: Booking, now: dt.datetime) -> None:
    event = read(visit, now)[1]
    (alarm,) = event.alarms.times
    assert alarm.trigger == visit.starts_at - 2 * HOUR
    assert alarm.alarm["ACTION"] == "DISPLAY"
    assert alarm.alarm["DESCRIPTION"] == event["SUMMARY"]


def test_a_moved_visit_is_the_same_event_with_a_higher_number(visit: Booking, now: dt.datetime) -> None:
    before = read(visit, now)[1]
    reschedule_booking(booking_id=visit.pk, starts_at=at(15), by=in_the_chat(visit.master), now=now)
    after = read(Booking.objects.get(pk=visit.pk), now + MINUTE)[1]
    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert after.start == at(15)


def test_a_cancelled_visit_is_struck_out_and_rings_no_more(visit: Booking, now: dt.datetime) -> None:
    before = read(visit, now)[1]
    cancel_booking(booking_id=visit.pk, by=in_the_chat(visit.master), reason="врач", now=now)
    calendar, event = read(Booking.objects.get(pk=visit.pk), now)
    assert (calendar["METHOD"], event["STATUS"], event["TRANSP"]) == ("CANCEL", "CANCELLED", "TRANSPARENT")
    assert event["UID"] == before["UID"]
    assert event["SEQUENCE"] > before["SEQUENCE"]
    assert event.alarms.times == []
    assert "врач" not in calendar_file(Booking.objects.get(pk=visit.pk), now=now).decode()


def test_two_visits_have_names_of_their_own(visit: Booking) -> None:
    other = BookingFactory.create(starts_at=at(18))
    assert uid_of(visit) != uid_of(other)


def test_a_file_is_for_a_visit_to_come(visit: Booking, now: dt.datetime) -> None:
    assert is_worth_a_file(visit, now=now)
    assert not is_worth_a_file(visit, now=visit.starts_at)
    visit.status = "completed"
    assert not is_worth_a_file(visit, now=now)


# --- Whatever people called it ------------------------------------------------------------------------------------


def nasty_visit(boris: Master, haircut: Service, settings: Any) -> Booking:
    settings.SHOP_ADDRESS = ADDRESS
    Service.objects.filter(pk=haircut.pk).update(name=NASTY[:64])
    visit = BookingFactory.create(master=boris)
    for position, service in enumerate([haircut, ServiceFactory.create(name=NASTY[10:74])]):
        BookingServiceFactory.create(booking=visit, service=service, position=position)
    Master.objects.filter(pk=boris.pk).update(name="О'Генри; Boris, \\N мл.")
    return Booking.objects.get(pk=visit.pk)


def test_any_name_and_address_is_read_back_as_it_was(
    boris: Master, haircut: Service, now: dt.datetime, settings: Any
) -> None:
    with translation.override("ru"):
        event = read(nasty_visit(boris, haircut, settings), now)[1]
    assert event["LOCATION"] == " ".join(ADDRESS.split())
    for named in (NASTY[:64], NASTY[10:74]):
        assert " ".join(named.replace("\\", "/").replace("\x0b", " ").split()) in event["SUMMARY"]
    assert "Мастер: О'Генри; Boris, /N мл.\n" in event["DESCRIPTION"]


def test_no_line_is_longer_than_75_octets_nor_cut_within_a_letter(
    boris: Master, haircut: Service, now: dt.datetime, settings: Any
) -> None:
    content = calendar_file(nasty_visit(boris, haircut, settings), now=now)
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= LONGEST_LINE
    assert [line.decode() for line in lines if not line] == [""]
    assert lines.count(b"BEGIN:VEVENT") == 1
    assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r") > 20


def test_no_line_could_be_taken_for_two(boris: Master, haircut: Service, now: dt.datetime, settings: Any) -> None:
    """Readers that split lines as Python does see the same lines."""
    text = calendar_file(nasty_visit(boris, haircut, settings), now=now).decode()
    assert text.splitlines() == text.split("\r\n")[:-1]


# --- Zones ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("zone", ["Europe/Moscow", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"])
@pytest.mark.parametrize("month", [1, 7])
def test_a_visit_is_at_its_moment_in_every_zone(
    zone: str, month: int, db: None, now: dt.datetime, settings: Any
) -> None:
    settings.SHOP_TIME_ZONE = zone
    visit = BookingFactory.create(starts_at=dt.datetime(2026, month, 15, 9, 30, tzinfo=dt.UTC))
    calendar, event = read(visit, now)
    assert (event.start, event.end) == (visit.starts_at, visit.ends_at)
    assert calendar.get_missing_tzids() == set()
    assert len(calendar.timezones) == (zone != "UTC")


@pytest.mark.parametrize("minutes", range(-120, 181, 30))
@pytest.mark.parametrize("change", ["2026-03-29T01:00+00:00", "2026-10-25T01:00+00:00"])
def test_a_visit_around_a_change_of_the_clocks_is_at_its_moment(
    change: str, minutes: int, db: None, now: dt.datetime, settings: Any
) -> None:
    """In the hour that the clocks show twice, too: a time by the clock would be the first of the two."""
    settings.SHOP_TIME_ZONE = "Europe/Berlin"
    visit = BookingFactory.create(starts_at=dt.datetime.fromisoformat(change) + minutes * MINUTE)
    event = read(visit, now)[1]
    assert event["DTSTART"].dt.astimezone(dt.UTC) == visit.starts_at
    assert event["DTEND"].dt.astimezone(dt.UTC) == visit.ends_at


@pytest.mark.parametrize(
    "key", ["Europe/Berlin", "Europe/Moscow", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]
)
def test_a_zone_is_spelled_out_as_it_is(key: str) -> None:
    """Read by the rules of RFC 5545 alone, without knowing the name: what held last before a moment holds then."""
    zone = ZoneInfo(key)
    observances = sorted(
        (each["DTSTART"].dt - each["TZOFFSETFROM"].td, each["TZOFFSETTO"].td)
        for each in spelled_out(zone, year=2026).subcomponents
    )
    moments = [dt.datetime(2025, 1, 1, tzinfo=dt.UTC) + n * HOUR for n in range(3 * 365 * 24)]
    edges = [begins.replace(tzinfo=dt.UTC) + step * MINUTE for begins, _ in observances for step in (0, -1)]
    for moment in [*moments, *edges[2:]]:
        in_force = [offset for begins, offset in observances if begins <= moment.replace(tzinfo=None)][-1:]
        assert in_force == [moment.astimezone(zone).utcoffset()]

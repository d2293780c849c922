"""What can be booked, and what is."""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import translation

from accounts.models import User
from bookings.models import Booking, Offer, Service
from bookings.selectors import (
    ANY_MASTER,
    active_booking,
    bookable_services,
    booking_of,
    days_of,
    fewest_visits_first,
    free_slots,
    offer_terms,
    past_bookings,
    times_of,
)
from bookings.tests.factories import TUESDAY_10, BookingFactory, OfferFactory, ServiceFactory
from schedules.calendar import DayRange
from schedules.models import Master
from schedules.tests.factories import MONDAY

HOUR = dt.timedelta(hours=1)
TUESDAY = MONDAY + dt.timedelta(days=1)


def test_service_that_nobody_offers_can_not_be_booked(boris: Master, gleb: Master, haircut: Service) -> None:
    ServiceFactory.create()
    OfferFactory.create(service=ServiceFactory.create(is_active=False), master=boris)
    OfferFactory.create(service=ServiceFactory.create(), master=boris, is_active=False)
    OfferFactory.create(master__is_active=False)
    assert bookable_services() == [haircut]


def test_terms_are_the_masters_own_or_the_services(boris: Master, gleb: Master, haircut: Service) -> None:
    Service.objects.filter(pk=haircut.pk).update(buffer_minutes=10)
    Offer.objects.filter(master=gleb).update(own_price=1900, own_duration_minutes=45)
    assert offer_terms(service_ids=[haircut.pk], master_id=ANY_MASTER) == [
        (boris.pk, "Борис", [haircut.pk], [Decimal(1500)], [60], 10),
        (gleb.pk, "Глеб", [haircut.pk], [Decimal(1900)], [45], 10),
    ]
    (only,) = offer_terms(service_ids=[haircut.pk], master_id=gleb.pk)
    assert (only.master_id, only.taken_minutes) == (gleb.pk, 55)


def test_slots_of_any_master_offer_each_time_once(
    boris: Master, gleb: Master, haircut: Service, now: dt.datetime
) -> None:
    slots = free_slots(terms=offer_terms(service_ids=[haircut.pk]), days=DayRange(MONDAY, TUESDAY), now=now)
    assert {slot.master_id for slot in slots} == {boris.pk, gleb.pk}
    assert days_of(slots) == [MONDAY, TUESDAY]
    times = times_of(slots)
    assert times == sorted(set(times))
    assert set(times) == {slot.starts_at for slot in slots}
    assert len(times) < len(slots)


def test_master_with_the_fewest_visits_that_day_comes_first(boris: Master, gleb: Master) -> None:
    first, second = sorted(master.pk for master in (boris, gleb))

    def order() -> list[int]:
        return fewest_visits_first([second, first], day=TUESDAY)

    assert order() == [first, second]
    BookingFactory.create(master_id=first, block__master_id=first, starts_at=TUESDAY_10 + 5 * HOUR)
    assert order() == [second, first]
    BookingFactory.create(master_id=second, block__master_id=second, starts_at=TUESDAY_10 + 29 * HOUR)  # another day
    assert order() == [second, first]
    for status, hours in (("completed", 2), ("no_show", 3)):
        starts_at = TUESDAY_10 + hours * HOUR
        BookingFactory.create(master_id=second, block__master_id=second, starts_at=starts_at, status=status)
    assert order() == [first, second]


def test_day_of_a_visit_is_the_shops(boris: Master, gleb: Master) -> None:
    first, second = sorted(master.pk for master in (boris, gleb))
    midnight = dt.datetime(2026, 3, 2, 21, tzinfo=dt.UTC)
    BookingFactory.create(master_id=first, block__master_id=first, starts_at=midnight)
    assert fewest_visits_first([first, second], day=TUESDAY) == [second, first]
    assert fewest_visits_first([first, second], day=MONDAY) == [first, second]


def test_cancelled_visits_do_not_count_against_a_master(boris: Master, gleb: Master, now: dt.datetime) -> None:
    first, second = sorted(master.pk for master in (boris, gleb))
    BookingFactory.create(master_id=first, block=None, status="cancelled", cancelled_by="client", cancelled_at=now)
    assert fewest_visits_first([first, second], day=TUESDAY) == [first, second]


def test_clients_booking_is_active_until_the_visit_is_over(anna: User, viktor: User, boris: Master) -> None:
    booking = BookingFactory.create(client=anna, master=boris)
    for moment, expected in [
        (TUESDAY_10 - 24 * HOUR, booking),
        (TUESDAY_10 + HOUR / 2, booking),
        (TUESDAY_10 + HOUR, None),
    ]:
        assert active_booking(client=anna, now=moment) == expected
    assert active_booking(client=viktor, now=TUESDAY_10 - HOUR) is None


def test_past_visits_and_cancellations_come_newest_first_and_are_few(
    anna: User, boris: Master, outsider: User, now: dt.datetime
) -> None:
    visits = [
        BookingFactory.create(client=anna, master=boris, starts_at=now - n * 24 * HOUR, status="completed")
        for n in range(7, 0, -1)
    ]
    BookingFactory.create(client=outsider, starts_at=now - 48 * HOUR, status="completed")
    upcoming = BookingFactory.create(client=anna, master=boris)
    seen = past_bookings(client=anna, now=now)
    assert seen == visits[:1:-1]
    assert upcoming not in seen
    assert upcoming in past_bookings(client=anna, now=TUESDAY_10 + HOUR)


def test_booking_of_somebody_else_is_not_found(anna: User, outsider: User, boris: Master) -> None:
    booking: Booking = BookingFactory.create(client=anna, master=boris)
    assert booking_of(client=anna, booking_id=booking.pk) == booking
    assert booking_of(client=outsider, booking_id=booking.pk) is None


@pytest.mark.parametrize(("language", "name"), [("ru", "Стрижка"), ("en", "Haircut")])
def test_service_is_named_in_the_language_at_hand(haircut: Service, language: str, name: str) -> None:
    with translation.override(language):
        assert haircut.label == name

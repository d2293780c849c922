"""Several services in one visit: one block, one price, one duration, the lines in the order they were asked for."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from accounts.models import User
from bookings.errors import ServiceUnavailable, SlotTaken, SlotUnavailable
from bookings.models import Booking, Offer, Service
from bookings.selectors import offer_terms
from bookings.services import create_booking
from bookings.tests.factories import TUESDAY_10, OfferFactory, ServiceFactory
from bookings.tests.ledger import everything, refused, unless_said_otherwise
from schedules.models import AvailabilityBlock, Master

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
Book = Callable[..., Booking]


@pytest.fixture
def beard(boris: Master) -> Service:
    """Half an hour, 700 roubles and ten minutes to clean up; Boris does it."""
    service = ServiceFactory.create(name="Борода", price=700, duration_minutes=30, buffer_minutes=10)
    OfferFactory.create(master=boris, service=service)
    return service


@pytest.fixture
def book(boris: Master, anna: User, haircut: Service, beard: Service, now: dt.datetime) -> Book:
    """Anna books a haircut, then a beard, with Boris on Tuesday at 10, but for what is said otherwise."""
    return unless_said_otherwise(
        create_booking,
        client_id=anna.pk,
        service_ids=[haircut.pk, beard.pk],
        master_id=boris.pk,
        starts_at=TUESDAY_10,
        idempotency_key="tap-1",
        now=now,
    )


def lines(booking: Booking) -> list[tuple[int, int, Decimal, int]]:
    return list(booking.lines.values_list("position", "service_id", "price", "duration_minutes"))


def test_prices_and_durations_are_summed_and_the_time_is_one_block(
    book: Book, haircut: Service, beard: Service
) -> None:
    booking = book()
    assert (booking.total_price, booking.ends_at) == (Decimal(2200), TUESDAY_10 + 90 * MINUTE)
    block = AvailabilityBlock.objects.get()
    assert (block.during.lower, block.during.upper) == (TUESDAY_10, TUESDAY_10 + 100 * MINUTE)
    assert lines(booking) == [(0, haircut.pk, Decimal(1500), 60), (1, beard.pk, Decimal(700), 30)]


def test_lines_keep_the_order_in_which_they_were_asked_for(book: Book, haircut: Service, beard: Service) -> None:
    assert [line[1] for line in lines(book(service_ids=[beard.pk, haircut.pk]))] == [beard.pk, haircut.pk]


def test_masters_own_prices_and_durations_count(book: Book, boris: Master, haircut: Service, beard: Service) -> None:
    Offer.objects.filter(master=boris, service=haircut).update(own_price=Decimal("1700.50"))
    Offer.objects.filter(master=boris, service=beard).update(own_duration_minutes=45)
    booking = book()
    assert (booking.total_price, booking.ends_at) == (Decimal("2400.50"), TUESDAY_10 + 105 * MINUTE)
    assert lines(booking) == [(0, haircut.pk, Decimal("1700.50"), 60), (1, beard.pk, Decimal(700), 45)]


def test_every_master_has_terms_of_their_own(boris: Master, gleb: Master, haircut: Service, beard: Service) -> None:
    OfferFactory.create(master=gleb, service=beard, own_price=900, own_duration_minutes=20)
    found = offer_terms(service_ids=[beard.pk, haircut.pk])
    assert [(each.master_id, each.price, each.duration_minutes, each.taken_minutes) for each in found] == [
        (boris.pk, Decimal(2200), 90, 100),
        (gleb.pk, Decimal(2400), 80, 90),
    ]


def test_longest_buffer_comes_once_after_the_visit(book: Book, haircut: Service, viktor: User) -> None:
    Service.objects.filter(pk=haircut.pk).update(buffer_minutes=25)
    book()
    assert AvailabilityBlock.objects.get().during.upper == TUESDAY_10 + 115 * MINUTE
    with pytest.raises(SlotTaken):
        book(client_id=viktor.pk, service_ids=[haircut.pk], starts_at=TUESDAY_10 + 90 * MINUTE)


def test_visit_has_to_fit_before_lunch_as_a_whole(book: Book, haircut: Service) -> None:
    with pytest.raises(SlotUnavailable) as caught:
        book(starts_at=TUESDAY_10 + 90 * MINUTE)
    assert caught.value.data == {"reason": "outside_shift"}
    assert caught.value.slots[:3] == [
        (TUESDAY_10 + n * HOUR / 2, slot.master_id) for n, slot in enumerate(caught.value.slots[:3])
    ]
    assert book(starts_at=TUESDAY_10 + 90 * MINUTE, service_ids=[haircut.pk]).pk


def test_own_price_own_duration_and_buffer_are_those_of_the_visit(book: Book, boris: Master, haircut: Service) -> None:
    Service.objects.filter(pk=haircut.pk).update(buffer_minutes=15)
    Offer.objects.filter(master=boris, service=haircut).update(own_price=1700, own_duration_minutes=90)
    booking = book(service_ids=[haircut.pk])
    assert (booking.total_price, booking.ends_at) == (Decimal(1700), TUESDAY_10 + 90 * MINUTE)
    assert AvailabilityBlock.objects.get().during.upper == TUESDAY_10 + 105 * MINUTE
    assert lines(booking) == [(0, haircut.pk, Decimal(1700), 90)]


def test_buffer_of_one_visit_keeps_the_next_away(book: Book, haircut: Service, viktor: User) -> None:
    Service.objects.filter(pk=haircut.pk).update(buffer_minutes=15)
    book(service_ids=[haircut.pk])
    next_one = {"client_id": viktor.pk, "service_ids": [haircut.pk]}
    with pytest.raises(SlotTaken):
        book(**next_one, starts_at=TUESDAY_10 + HOUR)
    assert book(**next_one, starts_at=TUESDAY_10 + 3 * HOUR / 2).pk


def test_price_of_a_booked_visit_stays_when_the_services_changes(book: Book, haircut: Service) -> None:
    booking = book()
    Service.objects.filter(pk=haircut.pk).update(price=9000, duration_minutes=120)
    booking.refresh_from_db()
    assert (booking.total_price, booking.ends_at) == (Decimal(2200), TUESDAY_10 + 90 * MINUTE)


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(lambda _haircut, _beard: [], id="none"),
        pytest.param(lambda haircut, beard: [haircut, beard, haircut], id="one twice"),
        pytest.param(lambda haircut, beard: [haircut, beard, *_offered(4)], id="six"),
        pytest.param(lambda haircut, _beard: [haircut, 999_999], id="one that does not exist"),
        pytest.param(lambda haircut, _beard: [haircut, -1], id="no id"),
        pytest.param(lambda haircut, _beard: [haircut, _not_by_boris()], id="one that the master does not do"),
        pytest.param(lambda haircut, _beard: [haircut, *_offered(1, service__is_active=False)], id="one taken out"),
        pytest.param(lambda haircut, _beard: [haircut, *_offered(1, is_active=False)], id="one he stopped doing"),
    ],
)
def test_list_of_services_that_can_not_be_done_is_refused(
    book: Book,
    haircut: Service,
    beard: Service,
    wanted: Callable[[int, int], list[int]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    service_ids = wanted(haircut.pk, beard.pk)
    with refused(ServiceUnavailable, caplog, service_ids=service_ids):
        book(service_ids=service_ids)


def test_five_services_are_fine(book: Book, haircut: Service, beard: Service) -> None:
    service_ids = [haircut.pk, beard.pk, *_offered(3, service__duration_minutes=10)]
    with pytest.raises(SlotUnavailable):
        book(service_ids=service_ids, starts_at=TUESDAY_10 + 2 * HOUR)
    assert [line[:2] for line in lines(book(service_ids=service_ids))] == list(enumerate(service_ids))
    assert len(everything()["booking_services"]) == 5


def _offered(number: int, **fields: object) -> list[int]:
    master = Master.objects.get(name="Борис")
    return [offer.service_id for offer in OfferFactory.create_batch(number, master=master, **fields)]


def _not_by_boris() -> int:
    return int(OfferFactory.create().service_id)

"""Any master: of those who are free, the one with the fewest visits that day; also when many come at once."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from accounts.models import User
from accounts.tests.factories import UserFactory
from bookings.errors import ActiveBookingExists, ServiceUnavailable, SlotTaken, SlotUnavailable
from bookings.models import Booking, Offer, Service
from bookings.selectors import ANY_MASTER
from bookings.services import create_booking
from bookings.tests.factories import TUESDAY_10, BookingFactory, OfferFactory
from bookings.tests.ledger import refused, unless_said_otherwise
from observability.tests.at_once import run_at_once
from schedules.models import Master
from schedules.tests.factories import BlockFactory, MasterFactory, add_shifts

HOUR = dt.timedelta(hours=1)
EIGHT = 8
Book = Callable[..., Booking]


@pytest.fixture
def masters(boris: Master, gleb: Master) -> list[Master]:
    """Both masters by id; both work on Tuesday."""
    return sorted([boris, gleb], key=lambda master: master.pk)


@pytest.fixture
def book(masters: list[Master], anna: User, haircut: Service, now: dt.datetime) -> Book:
    """Anna books a haircut with anybody on Tuesday at 10, but for what is said otherwise."""
    return unless_said_otherwise(
        create_booking,
        client_id=anna.pk,
        service_ids=[haircut.pk],
        master_id=ANY_MASTER,
        starts_at=TUESDAY_10,
        idempotency_key="tap-1",
        now=now,
        pool=True,
    )


def busy(*masters: Master) -> None:
    for master in masters:
        BlockFactory.create(master=master, begins=TUESDAY_10)


def test_least_booked_that_day_gets_the_visit(book: Book, masters: list[Master]) -> None:
    first, second = masters
    BookingFactory.create(master=first, starts_at=TUESDAY_10 + 5 * HOUR)
    assert book().master_id == second.pk


def test_visits_of_other_days_and_cancelled_ones_do_not_count(
    book: Book, masters: list[Master], now: dt.datetime
) -> None:
    first, second = masters
    BookingFactory.create(master=first, starts_at=TUESDAY_10 + 29 * HOUR)
    BookingFactory.create(master=first, block=None, status="cancelled", cancelled_by="client", cancelled_at=now)
    BookingFactory.create(master=second, starts_at=TUESDAY_10 + 5 * HOUR)
    assert book().master_id == first.pk


def test_least_booked_who_is_not_free_is_passed_over(book: Book, masters: list[Master]) -> None:
    first, second = masters
    BookingFactory.create(master=second, starts_at=TUESDAY_10 + 5 * HOUR)
    busy(first)
    assert book().master_id == second.pk


def test_master_is_picked_without_the_pool_too_when_none_is_named(book: Book, masters: list[Master]) -> None:
    busy(masters[0])
    assert book(pool=False).master_id == masters[1].pk


def test_any_master_may_have_a_price_of_their_own(book: Book, masters: list[Master]) -> None:
    Offer.objects.filter(master=masters[1]).update(own_price=1900, own_duration_minutes=90)
    busy(masters[0])
    booking = book()
    assert (booking.master_id, booking.total_price) == (masters[1].pk, Decimal(1900))
    assert booking.ends_at == TUESDAY_10 + 1.5 * HOUR


def test_pool_of_the_master_who_was_shown_are_those_alike(book: Book, masters: list[Master]) -> None:
    first, second = masters
    BookingFactory.create(master=first, starts_at=TUESDAY_10 + 5 * HOUR)
    assert book(master_id=first.pk).master_id == second.pk


@pytest.mark.parametrize("other", [{"own_price": 1600}, {"own_duration_minutes": 45}])
def test_who_asks_another_price_or_takes_another_time_is_not_in_the_pool(
    book: Book, masters: list[Master], other: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    first, second = masters
    Offer.objects.filter(master=second).update(**other)
    busy(first)
    with refused(SlotTaken, caplog, reason="time_taken") as caught:
        book(master_id=first.pk)
    assert {slot.master_id for slot in caught.value.slots} == {first.pk}
    assert caught.value.slots[0].starts_at == TUESDAY_10 + HOUR


def test_loser_gets_the_fresh_slots_of_the_whole_pool(
    book: Book, masters: list[Master], caplog: pytest.LogCaptureFixture
) -> None:
    busy(*masters)
    for master_id in (ANY_MASTER, masters[0].pk):
        with refused(SlotTaken, caplog, reason="time_taken") as caught:
            book(master_id=master_id)
        assert {slot.master_id for slot in caught.value.slots} == {master.pk for master in masters}
        assert TUESDAY_10 not in {slot.starts_at for slot in caught.value.slots}


def test_time_of_whoever_works_is_taken_although_another_has_the_day_off(
    book: Book, masters: list[Master], haircut: Service, caplog: pytest.LogCaptureFixture
) -> None:
    idle = MasterFactory.create(name="Аким")
    OfferFactory.create(master=idle, service=haircut)
    last = MasterFactory.create(name="Яков")
    OfferFactory.create(master=last, service=haircut)
    busy(*masters)
    with refused(SlotTaken, caplog, reason="time_taken"):
        book()


@pytest.mark.parametrize(
    ("shift", "reason"),
    [
        (HOUR / 4, "off_grid"),
        (14 * HOUR, "outside_shift"),
        (-48 * HOUR, "too_soon"),
        (35 * 24 * HOUR, "beyond_horizon"),
    ],
)
def test_time_at_which_nobody_can_be_booked_says_why(
    book: Book, shift: dt.timedelta, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with refused(SlotUnavailable, caplog, reason=reason):
        book(starts_at=TUESDAY_10 + shift)


@pytest.mark.parametrize("shown", [None, 999_999])
def test_pool_of_nobody_is_refused(
    book: Book, masters: list[Master], shown: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    Master.objects.filter(pk=masters[0].pk).update(is_active=False)
    master_id = masters[0].pk if shown is None else shown
    with refused(ServiceUnavailable, caplog, master_id=master_id):
        book(master_id=master_id)
    Offer.objects.update(is_active=False)
    with refused(ServiceUnavailable, caplog, master_id=ANY_MASTER):
        book()


def test_same_key_gives_the_same_booking_and_another_is_one_too_many(book: Book, masters: list[Master]) -> None:
    first = book()
    assert book().pk == first.pk
    with pytest.raises(ActiveBookingExists):
        book(idempotency_key="tap-2")


# --- At once --------------------------------------------------------------------------------------------------------


@pytest.fixture
def eight_masters(transactional_db: None, haircut: Service) -> list[int]:
    """Eight who work on Tuesday and do the haircut alike."""
    ids = []
    for _ in range(EIGHT):
        master = MasterFactory.create()
        add_shifts(master, days=range(5), starts=dt.time(10), ends=dt.time(20))
        OfferFactory.create(master=master, service=haircut)
        ids.append(master.pk)
    return ids


def come_at_once(number: int, starts_at: list[dt.datetime], haircut: Service, now: dt.datetime) -> list[object]:
    clients = [user.pk for user in User.objects.bulk_create(UserFactory.build_batch(number))]

    def attempt(n: int) -> Callable[[], Booking]:
        return lambda: create_booking(
            client_id=clients[n],
            service_ids=[haircut.pk],
            master_id=ANY_MASTER,
            starts_at=starts_at[n % len(starts_at)],
            idempotency_key="tap",
            now=now,
            pool=True,
        )

    return list(run_at_once([attempt(n) for n in range(number)], connections=number))


@pytest.mark.django_db(transaction=True)
def test_eight_clients_at_one_moment_get_eight_masters(
    eight_masters: list[int], haircut: Service, now: dt.datetime
) -> None:
    results = come_at_once(EIGHT, [TUESDAY_10], haircut, now)
    assert [type(result) for result in results] == [Booking] * EIGHT
    assert sorted(Booking.objects.values_list("master_id", flat=True)) == eight_masters


@pytest.mark.django_db(transaction=True)
def test_ninth_client_at_one_moment_learns_that_it_is_taken(
    eight_masters: list[int], haircut: Service, now: dt.datetime
) -> None:
    results = come_at_once(EIGHT + 1, [TUESDAY_10], haircut, now)
    (loser,) = (result for result in results if not isinstance(result, Booking))
    assert isinstance(loser, SlotTaken)
    assert {slot.master_id for slot in loser.slots} == set(eight_masters)
    assert sorted(Booking.objects.values_list("master_id", flat=True)) == eight_masters


@pytest.mark.django_db(transaction=True)
def test_eight_clients_at_different_times_get_eight_masters_too(
    eight_masters: list[int], haircut: Service, now: dt.datetime
) -> None:
    """The count is true although all look at once: nobody gets a second visit while another has none."""
    times = [TUESDAY_10 + n * HOUR for n in (0, 1, 2, 4, 5, 6, 7, 8)]
    results = come_at_once(EIGHT, times, haircut, now)
    assert [type(result) for result in results] == [Booking] * EIGHT
    assert sorted(Booking.objects.values_list("master_id", flat=True)) == eight_masters

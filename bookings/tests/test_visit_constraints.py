"""A booking, its block, its status and its person: the constraints of visits, case by case."""

import datetime as dt

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from accounts.models import User
from bookings.models import Booking, BookingStatus, CancelledBy
from bookings.tests.factories import TUESDAY_10, BookingFactory, cancelled_booking
from observability.tests.constraints import accepted, refused_by
from schedules.models import AvailabilityBlock, BlockKind, Master
from schedules.tests.factories import BlockFactory

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


# --- A booking takes its master's time ----------------------------------------------------------------------------


@pytest.fixture
def visit(boris: Master, anna: User) -> Booking:
    return BookingFactory.create(master=boris, client=anna)


def test_two_visits_of_one_master_never_overlap(visit: Booking, viktor: User) -> None:
    with refused_by("availability_blocks_no_overlap"):
        BookingFactory.create(master=visit.master, client=viktor, starts_at=TUESDAY_10 + HOUR / 2)


@pytest.mark.parametrize("kind", [BlockKind.TIME_OFF, BlockKind.BREAK, BlockKind.HOLD])
def test_visit_and_what_is_no_visit_never_overlap(visit: Booking, kind: BlockKind) -> None:
    with refused_by("availability_blocks_no_overlap"):
        BlockFactory.create(master=visit.master, kind=kind, begins=TUESDAY_10 + HOUR / 2)


def test_visits_one_after_the_other_and_of_another_master_are_fine(
    visit: Booking, gleb: Master, viktor: User, outsider: User
) -> None:
    with accepted():
        BookingFactory.create(master=visit.master, client=viktor, starts_at=TUESDAY_10 + HOUR)
        BookingFactory.create(master=gleb, client=outsider)


def test_time_of_a_cancelled_visit_can_be_booked(visit: Booking, viktor: User) -> None:
    block = visit.block
    assert block is not None
    Booking.objects.filter(pk=visit.pk).update(
        status=BookingStatus.CANCELLED, block=None, cancelled_by=CancelledBy.CLIENT, cancelled_at=TUESDAY_10 - HOUR
    )
    block.delete()
    with accepted():
        BookingFactory.create(master=visit.master, client=viktor)


# --- The block is the booking's own -------------------------------------------------------------------------------


def test_block_of_another_master_is_refused(visit: Booking, gleb: Master) -> None:
    with refused_by("bookings_block_is_its_own"):
        Booking.objects.filter(pk=visit.pk).update(master=gleb)


def test_block_that_begins_at_another_time_is_refused(visit: Booking) -> None:
    with refused_by("bookings_block_is_its_own"):
        Booking.objects.filter(pk=visit.pk).update(starts_at=TUESDAY_10 - HOUR)


@pytest.mark.parametrize("kind", [BlockKind.TIME_OFF, BlockKind.BREAK, BlockKind.HOLD])
def test_block_that_is_no_booking_is_refused(kind: BlockKind) -> None:
    with refused_by("bookings_block_is_its_own"):
        BookingFactory.create(block__kind=kind)


def test_block_can_not_turn_into_something_else_under_its_booking(visit: Booking) -> None:
    with refused_by("bookings_block_is_its_own"):
        AvailabilityBlock.objects.filter(booking=visit).update(kind=BlockKind.BREAK)


def test_block_can_not_be_moved_without_its_booking(visit: Booking) -> None:
    with refused_by("bookings_block_is_its_own"):
        move_block(visit, TUESDAY_10 + HOUR)


def move_block(visit: Booking, starts_at: dt.datetime) -> None:
    AvailabilityBlock.objects.filter(booking=visit).update(during=DateTimeTZRange(starts_at, starts_at + HOUR, "[)"))


@pytest.mark.parametrize("block_first", [True, False])
def test_block_and_booking_move_together_in_one_transaction_in_either_order(visit: Booking, block_first: bool) -> None:
    later = TUESDAY_10 + dt.timedelta(days=1)
    with accepted():
        if block_first:
            move_block(visit, later)
        Booking.objects.filter(pk=visit.pk).update(starts_at=later, ends_at=later + HOUR)
        if not block_first:
            move_block(visit, later)
    visit.refresh_from_db()
    assert visit.block is not None
    assert visit.block.starts_at == visit.starts_at == later


# --- Cancelled, and not -------------------------------------------------------------------------------------------


def test_cancelled_booking_keeps_no_block(visit: Booking) -> None:
    with refused_by("bookings_cancelled_has_no_block"):
        Booking.objects.filter(pk=visit.pk).update(
            status=BookingStatus.CANCELLED, cancelled_by=CancelledBy.CLIENT, cancelled_at=TUESDAY_10 - HOUR
        )


@pytest.mark.parametrize("status", [BookingStatus.CONFIRMED, BookingStatus.COMPLETED, BookingStatus.NO_SHOW])
def test_booking_that_is_not_cancelled_has_a_block(status: BookingStatus) -> None:
    with refused_by("bookings_cancelled_has_no_block"):
        BookingFactory.create(status=status, block=None)


@pytest.mark.parametrize(
    "fields",
    [{"cancelled_at": None}, {"cancelled_by": ""}, {"cancelled_by": "robot", "cancel_reason": "x"}],
)
def test_cancelled_booking_says_when_and_by_whom(fields: dict[str, object]) -> None:
    with refused_by("bookings_cancelled_by_somebody"):
        cancelled_booking(**fields)


@pytest.mark.parametrize("fields", [{"cancelled_at": TUESDAY_10}, {"cancelled_by": CancelledBy.CLIENT}])
def test_booking_that_is_not_cancelled_says_nothing_of_it(fields: dict[str, object]) -> None:
    with refused_by("bookings_cancelled_by_somebody"):
        BookingFactory.create(**fields)


@pytest.mark.parametrize("by", [CancelledBy.MASTER, CancelledBy.ADMIN])
@pytest.mark.parametrize("reason", ["", "  ", "\n\t"])
def test_staff_can_not_cancel_without_a_reason(by: CancelledBy, reason: str) -> None:
    with refused_by("bookings_staff_cancel_with_reason"):
        cancelled_booking(cancelled_by=by, cancel_reason=reason)


def test_staff_with_a_reason_and_a_client_without_may_cancel() -> None:
    with accepted():
        cancelled_booking(cancelled_by=CancelledBy.MASTER, cancel_reason="заболел")
        cancelled_booking(cancelled_by=CancelledBy.CLIENT)
        cancelled_booking(cancelled_by=CancelledBy.SHOP)


# --- For whom -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"client": None, "source": "bot", "walk_in_name": "Олег"},
        {"client": None, "source": "master", "walk_in_name": ""},
        {"source": "master", "walk_in_name": "Олег"},
    ],
    ids=["walk-in made by the bot", "nobody", "a client and a walk-in"],
)
def test_booking_is_for_a_client_or_for_a_walk_in_with_a_name(fields: dict[str, object]) -> None:
    with refused_by("bookings_for_somebody"):
        BookingFactory.create(**fields)


@pytest.mark.parametrize("source", ["master", "admin"])
def test_staff_may_book_a_walk_in(source: str) -> None:
    with accepted():
        BookingFactory.create(client=None, source=source, walk_in_name="Олег")


@pytest.mark.parametrize("status", [BookingStatus.COMPLETED, BookingStatus.NO_SHOW])
def test_client_whose_last_visit_is_settled_may_book_again(status: BookingStatus) -> None:
    first = BookingFactory.create(status=status)
    with accepted():
        BookingFactory.create(client=first.client, starts_at=TUESDAY_10 + dt.timedelta(days=3))


@pytest.mark.parametrize("source", ["master", "admin"])
def test_staff_may_book_a_second_visit_for_a_client(source: str) -> None:
    first = BookingFactory.create()
    with accepted():
        BookingFactory.create(client=first.client, source=source, starts_at=TUESDAY_10 + dt.timedelta(days=3))

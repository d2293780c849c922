"""Every constraint of the booking tables refuses what it is there for, by name."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from accounts.models import User
from bookings.models import Booking, BookingStatus, CancelledBy
from bookings.tests.factories import (
    TUESDAY_10,
    BookingFactory,
    BookingServiceFactory,
    NotificationFactory,
    OfferFactory,
    ServiceFactory,
    WaitlistEntryFactory,
)
from observability.tests.constraints import accepted, constraints_of, refused_by
from schedules.models import AvailabilityBlock, BlockKind, Master
from schedules.tests.factories import BlockFactory, MasterFactory

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def _cancelled(**fields: Any) -> Booking:
    return BookingFactory.create(
        **{
            "status": BookingStatus.CANCELLED,
            "block": None,
            "cancelled_by": CancelledBy.CLIENT,
            "cancelled_at": TUESDAY_10 - HOUR,
        }
        | fields
    )


def _second_of_the_client() -> None:
    first = BookingFactory.create()
    BookingFactory.create(client=first.client, starts_at=TUESDAY_10 + dt.timedelta(days=3))


def _second_of_the_block() -> None:
    """Cancelled ones have no block, and a master's source escapes the one-active rule: only the block is shared."""
    first = BookingFactory.create(source="master")
    BookingFactory.create(client=first.client, master=first.master, block=first.block, source="master")


def _two_entries_for_one_hold() -> None:
    hold = BlockFactory.create(kind=BlockKind.HOLD)
    for _ in range(2):
        WaitlistEntryFactory.create(hold=hold, status="offered")


def _asked_twice() -> None:
    entry = WaitlistEntryFactory.create()
    WaitlistEntryFactory.create(client=entry.client, service=entry.service)


def _offered_twice() -> None:
    offer = OfferFactory.create()
    OfferFactory.create(master=offer.master, service=offer.service)


VIOLATIONS: dict[str, Callable[[], object]] = {
    "services_name_unique": lambda: [ServiceFactory.create(name="Стрижка") for _ in range(2)],
    "services_price_not_negative": lambda: ServiceFactory.create(price=-1),
    "services_duration": lambda: ServiceFactory.create(duration_minutes=4),
    "services_buffer": lambda: ServiceFactory.create(buffer_minutes=241),
    "offers_unique": _offered_twice,
    "offers_price_not_negative": lambda: OfferFactory.create(own_price=-1),
    "offers_duration": lambda: OfferFactory.create(own_duration_minutes=721),
    "bookings_block_id_key": _second_of_the_block,
    "bookings_block_is_its_own": lambda: BookingFactory.create(block__kind=BlockKind.TIME_OFF),
    "bookings_idempotency_key_unique": lambda: [BookingFactory.create(idempotency_key="k") for _ in range(2)],
    "bookings_one_active_per_client": _second_of_the_client,
    "bookings_end_after_start": lambda: BookingFactory.create(ends_at=TUESDAY_10, block__ends=TUESDAY_10 + HOUR),
    "bookings_price_not_negative": lambda: BookingFactory.create(total_price=-1),
    "bookings_status_known": lambda: BookingFactory.create(status="lost"),
    "bookings_source_known": lambda: BookingFactory.create(source="web"),
    "bookings_for_somebody": lambda: BookingFactory.create(client=None),
    "bookings_cancelled_has_no_block": lambda: BookingFactory.create(block=None),
    "bookings_cancelled_by_somebody": lambda: _cancelled(cancelled_by=""),
    "bookings_staff_cancel_with_reason": lambda: _cancelled(cancelled_by=CancelledBy.MASTER),
    "booking_services_position_unique": lambda: BookingServiceFactory.create(
        booking=BookingServiceFactory.create().booking
    ),
    "booking_services_price_not_negative": lambda: BookingServiceFactory.create(price=-1),
    "booking_services_duration": lambda: BookingServiceFactory.create(duration_minutes=0),
    "notifications_dedupe_key_key": lambda: [NotificationFactory.create(dedupe_key="k") for _ in range(2)],
    "notifications_status_known": lambda: NotificationFactory.create(status="lost"),
    "notifications_sent_at_a_time": lambda: NotificationFactory.create(status="sent"),
    "notifications_given_up_for_a_reason": lambda: NotificationFactory.create(status="dead"),
    "waitlist_entries_hold_id_key": _two_entries_for_one_hold,
    "waitlist_status_known": lambda: WaitlistEntryFactory.create(status="lost"),
    "waitlist_hold_is_offered": lambda: WaitlistEntryFactory.create(hold=BlockFactory.create(kind=BlockKind.HOLD)),
    "waitlist_asked_once": _asked_twice,
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_constraint_refuses_what_it_is_there_for(name: str) -> None:
    with refused_by(name):
        VIOLATIONS[name]()


def test_every_constraint_has_a_violation_here() -> None:
    assert constraints_of("bookings") == VIOLATIONS.keys()


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


def test_kind_of_a_bookings_block_is_computed_and_can_not_be_written(visit: Booking) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT block_kind FROM bookings WHERE id = %s", [visit.pk])
        assert cursor.fetchone() == ("booking",)
        cursor.execute(
            "SELECT is_generated FROM information_schema.columns"
            " WHERE table_name = 'bookings' AND column_name = 'block_kind'"
        )
        assert cursor.fetchone() == ("ALWAYS",)


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
        _cancelled(**fields)


@pytest.mark.parametrize("fields", [{"cancelled_at": TUESDAY_10}, {"cancelled_by": CancelledBy.CLIENT}])
def test_booking_that_is_not_cancelled_says_nothing_of_it(fields: dict[str, object]) -> None:
    with refused_by("bookings_cancelled_by_somebody"):
        BookingFactory.create(**fields)


@pytest.mark.parametrize("by", [CancelledBy.MASTER, CancelledBy.ADMIN])
@pytest.mark.parametrize("reason", ["", "  ", "\n\t"])
def test_staff_can_not_cancel_without_a_reason(by: CancelledBy, reason: str) -> None:
    with refused_by("bookings_staff_cancel_with_reason"):
        _cancelled(cancelled_by=by, cancel_reason=reason)


def test_staff_with_a_reason_and_a_client_without_may_cancel() -> None:
    with accepted():
        _cancelled(cancelled_by=CancelledBy.MASTER, cancel_reason="заболел")
        _cancelled(cancelled_by=CancelledBy.CLIENT)


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


# --- The waiting list ---------------------------------------------------------------------------------------------


def test_client_waits_once_for_a_day_with_a_master_as_with_anybody() -> None:
    master = MasterFactory.create()
    entry = WaitlistEntryFactory.create(master=master)
    with refused_by("waitlist_asked_once"):
        WaitlistEntryFactory.create(client=entry.client, service=entry.service, master=master, status="offered")
    with accepted():
        WaitlistEntryFactory.create(client=entry.client, service=entry.service, master=None)


@pytest.mark.parametrize("status", ["taken", "given_up"])
def test_client_may_wait_again_after_the_last_time_is_settled(status: str) -> None:
    entry = WaitlistEntryFactory.create(status=status)
    with accepted():
        WaitlistEntryFactory.create(client=entry.client, service=entry.service)

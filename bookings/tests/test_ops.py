"""What must never be of bookings is counted, each kind for itself, once nothing refuses it any more."""

import datetime as dt

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bookings.models import Booking, Notification, OfferStatus, SlotOffer, WaitlistEntry, WaitlistStatus
from bookings.tests.factories import (
    TUESDAY_10,
    BookingFactory,
    NotificationFactory,
    SlotOfferFactory,
    WaitlistEntryFactory,
)
from observability.integrity import broken
from observability.tests.breaking import drop_constraints, found
from schedules.models import AvailabilityBlock, BlockKind
from schedules.tests.factories import BlockFactory, MasterFactory

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
MOMENT = dt.timedelta(microseconds=1)
GRACE = dt.timedelta(minutes=5)


@pytest.fixture
def visit(db: None) -> Booking:
    return BookingFactory.create(source="master")


@pytest.fixture
def offer(db: None, now: dt.datetime) -> SlotOffer:
    """A time held for somebody on the waiting list."""
    return SlotOfferFactory.create(expires_at=now + HOUR)


def leave_block(visit: Booking, **changes: object) -> None:
    """Change a booking past what ties it to its block."""
    names = ("bookings_block_is_its_own", "bookings_cancelled_has_no_block", "bookings_cancelled_by_somebody")
    drop_constraints("bookings", *names)
    Booking.objects.filter(pk=visit.pk).update(**changes)


def test_visits_of_every_status_are_whole(now: dt.datetime) -> None:
    for status in ("confirmed", "completed", "no_show"):
        BookingFactory.create(status=status)
    BookingFactory.create(
        status="cancelled", block=None, cancelled_by="client", cancelled_at=now, cancel_reason="заболел"
    )
    assert found(now=now) == {}


# --- A booking and its block --------------------------------------------------------------------------------------


@pytest.mark.leaves_broken("bookings_without_block", "blocks_without_booking")
def test_booking_that_lost_its_block_and_the_block_are_counted(visit: Booking, now: dt.datetime) -> None:
    leave_block(visit, block=None)
    assert found(now=now) == {"bookings_without_block": 1, "blocks_without_booking": 1}
    assert broken("bookings_without_block", now=now) == [visit.pk]
    assert broken("blocks_without_booking", now=now) == [visit.block_id]


@pytest.mark.leaves_broken("bookings_without_block")
@pytest.mark.parametrize("status", ["confirmed", "completed", "no_show"])
def test_booking_whose_block_is_gone_from_the_table_is_counted(now: dt.datetime, status: str) -> None:
    BookingFactory.create(status=status)
    drop_constraints("bookings", "bookings_block_is_its_own", *_foreign_keys("bookings", "block_id"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM availability_blocks")
    assert found(now=now) == {"bookings_without_block": 1}


@pytest.mark.leaves_broken("bookings_without_block")
@pytest.mark.parametrize("kind", [BlockKind.TIME_OFF, BlockKind.BREAK])
def test_booking_whose_block_is_of_something_else_is_counted(visit: Booking, now: dt.datetime, kind: BlockKind) -> None:
    leave_block(visit)
    AvailabilityBlock.objects.filter(booking=visit).update(kind=kind)
    assert found(now=now) == {"bookings_without_block": 1}


@pytest.mark.leaves_broken("blocks_without_booking")
def test_block_of_no_booking_is_counted(now: dt.datetime) -> None:
    block = BlockFactory.create(kind=BlockKind.BOOKING)
    assert found(now=now) == {"blocks_without_booking": 1}
    assert broken("blocks_without_booking", now=now) == [block.pk]


@pytest.mark.leaves_broken("blocks_without_booking")
def test_block_that_a_cancelled_booking_kept_is_counted(visit: Booking, now: dt.datetime) -> None:
    leave_block(visit, status="cancelled")
    assert found(now=now) == {"blocks_without_booking": 1}


@pytest.mark.leaves_broken("bookings_outside_block")
def test_booking_in_the_time_of_another_master_is_counted(visit: Booking, now: dt.datetime) -> None:
    leave_block(visit, master=MasterFactory.create())
    assert found(now=now) == {"bookings_outside_block": 1}
    assert broken("bookings_outside_block", now=now) == [visit.pk]


@pytest.mark.leaves_broken("bookings_outside_block")
@pytest.mark.parametrize("late", [-MOMENT, MOMENT])
def test_booking_that_does_not_begin_with_its_block_is_counted(
    visit: Booking, now: dt.datetime, late: dt.timedelta
) -> None:
    leave_block(visit, starts_at=TUESDAY_10 + late)
    assert found(now=now) == {"bookings_outside_block": 1}


@pytest.mark.leaves_broken("bookings_outside_block")
def test_booking_that_ends_after_its_block_is_counted_although_no_constraint_says_so(
    visit: Booking, now: dt.datetime
) -> None:
    Booking.objects.filter(pk=visit.pk).update(ends_at=visit.ends_at + MOMENT)
    assert found(now=now) == {"bookings_outside_block": 1}


def test_block_is_longer_than_its_booking_by_the_buffer(visit: Booking, now: dt.datetime) -> None:
    AvailabilityBlock.objects.filter(booking=visit).update(
        during=DateTimeTZRange(TUESDAY_10, visit.ends_at + HOUR, "[)")
    )
    assert found(now=now) == {}


# --- One active booking per client --------------------------------------------------------------------------------


@pytest.mark.leaves_broken("several_active_bookings")
def test_client_with_several_active_bookings_is_counted_once(now: dt.datetime) -> None:
    drop_constraints("bookings", "bookings_one_active_per_client")
    first = BookingFactory.create()
    for days in (1, 2):
        BookingFactory.create(client=first.client, starts_at=TUESDAY_10 + dt.timedelta(days=days))
    assert found(now=now) == {"several_active_bookings": 1}
    assert broken("several_active_bookings", now=now) == [first.client_id]


def test_bookings_by_staff_and_past_ones_are_not_several(now: dt.datetime) -> None:
    first = BookingFactory.create()
    BookingFactory.create(client=first.client, status="completed", starts_at=TUESDAY_10 - dt.timedelta(days=9))
    for days in (1, 2):
        BookingFactory.create(client=first.client, source="admin", starts_at=TUESDAY_10 + dt.timedelta(days=days))
        BookingFactory.create(
            client=None, walk_in_name="Олег", source="master", starts_at=TUESDAY_10 + dt.timedelta(days=days)
        )
    assert found(now=now) == {}


# --- Held for somebody --------------------------------------------------------------------------------------------


@pytest.mark.leaves_broken("expired_holds")
def test_hold_for_nobody_is_counted(now: dt.datetime) -> None:
    hold = BlockFactory.create(kind=BlockKind.HOLD)
    assert found(now=now) == {"expired_holds": 1}
    assert broken("expired_holds", now=now) == [hold.pk]


@pytest.mark.leaves_broken("expired_holds", "offered_without_offer")
@pytest.mark.parametrize("status", sorted(set(OfferStatus) - {OfferStatus.OPEN}))
def test_hold_of_an_answered_offer_is_counted(offer: SlotOffer, now: dt.datetime, status: OfferStatus) -> None:
    drop_constraints("slot_offers", "slot_offers_open_holds_time")
    SlotOffer.objects.update(status=status)
    assert found(now=now) == {"expired_holds": 1, "offered_without_offer": 1}


@pytest.mark.leaves_broken("expired_holds")
def test_hold_is_counted_when_its_offer_should_be_over_for_more_than_five_minutes(
    offer: SlotOffer, now: dt.datetime
) -> None:
    SlotOffer.objects.update(expires_at=now - GRACE)
    assert found(now=now) == {}
    SlotOffer.objects.update(expires_at=now - GRACE - MOMENT)
    assert found(now=now) == {"expired_holds": 1}


# --- The waiting list ---------------------------------------------------------------------------------------------


@pytest.mark.leaves_broken("offered_without_offer")
def test_entry_that_is_offered_without_an_offer_is_counted(now: dt.datetime) -> None:
    entry = WaitlistEntryFactory.create(status=WaitlistStatus.OFFERED)
    assert found(now=now) == {"offered_without_offer": 1}
    assert broken("offered_without_offer", now=now) == [entry.pk]


@pytest.mark.leaves_broken("offered_without_offer")
@pytest.mark.parametrize("status", sorted(set(WaitlistStatus) - {WaitlistStatus.OFFERED}))
def test_entry_with_an_open_offer_that_does_not_say_so_is_counted(
    offer: SlotOffer, now: dt.datetime, status: WaitlistStatus
) -> None:
    WaitlistEntry.objects.update(status=status)
    assert found(now=now) == {"offered_without_offer": 1}


@pytest.mark.leaves_broken("offered_without_offer")
def test_entry_with_two_open_offers_is_counted_once(offer: SlotOffer, now: dt.datetime) -> None:
    drop_constraints("slot_offers", "slot_offers_one_per_entry")
    entry = offer.waitlist_entry
    SlotOfferFactory.create(waitlist_entry=entry, starts_at=offer.starts_at + HOUR, expires_at=now + HOUR)
    assert found(now=now) == {"offered_without_offer": 1}


def test_offered_entry_with_its_open_offer_and_answered_ones_is_whole(offer: SlotOffer, now: dt.datetime) -> None:
    SlotOfferFactory.create(waitlist_entry=offer.waitlist_entry, status=OfferStatus.DECLINED, hold=None)
    WaitlistEntryFactory.create()
    assert found(now=now) == {}


# --- To be told ---------------------------------------------------------------------------------------------------


@pytest.mark.leaves_broken("orphaned_notifications")
def test_pending_notification_without_a_job_is_counted(visit: Booking, now: dt.datetime) -> None:
    row = NotificationFactory.create(booking=visit, job=False)
    NotificationFactory.create(booking=visit)
    NotificationFactory.create(booking=visit, status="sent", sent_at=now)
    assert found(now=now) == {"orphaned_notifications": 1}
    assert broken("orphaned_notifications", now=now) == [row.pk]


@pytest.mark.leaves_broken("orphaned_notifications")
@pytest.mark.parametrize("status", ["failed", "succeeded", "cancelled"])
def test_pending_notification_whose_job_has_ended_is_counted(visit: Booking, now: dt.datetime, status: str) -> None:
    NotificationFactory.create(booking=visit)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        assert found(now=now) == {}
        cursor.execute("UPDATE procrastinate_jobs SET status = %s::procrastinate_job_status", [status])
    assert found(now=now) == {"orphaned_notifications": 1}


@pytest.mark.leaves_broken("orphaned_notifications")
def test_notification_about_nothing_is_counted_once_also_when_it_is_pending_without_a_job(
    visit: Booking, now: dt.datetime
) -> None:
    NotificationFactory.create(booking=visit, job=False)
    NotificationFactory.create(booking=visit, status="sent", sent_at=now)
    Notification.objects.update(booking=None)
    assert found(now=now) == {"orphaned_notifications": 2}


def test_notification_of_an_offer_needs_no_booking(offer: SlotOffer, now: dt.datetime) -> None:
    NotificationFactory.create(booking=None, slot_offer=offer, recipient=offer.client, kind="client_slot_offered")
    assert found(now=now) == {}


def _foreign_keys(table: str, column: str) -> list[str]:
    """Django's own foreign keys on a column, whose names end in a hash."""
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, table)
    return [name for name, about in constraints.items() if about["foreign_key"] and about["columns"] == [column]]

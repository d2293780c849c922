"""What is held, and for whom: the constraints of the waiting list and of held times, case by case."""

import datetime as dt

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from accounts.models import User
from bookings.models import OfferStatus, SlotOffer
from bookings.tests.factories import TUESDAY_10, BookingFactory, SlotOfferFactory, WaitlistEntryFactory
from observability.tests.constraints import accepted, refused_by
from schedules.models import AvailabilityBlock, BlockKind, Master
from schedules.tests.factories import BlockFactory, MasterFactory

# The moment by which the held times are not over yet.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

HOUR = dt.timedelta(hours=1)
TIME_OFF = DateTimeTZRange(TUESDAY_10, TUESDAY_10 + HOUR, "[)")


@pytest.fixture
def held(boris: Master, viktor: User) -> SlotOffer:
    """Tuesday at 10 with Boris, held for Viktor, who waits."""
    return SlotOfferFactory.create(master=boris, waitlist_entry__client=viktor)


# --- The waiting list -----------------------------------------------------------------------------------------------


def test_client_waits_once_for_a_day_with_a_master_as_with_anybody() -> None:
    master = MasterFactory.create()
    entry = WaitlistEntryFactory.create(master=master)
    with refused_by("waitlist_asked_once"):
        WaitlistEntryFactory.create(client=entry.client, master=master, status="offered")
    with accepted():
        WaitlistEntryFactory.create(client=entry.client, master=None)
    with refused_by("waitlist_asked_once"):
        WaitlistEntryFactory.create(client=entry.client, master=None)


@pytest.mark.parametrize("status", ["taken", "given_up"])
def test_client_may_wait_again_after_the_last_time_is_settled(status: str) -> None:
    entry = WaitlistEntryFactory.create(status=status)
    with accepted():
        WaitlistEntryFactory.create(client=entry.client)


# --- What is held ---------------------------------------------------------------------------------------------------


def test_hold_and_visit_never_overlap(held: SlotOffer) -> None:
    with refused_by("availability_blocks_no_overlap"):
        BookingFactory.create(master=held.master, starts_at=TUESDAY_10 + HOUR / 2)


@pytest.mark.parametrize("kind", [BlockKind.BOOKING, BlockKind.TIME_OFF, BlockKind.BREAK])
def test_hold_that_is_none_is_refused(kind: BlockKind) -> None:
    with refused_by("slot_offers_hold_is_its_own"):
        SlotOfferFactory.create(hold__kind=kind)


def test_hold_of_another_master_or_another_time_is_refused(held: SlotOffer, gleb: Master) -> None:
    with refused_by("slot_offers_hold_is_its_own"):
        SlotOffer.objects.filter(pk=held.pk).update(master=gleb)
    with refused_by("slot_offers_hold_is_its_own"):
        SlotOffer.objects.filter(pk=held.pk).update(starts_at=TUESDAY_10 - HOUR)


def test_hold_is_neither_moved_nor_made_a_visit_under_its_offer(held: SlotOffer) -> None:
    with refused_by("slot_offers_hold_is_its_own"):
        AvailabilityBlock.objects.filter(kind=BlockKind.HOLD).update(kind=BlockKind.BOOKING)
    with refused_by("slot_offers_hold_is_its_own"):
        later = DateTimeTZRange(TUESDAY_10 + HOUR, TUESDAY_10 + 2 * HOUR, "[)")
        AvailabilityBlock.objects.filter(kind=BlockKind.HOLD).update(during=later)


@pytest.mark.parametrize("status", [status for status in OfferStatus if status != OfferStatus.OPEN])
def test_answered_offer_holds_nothing(held: SlotOffer, status: OfferStatus) -> None:
    with refused_by("slot_offers_open_holds_time"):
        SlotOffer.objects.filter(pk=held.pk).update(status=status)


@pytest.mark.parametrize("table", ["bookings", "slot_offers"])
def test_kind_of_the_block_is_computed_and_can_not_be_written(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, is_generated FROM information_schema.columns"
            " WHERE table_name = %s AND column_name IN ('block_kind', 'hold_kind')",
            [table],
        )
        assert cursor.fetchall() == [("block_kind" if table == "bookings" else "hold_kind", "ALWAYS")]


# --- For what -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("with_entry", [True, False])
@pytest.mark.parametrize("with_booking", [True, False])
@pytest.mark.parametrize("with_time_off", [True, False])
def test_offer_is_for_who_waits_or_for_a_booking_in_the_way_of_time_off(
    with_entry: bool, with_booking: bool, with_time_off: bool, anna: User
) -> None:
    fields = {
        "client": anna,
        "booking": BookingFactory.create(client=anna) if with_booking else None,
        "time_off": TIME_OFF if with_time_off else None,
    }
    if not with_entry:
        fields["waitlist_entry"] = None
    if (with_entry, with_booking, with_time_off) in {(True, False, False), (False, True, True)}:
        with accepted():
            SlotOfferFactory.create(**fields)
    else:
        with refused_by("slot_offers_for_one_thing"):
            SlotOfferFactory.create(**fields)


def test_answered_offers_do_not_keep_from_the_next(held: SlotOffer) -> None:
    BlockFactory.create(begins=TUESDAY_10 + 5 * HOUR, master=held.master)
    SlotOffer.objects.filter(pk=held.pk).update(status=OfferStatus.DECLINED, hold=None)
    AvailabilityBlock.objects.filter(kind=BlockKind.HOLD).delete()
    with accepted():
        SlotOfferFactory.create(waitlist_entry=held.waitlist_entry, master=held.master)

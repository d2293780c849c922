"""Every constraint of the booking tables refuses what it is there for, by name."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bookings.models import Booking, BookingStatus, CancelledBy, WaitlistService
from bookings.tests.factories import (
    TUESDAY_10,
    BookingFactory,
    BookingServiceFactory,
    NotificationFactory,
    OfferFactory,
    ServiceFactory,
    SlotOfferFactory,
    WaitlistEntryFactory,
    cancelled_booking,
)
from observability.tests.constraints import constraints_of, refused_by
from schedules.models import BlockKind
from schedules.tests.factories import BlockFactory

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def _second_of_the_client() -> None:
    first = BookingFactory.create()
    BookingFactory.create(client=first.client, starts_at=TUESDAY_10 + dt.timedelta(days=3))


def _second_of_the_block() -> None:
    """Cancelled ones have no block, and a master's source escapes the one-active rule: only the block is shared."""
    first = BookingFactory.create(source="master")
    BookingFactory.create(client=first.client, master=first.master, block=first.block, source="master")


def _two_offers_of_one_hold() -> None:
    first = SlotOfferFactory.create()
    SlotOfferFactory.create(master=first.master, hold=first.hold)


def _second_offer(**fields: Any) -> None:
    """Of another time, but for the same thing."""
    SlotOfferFactory.create(starts_at=TUESDAY_10 + 2 * HOUR, **fields)


def _two_offers_to_move() -> None:
    booking = BookingFactory.create()
    moving = {"booking": booking, "client": booking.client, "waitlist_entry": None}
    moving["time_off"] = DateTimeTZRange(TUESDAY_10, TUESDAY_10 + HOUR, "[)")
    SlotOfferFactory.create(**moving)
    _second_offer(**moving)


def _asked_twice() -> None:
    WaitlistEntryFactory.create(client=WaitlistEntryFactory.create().client)


def _two_lines_in_one_place() -> None:
    entry, service = WaitlistEntryFactory.create(), ServiceFactory.create()
    WaitlistService.objects.bulk_create(WaitlistService(entry=entry, service=service) for _ in range(2))


def _back_to_life() -> None:
    Booking.objects.filter(pk=cancelled_booking().pk).update(
        status=BookingStatus.CONFIRMED, cancelled_by="", cancelled_at=None, block=BlockFactory.create(kind="booking")
    )


def _offered_twice() -> None:
    offer = OfferFactory.create()
    OfferFactory.create(master=offer.master, service=offer.service)


VIOLATIONS: dict[str, Callable[[], object]] = {
    "services_name_unique": lambda: [ServiceFactory.create(name="Стрижка") for _ in range(2)],
    "services_price_not_negative": lambda: ServiceFactory.create(price=-1),
    "services_duration": lambda: ServiceFactory.create(duration_minutes=4),
    "services_buffer": lambda: ServiceFactory.create(buffer_minutes=241),
    "services_id_fits_buttons": lambda: ServiceFactory.create(id=2**31),
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
    "bookings_cancelled_by_somebody": lambda: cancelled_booking(cancelled_by=""),
    "bookings_confirmed_when_asked": lambda: BookingFactory.create(confirmed_at=TUESDAY_10 - HOUR),
    "bookings_staff_cancel_with_reason": lambda: cancelled_booking(cancelled_by=CancelledBy.MASTER),
    "booking_services_position_unique": lambda: BookingServiceFactory.create(
        booking=BookingServiceFactory.create().booking
    ),
    "booking_services_price_not_negative": lambda: BookingServiceFactory.create(price=-1),
    "booking_services_duration": lambda: BookingServiceFactory.create(duration_minutes=0),
    "notifications_dedupe_key_key": lambda: [NotificationFactory.create(dedupe_key="k") for _ in range(2)],
    "notifications_status_known": lambda: NotificationFactory.create(status="lost"),
    "notifications_sent_at_a_time": lambda: NotificationFactory.create(status="sent"),
    "notifications_given_up_for_a_reason": lambda: NotificationFactory.create(status="dead"),
    "waitlist_status_known": lambda: WaitlistEntryFactory.create(status="lost"),
    "waitlist_asked_once": _asked_twice,
    "waitlist_services_position_unique": _two_lines_in_one_place,
    "slot_offers_hold_id_key": _two_offers_of_one_hold,
    "slot_offers_hold_is_its_own": lambda: SlotOfferFactory.create(hold__kind=BlockKind.TIME_OFF),
    "slot_offers_status_known": lambda: SlotOfferFactory.create(status="lost", hold=None),
    "slot_offers_end_after_start": lambda: SlotOfferFactory.create(ends_at=TUESDAY_10, hold__ends=TUESDAY_10 + HOUR),
    "slot_offers_for_one_thing": lambda: SlotOfferFactory.create(booking=BookingFactory.create()),
    "slot_offers_open_holds_time": lambda: SlotOfferFactory.create(hold=None),
    "slot_offers_one_per_entry": lambda: _second_offer(waitlist_entry=SlotOfferFactory.create().waitlist_entry),
    "slot_offers_one_per_booking": _two_offers_to_move,
}
# By triggers, which the catalogue doesn't list among the constraints.
MOVES: dict[str, Callable[[], object]] = {"bookings_status_moves": _back_to_life}


@pytest.mark.parametrize("name", VIOLATIONS | MOVES)
def test_constraint_refuses_what_it_is_there_for(name: str) -> None:
    with refused_by(name):
        (VIOLATIONS | MOVES)[name]()


def test_every_constraint_has_a_violation_here() -> None:
    assert constraints_of("bookings") == VIOLATIONS.keys()


def test_every_trigger_has_a_violation_here() -> None:
    tables = [model._meta.db_table for model in apps.get_app_config("bookings").get_models()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = ANY(%s::text[]::regclass[])", [tables]
        )
        assert {name for (name,) in cursor.fetchall()} == MOVES.keys()

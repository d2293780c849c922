"""Bookings, waits and news through the migration to held times, with rows there, and back."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError
from django.db.backends.postgresql.base import DatabaseWrapper
from pytest_django import DjangoDbBlocker

from observability.tests.scratch import Copies, migrate, prepared_database

BEFORE, AFTER = "0002_booking_is_its_block", "0005_services_on_buttons"
# Ids are given, so that rows can name one another: masters 1 and 2 are users 11 and 12, clients are 21 and 22.
OLD_SHOP = """
    INSERT INTO users (id, password, is_superuser, name, phone, role, language, is_active, created_at)
    SELECT id, '!', false, '', '', role, 'ru', true, now()
      FROM (VALUES (11, 'master'), (12, 'master'), (21, 'client'), (22, 'client')) AS person (id, role);
    INSERT INTO masters (id, user_id, name, is_active, cycle_days, cycle_anchor, lunch_starts, lunch_ends)
    VALUES (1, 11, 'Борис', true, 7, '2026-03-02', '13:00', '14:00'),
           (2, 12, 'Глеб', true, 7, '2026-03-02', '13:00', '14:00');
    INSERT INTO services (id, name, name_en, price, duration_minutes, buffer_minutes, position, is_active)
    VALUES (31, 'Стрижка', '', 1500, 60, 0, 0, true), (32, 'Борода', '', 700, 30, 0, 1, true);
    INSERT INTO availability_blocks (id, master_id, kind, during)
    VALUES (41, 1, 'booking', '[2026-03-03 07:00+00, 2026-03-03 08:00+00)'),
           (42, 1, 'hold', '[2026-03-03 09:00+00, 2026-03-03 10:00+00)'),
           (43, 1, 'time_off', '[2026-03-04 09:00+00, 2026-03-04 10:00+00)');
    INSERT INTO bookings (id, client_id, walk_in_name, walk_in_phone, master_id, block_id, starts_at, ends_at,
                          total_price, status, source, idempotency_key, cancelled_by, cancel_reason, cancelled_at,
                          created_at)
    VALUES (51, 21, '', '', 1, 41, '2026-03-03 07:00+00', '2026-03-03 08:00+00', 1500, 'confirmed', 'bot', 'a', '',
            '', NULL, now()),
           (52, 22, '', '', 1, NULL, '2026-03-03 07:00+00', '2026-03-03 08:00+00', 1500, 'cancelled', 'bot', 'b',
            'client', '', now(), now()),
           (53, 22, '', '', 1, NULL, '2026-03-03 07:00+00', '2026-03-03 08:00+00', 1500, 'cancelled', 'bot', 'c',
            'master', 'болен', now(), now());
    INSERT INTO waitlist_entries (id, client_id, service_id, master_id, day, status, hold_id, created_at)
    VALUES (61, 21, 31, 1, '2026-03-03', 'offered', 42, '2026-03-01 10:00+00'),
           (62, 21, 32, 1, '2026-03-03', 'waiting', NULL, '2026-03-01 11:00+00'),
           (63, 22, 31, NULL, '2026-03-03', 'waiting', NULL, '2026-03-01 10:00+00'),
           (64, 22, 32, NULL, '2026-03-03', 'waiting', NULL, '2026-03-01 10:00+00'),
           (65, 22, 32, 2, '2026-03-03', 'taken', NULL, '2026-03-01 09:00+00'),
           (66, 22, 31, 2, '2026-03-03', 'waiting', NULL, '2026-03-01 10:00+00');
    INSERT INTO notifications (booking_id, recipient_id, kind, dedupe_key, correlation_id, created_at)
    VALUES (51, 21, 'client_confirmed', 'client_confirmed:51', '', now());
"""
WAITS = "SELECT e.id, status, service_id, position FROM waitlist_entries e JOIN waitlist_services s ON entry_id = e.id"
OLD_WAITS = "SELECT id, status, service_id, hold_id FROM waitlist_entries ORDER BY id"
CANCELLED = "SELECT id, cancelled_by, cancel_reason FROM bookings WHERE status = 'cancelled' ORDER BY id"
BLOCKS = "SELECT id, kind FROM availability_blocks ORDER BY id"
SINCE = """
    INSERT INTO availability_blocks (id, master_id, kind, during)
    VALUES (44, 1, 'hold', '[2026-03-05 09:00+00, 2026-03-05 10:00+00)');
    INSERT INTO waitlist_entries (id, client_id, master_id, day, status, created_at)
    VALUES (67, 21, 1, '2026-03-05', 'offered', now());
    INSERT INTO waitlist_services (entry_id, service_id, position) VALUES (67, 31, 0), (67, 32, 1);
    INSERT INTO slot_offers (id, client_id, waitlist_entry_id, master_id, hold_id, starts_at, ends_at, status,
                             expires_at, time_off_reason, created_at)
    VALUES (71, 21, 67, 1, 44, '2026-03-05 09:00+00', '2026-03-05 10:00+00', 'open', now(), '', now());
    INSERT INTO notifications (booking_id, slot_offer_id, recipient_id, kind, dedupe_key, correlation_id, created_at)
    VALUES (NULL, 71, 21, 'client_slot_offered', 'client_slot_offered:offer:71', '', now()),
           (51, NULL, 21, 'client_moved', 'client_moved:51:1', '', now());
    INSERT INTO bookings (id, client_id, walk_in_name, walk_in_phone, master_id, starts_at, ends_at, total_price,
                          status, source, idempotency_key, cancelled_by, cancel_reason, cancelled_at, created_at,
                          confirm_by)
    VALUES (54, 22, '', '', 1, '2026-03-03 07:00+00', '2026-03-03 08:00+00', 1500, 'cancelled', 'bot', 'd', 'shop',
            '', now(), now(), '2026-03-03 05:00+00');
"""


@pytest.fixture(scope="module")
def old_shops(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Copies]:
    """The shop as it was before held times, with a booking, two cancelled ones and a line of people who wait."""

    def prepare(database: DatabaseWrapper) -> None:
        migrate("bookings", BEFORE)
        write(database, OLD_SHOP)

    with ExitStack() as shops:
        with django_db_blocker.unblock():
            copies = shops.enter_context(prepared_database(prepare))
        yield copies
        with django_db_blocker.unblock():
            shops.close()


@pytest.fixture
def old_shop(old_shops: Copies, django_db_blocker: DjangoDbBlocker) -> Iterator[DatabaseWrapper]:
    """A shop of before for this test alone."""
    with django_db_blocker.unblock(), old_shops() as database:
        yield database


def rows(database: DatabaseWrapper, query: str) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute(query)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def write(database: DatabaseWrapper, statements: str) -> None:
    with database.cursor() as cursor:
        cursor.execute(statements)


def test_waits_keep_their_service_and_who_waited_twice_for_a_day_waits_once(old_shop: DatabaseWrapper) -> None:
    migrate("bookings", AFTER)
    assert rows(old_shop, f"{WAITS} ORDER BY 1") == [
        (61, "waiting", 31, 0),
        (62, "given_up", 32, 0),
        (63, "waiting", 31, 0),
        (64, "given_up", 32, 0),
        (65, "taken", 32, 0),
        (66, "waiting", 31, 0),
    ]


def test_holds_of_before_which_no_offer_belongs_to_are_given_back(old_shop: DatabaseWrapper) -> None:
    migrate("bookings", AFTER)
    assert rows(old_shop, BLOCKS) == [(41, "booking"), (43, "time_off")]


def test_bookings_and_news_stay_as_they_are(old_shop: DatabaseWrapper) -> None:
    before = rows(old_shop, "SELECT to_jsonb(b) FROM bookings b ORDER BY id")
    migrate("bookings", AFTER)
    added = "ARRAY['confirm_by', 'asked_at', 'confirmed_at', 'revision']"
    assert rows(old_shop, f"SELECT to_jsonb(b) - {added} FROM bookings b ORDER BY id") == before
    assert rows(old_shop, "SELECT DISTINCT revision, confirm_by, asked_at, confirmed_at FROM bookings") == [
        (0, None, None, None)
    ]
    assert rows(old_shop, "SELECT kind, status, slot_offer_id FROM notifications") == [
        ("client_confirmed", "pending", None)
    ]


def test_constraints_are_validated_and_in_force_afterwards(old_shop: DatabaseWrapper) -> None:
    migrate("bookings", AFTER)
    ours = "conrelid::regclass::text IN ('bookings', 'services', 'slot_offers', 'waitlist_entries', 'notifications')"
    assert rows(old_shop, f"SELECT conname FROM pg_constraint WHERE NOT convalidated AND {ours}") == []
    assert rows(old_shop, "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid") == []
    for statement, constraint in (
        ("UPDATE bookings SET status = 'confirmed' WHERE id = 52", "bookings_status_moves"),
        ("UPDATE bookings SET confirmed_at = now() WHERE id = 51", "bookings_confirmed_when_asked"),
        ("UPDATE bookings SET cancel_reason = ' ' WHERE id = 53", "bookings_staff_cancel_with_reason"),
        ("UPDATE bookings SET cancelled_by = 'robot' WHERE id = 53", "bookings_cancelled_by_somebody"),
        ("UPDATE services SET id = 2147483648 WHERE id = 31", "services_id_fits_buttons"),
    ):
        with pytest.raises(IntegrityError) as caught:
            write(old_shop, statement)
        assert isinstance(caught.value.__cause__, psycopg.Error)
        assert caught.value.__cause__.diag.constraint_name == constraint


def test_cancelled_by_nobody_known_stops_the_check_of_the_whole_table(old_shop: DatabaseWrapper) -> None:
    """0003 adds the constraints without a look at the rows, 0004 looks: what was broken before comes to light there."""
    write(old_shop, "ALTER TABLE bookings DROP CONSTRAINT bookings_cancelled_by_somebody")
    write(old_shop, "UPDATE bookings SET cancelled_by = 'robot', cancel_reason = 'x' WHERE id = 53")
    write(
        old_shop,
        "ALTER TABLE bookings ADD CONSTRAINT bookings_cancelled_by_somebody CHECK (cancelled_by <> 'x') NOT VALID",
    )
    migrate("bookings", "0003_slot_offers")
    with pytest.raises(IntegrityError):
        migrate("bookings", AFTER)


def test_way_back_restores_what_was_but_for_the_holds(old_shop: DatabaseWrapper) -> None:
    cancelled = rows(old_shop, CANCELLED)
    migrate("bookings", AFTER)
    migrate("bookings", BEFORE)
    assert rows(old_shop, OLD_WAITS) == [
        (61, "waiting", 31, None),
        (62, "given_up", 32, None),
        (63, "waiting", 31, None),
        (64, "given_up", 32, None),
        (65, "taken", 32, None),
        (66, "waiting", 31, None),
    ]
    assert rows(old_shop, CANCELLED) == cancelled
    migrate("bookings", AFTER)
    assert rows(old_shop, f"{WAITS} WHERE e.status = 'waiting' ORDER BY 1") == [
        (61, "waiting", 31, 0),
        (63, "waiting", 31, 0),
        (66, "waiting", 31, 0),
    ]


def test_way_back_takes_along_what_was_written_since(old_shop: DatabaseWrapper) -> None:
    migrate("bookings", AFTER)
    write(old_shop, SINCE)
    migrate("bookings", BEFORE)
    assert rows(old_shop, f"{OLD_WAITS} DESC LIMIT 1") == [(67, "waiting", 31, None)]
    assert rows(old_shop, BLOCKS) == [(41, "booking"), (43, "time_off")]
    assert rows(old_shop, f"{CANCELLED} DESC LIMIT 1") == [(54, "admin", "not confirmed")]
    assert rows(old_shop, "SELECT kind, status, last_error FROM notifications ORDER BY id") == [
        ("client_confirmed", "pending", ""),
        ("client_moved", "skipped", "rolled_back"),
    ]
    migrate("bookings", AFTER)
    assert rows(old_shop, "SELECT count(*) FROM slot_offers") == [(0,)]

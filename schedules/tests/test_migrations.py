"""Masters' weeks and lunches through the migration to rotas, with rows there, and back."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.backends.postgresql.base import DatabaseWrapper
from pytest_django import DjangoDbBlocker

from observability.tests.scratch import migrate, scratch_database

BEFORE, AFTER = "0002_block_bounds", "0004_shifts_of_rotas"
LONG_AGO, MONDAY = dt.date(2000, 1, 1), dt.date(2026, 3, 2)
# A plain week with the usual lunch, two on two off with an early one, and somebody without lunch or shifts.
MASTERS: list[tuple[Any, ...]] = [
    ("Борис", 7, MONDAY, dt.time(13), dt.time(14)),
    ("Глеб", 4, dt.date(2025, 1, 1), dt.time(12), dt.time(12, 30)),
    ("Дарья", 56, MONDAY, None, None),
]
SHIFTS: list[tuple[Any, ...]] = [
    ("Борис", 0, dt.time(10), dt.time(20)),
    ("Борис", 4, dt.time(9), dt.time(13)),
    ("Борис", 4, dt.time(14), dt.time(18, 30)),
    ("Глеб", 0, dt.time(9), dt.time(21)),
    ("Глеб", 1, dt.time(9, 0, 30), dt.time(21)),  # seconds were never forbidden
]
OLD_MASTERS = "SELECT name, cycle_days, cycle_anchor, lunch_starts, lunch_ends FROM masters ORDER BY id"
OLD_SHIFTS = """
    SELECT name, cycle_day, starts, ends FROM shifts JOIN masters ON masters.id = master_id ORDER BY shifts.id
"""
NEW_ROTAS = """
    SELECT name, from_day, one_day, cycle_days, cycle_anchor
      FROM rotas JOIN masters ON masters.id = master_id ORDER BY masters.id, from_day
"""
NEW_SHIFTS = """
    SELECT name, cycle_day, starts, ends
      FROM shifts JOIN rotas ON rotas.id = rota_id JOIN masters ON masters.id = rotas.master_id ORDER BY shifts.id
"""
NEW_LUNCHES = """
    SELECT name, from_day, one_day, starts, ends
      FROM lunches JOIN masters ON masters.id = master_id ORDER BY masters.id, from_day
"""


@pytest.fixture
def old_shop(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[DatabaseWrapper]:
    """The shop as it was before rotas, with masters at work and a block."""
    with django_db_blocker.unblock(), scratch_database() as database:
        migrate("schedules", BEFORE)
        with database.cursor() as cursor:
            for name, *fields in MASTERS:
                cursor.execute(
                    "WITH person AS (INSERT INTO users (password, is_superuser, name, phone, role, language,"
                    " is_active, created_at) VALUES ('!', false, '', '', 'master', 'ru', true, now()) RETURNING id)"
                    " INSERT INTO masters"
                    " (user_id, name, is_active, cycle_days, cycle_anchor, lunch_starts, lunch_ends)"
                    " SELECT id, %s, true, %s, %s, %s, %s FROM person",
                    [name, *fields],
                )
            for shift in SHIFTS:
                cursor.execute(
                    "INSERT INTO shifts (master_id, cycle_day, starts, ends)"
                    " VALUES ((SELECT id FROM masters WHERE name = %s), %s, %s, %s)",
                    shift,
                )
            cursor.execute(
                "INSERT INTO availability_blocks (master_id, kind, during)"
                " SELECT id, 'time_off', tstzrange('2026-03-03 07:00+00', '2026-03-03 08:00+00') FROM masters LIMIT 1"
            )
        yield database


def rows(database: DatabaseWrapper, query: str) -> list[tuple[Any, ...]]:
    with database.cursor() as cursor:
        cursor.execute(query)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def test_weeks_and_lunches_become_rotas_and_lunches_in_force_since_long_ago(old_shop: DatabaseWrapper) -> None:
    migrate("schedules", AFTER)
    assert rows(old_shop, NEW_ROTAS) == [
        ("Борис", LONG_AGO, False, 7, MONDAY),
        ("Глеб", LONG_AGO, False, 4, dt.date(2025, 1, 1)),
        ("Дарья", LONG_AGO, False, 56, MONDAY),
    ]
    assert rows(old_shop, NEW_SHIFTS) == SHIFTS
    # The usual lunch needs no row.
    assert rows(old_shop, NEW_LUNCHES) == [
        ("Глеб", LONG_AGO, False, dt.time(12), dt.time(12, 30)),
        ("Дарья", LONG_AGO, False, None, None),
    ]
    assert rows(old_shop, "SELECT kind, reason FROM availability_blocks") == [("time_off", "")]
    assert rows(old_shop, "SELECT DISTINCT generation FROM masters") == [(0,)]


def test_way_back_restores_what_was(old_shop: DatabaseWrapper) -> None:
    migrate("schedules", AFTER)
    migrate("schedules", BEFORE)
    assert rows(old_shop, OLD_MASTERS) == MASTERS
    assert rows(old_shop, OLD_SHIFTS) == SHIFTS
    migrate("schedules", AFTER)
    assert rows(old_shop, NEW_SHIFTS) == SHIFTS


def test_way_back_keeps_what_is_in_force_and_drops_exceptions_and_plans(old_shop: DatabaseWrapper) -> None:
    migrate("schedules", AFTER)
    with old_shop.cursor() as cursor:
        cursor.execute(
            """
            WITH rota AS (
                INSERT INTO rotas (master_id, from_day, one_day, cycle_days, cycle_anchor)
                SELECT id, day::date, one_day, days, day::date FROM masters,
                       (VALUES ('2001-01-01', false, 2), ('2002-01-01', true, 1), ('2999-01-01', false, 3))
                       AS made (day, one_day, days)
                 WHERE name = 'Борис' RETURNING id, cycle_days
            )
            INSERT INTO shifts (rota_id, cycle_day, starts, ends)
            SELECT id, cycle_days - 1, '11:00', '12:00' FROM rota;
            INSERT INTO lunches (master_id, from_day, one_day, starts, ends)
            SELECT id, day::date, one_day, from_time::time, '16:00' FROM masters,
                   (VALUES ('2001-01-01', false, '15:00'), ('2002-01-01', true, '15:30'),
                           ('2999-01-01', false, '15:45'))
                   AS made (day, one_day, from_time)
             WHERE name = 'Борис';
            """
        )
    migrate("schedules", BEFORE)
    boris = ("Борис", 2, dt.date(2001, 1, 1), dt.time(15), dt.time(16))
    assert rows(old_shop, OLD_MASTERS) == [boris, *MASTERS[1:]]
    kept = [shift for shift in SHIFTS if shift[0] != "Борис"]
    assert rows(old_shop, OLD_SHIFTS) == [*kept, ("Борис", 1, dt.time(11), dt.time(12))]


def test_master_made_since_is_taken_back_with_the_usual_lunch_and_without_shifts(old_shop: DatabaseWrapper) -> None:
    migrate("schedules", AFTER)
    with old_shop.cursor() as cursor:
        cursor.execute("DELETE FROM shifts; DELETE FROM rotas; DELETE FROM lunches")
    migrate("schedules", BEFORE)
    found = rows(old_shop, OLD_MASTERS)
    assert [(name, days, starts, ends) for name, days, _, starts, ends in found] == [
        (name, 7, dt.time(13), dt.time(14)) for name, *_ in MASTERS
    ]
    assert all(anchor.weekday() == 0 for _, _, anchor, *_ in found)
    assert rows(old_shop, OLD_SHIFTS) == []

"""What a slice of bookings has left in the database: all of it, once, and no deadlock on the way."""

from typing import Any

import psycopg
from psycopg import sql

from benchmarks.errors import WrongResult

# Rows of each table for one booking.
ROWS = {
    "bookings": 1,
    "availability_blocks": 1,
    "booking_services": 1,
    "audit_events": 1,
    "notifications": 2,
    "procrastinate_jobs": 2,
}
_WHOLE = """
    SELECT count(*) FROM bookings
      JOIN availability_blocks ON availability_blocks.id = block_id
      JOIN booking_services ON booking_services.booking_id = bookings.id
      JOIN audit_events ON object_type = 'booking' AND object_id = bookings.id AND action = 'booking_created'
     WHERE bookings.id > %s
"""
_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


class Ledger:
    """Counts what was added since it was opened."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection
        self._last = {table: self._number("SELECT coalesce(max(id), 0) FROM {}", table) for table in ROWS}

    def check(self, committed: int) -> None:
        """WrongResult unless there are just so many bookings more, each whole, and never was a deadlock."""
        expected = {table: rows * committed for table, rows in ROWS.items()}
        found = {
            table: self._number("SELECT count(*) FROM {} WHERE id > %s", table, last)
            for table, last in self._last.items()
        }
        if found != expected:
            raise WrongResult(f"{committed} commits left {found}, not {expected}.")
        if self._number(_WHOLE, "", self._last["bookings"]) != committed:
            raise WrongResult("A booking lacks its block, its line or its audit row.")
        if deadlocks := self._number(_DEADLOCKS):
            raise WrongResult(f"{deadlocks} deadlocks.")

    def _number(self, query: str, table: str = "", *values: int) -> int:
        row = self._connection.execute(sql.SQL(query).format(sql.Identifier(table or "-")), values).fetchone()
        return int(row[0]) if row else 0

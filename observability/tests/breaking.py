"""For tests that break on purpose what the database refuses to break."""

import datetime as dt

from django.db import connection

from observability.integrity import violations


def drop_constraints(table: str, *names: str) -> None:
    """Constraints and unique indexes of a table, gone until the test's transaction is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks outstanding can't be altered
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        for name in names:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
            cursor.execute(f"DROP INDEX IF EXISTS {name}")


def found(*, now: dt.datetime) -> dict[str, int]:
    """The kinds of which there is anything, and how many."""
    return {kind: number for kind, number in violations(now=now).items() if number}

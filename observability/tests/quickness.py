"""What makes the tests' database quick: it fears no power cut, and is emptied in milliseconds."""

from contextlib import AbstractContextManager, suppress
from functools import cache
from unittest.mock import patch

from django.db import ProgrammingError, connection, connections, transaction
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test import TransactionTestCase

# What the migrations have filled; no test writes there.
KEPT = {"django_migrations", "django_content_type", "auth_permission"}
# The keys between the queue's tables are checked at once: children come first. Ours are checked at the commit.
QUEUE = ("procrastinate_periodic_defers", "procrastinate_events", "procrastinate_jobs", "procrastinate_workers")
# It refuses DELETE, and TRUNCATE too until `hurry`.
APPEND_ONLY = "audit_events"


def hurry() -> None:
    """For this test database alone: commits don't wait for the disk, deadlocks are found after a tenth of a second."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        cursor.execute(f"ALTER TABLE {APPEND_ONLY} DISABLE TRIGGER audit_events_no_truncate")
        with suppress(ProgrammingError):  # a superuser's to say; without it the tests of deadlocks only take longer
            cursor.execute(f"ALTER DATABASE {name} SET deadlock_timeout = '100ms'")
    connection.close()
    tests = connections["default"]
    assert isinstance(tests, DatabaseWrapper)
    tests.close_pool()  # what is open already goes by the old values


def emptying_quickly() -> AbstractContextManager[object]:
    """Have transactional tests end with `empty_tables` in place of Django's `flush`, which makes every file anew."""
    return patch.object(TransactionTestCase, "_fixture_teardown", lambda _case: empty_tables())


def empty_tables() -> None:
    """Delete every row that a test may have written, the queue's too; whoever still writes is waited for."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_emptying())


@cache
def _emptying() -> str:
    tables = set(connection.introspection.table_names()) - KEPT
    ours = sorted(tables.difference(QUEUE) - {APPEND_ONLY})
    return ";\n".join(
        [
            f"LOCK TABLE {', '.join(sorted(tables))} IN SHARE ROW EXCLUSIVE MODE",
            f"TRUNCATE {APPEND_ONLY}",
            *(f"DELETE FROM {table}" for table in (*QUEUE, *ours)),
        ]
    )

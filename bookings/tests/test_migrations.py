"""The whole graph of migrations on a database of its own: forward, back, forward, with no more rights than needed."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from pytest_django import DjangoDbBlocker

from observability.tests.scratch import migrate, scratch_database

OURS = ("observability", "accounts", "schedules", "bookings")


@pytest.fixture
def scratch(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[DatabaseWrapper]:
    """An empty database whose owner may do nothing on the server but own it."""
    with django_db_blocker.unblock(), scratch_database() as wrapper:
        yield wrapper


def schema(database: DatabaseWrapper) -> dict[str, list[tuple[Any, ...]]]:
    """Columns, constraints, indexes, triggers and functions, by their definitions."""
    queries = {
        "columns": "SELECT table_name, column_name, data_type, is_nullable, column_default, generation_expression"
        " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2",
        "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2",
        "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
        "triggers": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2",
        "functions": "SELECT proname, pg_get_functiondef(oid) FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' ORDER BY 1, 2",
    }
    with database.cursor() as cursor:
        found = {}
        for name, query in queries.items():
            cursor.execute(query)
            found[name] = cursor.fetchall()
    return found


def test_migrations_run_forward_back_and_forward_again_for_an_owner_without_any_other_right(
    scratch: DatabaseWrapper,
) -> None:
    migrate()
    with scratch.cursor() as cursor:
        cursor.execute("SELECT rolsuper OR rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)
        cursor.execute("SELECT extname FROM pg_extension")
        assert cursor.fetchall() == [("plpgsql",)]  # every PostgreSQL comes with it
    once = schema(scratch)

    for app in ("admin", *reversed(OURS)):  # admin's log points at our users
        migrate(app, "zero")
    ours = {model._meta.db_table for app in OURS for model in apps.get_app_config(app).get_models()}
    assert len(ours) >= 14
    assert not ours & set(scratch.introspection.table_names())
    assert "audit_events_refuse_change" not in {name for name, _ in schema(scratch)["functions"]}

    migrate()
    assert schema(scratch) == once


@pytest.mark.django_db
def test_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db
def test_no_migration_is_left_to_run_in_the_test_database() -> None:
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []
    assert {app for app, _ in executor.loader.applied_migrations} >= set(OURS)


@pytest.mark.parametrize("app", OURS)
def test_no_migration_wants_an_extension(app: str) -> None:
    files = sorted(Path(settings.BASE_DIR, app, "migrations").glob("0*.py"))
    assert files
    for file in files:
        assert not re.search(r"create\s+extension|BtreeGistExtension|CreateExtension", file.read_text(), re.IGNORECASE)

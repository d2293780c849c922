"""Whether the process answers, and whether it can do its work."""

import psycopg
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from psycopg_pool import PoolTimeout

_READY_TIMEOUT_MS = 1000


def live(_request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "ok"})


def ready(_request: HttpRequest) -> HttpResponse:
    """200 when the database answers and is migrated, else 503 and which part is at fault."""
    part = unready_part()
    if part:
        return JsonResponse({"status": "unavailable", "part": part}, status=503)
    return JsonResponse({"status": "ok"})


def unready_part() -> str | None:
    """The part that keeps this process from working: database, migrations, or none."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {_READY_TIMEOUT_MS}")
            try:
                pending = has_pending_migrations()
            finally:
                cursor.execute("RESET statement_timeout")
    except (DatabaseError, psycopg.Error, PoolTimeout):
        return "database"
    return "migrations" if pending else None


def has_pending_migrations() -> bool:
    """Whether the code knows a migration that the database has not seen."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))

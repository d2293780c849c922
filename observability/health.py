"""Whether the process answers, and whether it can do its work."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from psycopg_pool import PoolTimeout

READY_SECONDS = 1.0

# Asked in a thread, because a pool waits ten seconds for a server that is away; two, so that one can hang.
_askers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="ready")


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
    """The part that keeps this process from working: database, migrations, or none; known within READY_SECONDS."""
    try:
        pending = _askers.submit(_ask).result(timeout=READY_SECONDS)
    except (DatabaseError, psycopg.Error, PoolTimeout, TimeoutError):
        return "database"
    return "migrations" if pending else None


def _ask() -> bool:
    """Whether migrations are pending, by a connection that is given back."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {int(READY_SECONDS * 1000)}")
            try:
                return has_pending_migrations()
            finally:
                cursor.execute("RESET statement_timeout")
    finally:
        connections.close_all()


def has_pending_migrations() -> bool:
    """Whether the code knows a migration that the database has not seen."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))

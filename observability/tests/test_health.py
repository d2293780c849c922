"""Whether the process answers, and whether it can work."""

import copy
import socket
import threading
from collections.abc import Iterator
from unittest.mock import MagicMock

import pytest
from django.db import connection
from django.db.backends.postgresql.base import DatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from observability import health

UUID_HEX = 32


@pytest.fixture
def dead_database(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[None]:
    """A pool whose server is nobody: it keeps the caller waiting for longer than a probe may take."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused at once, and nobody else's meanwhile
        config = copy.deepcopy(connection.settings_dict)
        config |= {"HOST": "127.0.0.1", "PORT": str(taken.getsockname()[1])}
        wrapper = DatabaseWrapper(config, "dead")
        monkeypatch.setattr(health, "connection", wrapper)
        yield
        wrapper.close_pool()


def test_liveness_answers_without_the_database(client: Client) -> None:
    response = client.get("/health/live")  # this test has no database to ask: pytest-django would fail it
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(transaction=True)
def test_readiness_is_ok_on_a_migrated_database(client: Client) -> None:
    response = client.get("/health/ready")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db(transaction=True)
def test_readiness_fails_on_a_pending_migration_and_says_so(client: Client) -> None:
    applied = MigrationRecorder(connection)
    [last] = MigrationLoader(connection).graph.leaf_nodes("bookings")
    applied.record_unapplied(*last)
    try:
        response = client.get("/health/ready")
    finally:
        applied.record_applied(*last)
    assert (response.status_code, response.json()) == (503, {"status": "unavailable", "part": "migrations"})


def test_readiness_fails_on_a_dead_database_and_says_so(client: Client, dead_database: None) -> None:
    response = client.get("/health/ready")
    assert (response.status_code, response.json()) == (503, {"status": "unavailable", "part": "database"})


def test_readiness_does_not_wait_for_a_database_that_hangs(
    client: Client, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    never = threading.Event()
    request.addfinalizer(never.set)
    monkeypatch.setattr(health, "has_pending_migrations", never.wait)
    monkeypatch.setattr(health, "connection", MagicMock())
    monkeypatch.setattr(health, "READY_SECONDS", 0.05)
    response = client.get("/health/ready")
    assert (response.status_code, response.json()) == (503, {"status": "unavailable", "part": "database"})
    assert not never.is_set()


def test_liveness_does_not_mind_a_dead_database(client: Client, dead_database: None) -> None:
    assert client.get("/health/live").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_probes_answer_on_any_host_and_over_plain_http(client: Client, path: str, settings: object) -> None:
    settings.ALLOWED_HOSTS = ["barbershop.example"]  # type: ignore[attr-defined] # pytest-django's wrapper
    settings.SECURE_SSL_REDIRECT = True  # type: ignore[attr-defined] # pytest-django's wrapper
    assert client.get(path, headers={"host": "10.0.0.7:8000"}).status_code == 200


def test_requests_id_comes_back_when_it_is_well_formed(client: Client) -> None:
    assert client.get("/health/live", headers={"x-request-id": "abc-12345"})["X-Request-ID"] == "abc-12345"


@pytest.mark.parametrize("candidate", ["short", "x" * 65, "a b c d e f g h"])
def test_requests_id_is_replaced_when_it_is_not(client: Client, candidate: str) -> None:
    answered = client.get("/health/live", headers={"x-request-id": candidate})["X-Request-ID"]
    assert answered != candidate
    assert len(answered) == UUID_HEX

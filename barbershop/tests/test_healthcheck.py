"""What the containers' health checks (deploy/healthcheck.py) take for a living process."""

import importlib.util
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import ModuleType
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from barbershop import lease
from barbershop.deploy_check import BASE_DIR


@pytest.fixture
def healthcheck() -> ModuleType:
    spec = importlib.util.spec_from_file_location("healthcheck", BASE_DIR / "deploy" / "healthcheck.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def conninfo(transactional_db: None) -> Iterator[str]:
    """The test database, with a session in it that has just said something, as a living process has."""
    params = lease.connection_params()
    info = make_conninfo("", **{name: str(value) for name, value in params.items() if isinstance(value, str | int)})
    with psycopg.connect(info, autocommit=True) as alive:
        alive.execute("SELECT 1")
        yield info


def beat(conninfo: str, *, seconds_ago: int) -> None:
    with psycopg.connect(conninfo, autocommit=True) as link:
        link.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - make_interval(secs => %s))",
            [seconds_ago],
        )


def test_bot_is_healthy_while_the_lease_is_held(healthcheck: ModuleType, conninfo: str) -> None:
    assert healthcheck.process_problem("bot", conninfo) == "nobody has the bot's lease"

    with psycopg.connect(conninfo, autocommit=True) as bot:
        bot.execute("SELECT pg_advisory_lock(%s)", [lease.BOT_LOCK])
        assert healthcheck.process_problem("bot", conninfo) is None


def test_worker_is_healthy_while_it_beats(healthcheck: ModuleType, conninfo: str) -> None:
    beat(conninfo, seconds_ago=healthcheck.SILENT_SECONDS + 5)
    assert healthcheck.process_problem("worker", conninfo) == "no worker's heartbeat is fresh"

    beat(conninfo, seconds_ago=1)
    assert healthcheck.process_problem("worker", conninfo) is None


@pytest.mark.parametrize("process", ["bot", "worker"])
def test_process_that_the_database_has_not_heard_of_is_unhealthy(
    healthcheck: ModuleType, conninfo: str, monkeypatch: pytest.MonkeyPatch, process: str
) -> None:
    monkeypatch.setattr(healthcheck, "SILENT_SECONDS", 0)

    problem = healthcheck.process_problem(process, conninfo)

    assert problem == f"the database has not heard from this {process}"


def test_lost_database_is_unhealthy_and_its_address_stays_unsaid(
    healthcheck: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://barbershop:hush@127.0.0.1:1/barbershop")
    monkeypatch.delenv("DATABASE_URL_FILE", raising=False)

    assert healthcheck.main("worker") == 1
    assert capsys.readouterr().out == "OperationalError\n"


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_web_is_healthy_when_it_is_ready(healthcheck: ModuleType, status: int, *, healthy: bool) -> None:
    asked: list[str] = []

    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's own name
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Ready) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        problem = healthcheck.web_problem(port=server.server_port)

    assert (problem is None) is healthy
    assert asked == ["/health/ready"]


def test_healthcheck_watches_the_lock_that_the_bot_takes(healthcheck: ModuleType) -> None:
    assert healthcheck.BOT_LOCK == lease.BOT_LOCK

"""Everything that runs on the embedded PostgreSQL also runs on a server that DATABASE_URL names: here, the system's."""

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from barbershop.embedded_postgres.account import Account, server_account

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
SECONDS = 60
CORE = ["accounts", "schedules", "bookings/tests/test_create_booking.py", "bookings/tests/test_migrations.py"]
WHOLE = [
    *CORE,
    "bookings",
    "observability",
    "benchmarks",
    "barbershop/tests/test_bot.py",
    "barbershop/tests/test_smoke.py",
]


@pytest.fixture
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster of the newest installed PostgreSQL, over TCP on loopback and with a password."""
    if not PROGRAMS:
        pytest.skip("no PostgreSQL server of the system's own in /usr/lib/postgresql")
    programs = PROGRAMS[-1].parent
    folder = tmp_path_factory.mktemp("cluster")
    account = server_account(data_dir=folder, programs=programs / "postgres")
    password = secrets.token_urlsafe(16)
    (folder / "password").write_text(password)
    for path in (folder, folder / "password"):
        os.chown(path, account.uid, account.gid)
    run(account, folder, programs / "initdb", "-D", "data", "-U", "shop", "-A", "scram-sha-256", "--pwfile=password",
        "--encoding=UTF8", "--locale=C.UTF-8")  # fmt: skip
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories="
    run(account, folder, programs / "pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")
    try:
        yield f"postgres://shop:{password}@127.0.0.1:{port}/postgres"
    finally:
        run(account, folder, programs / "pg_ctl", "-D", "data", "-m", "fast", "stop")


def run(account: Account, folder: Path, *argv: object) -> None:
    done = account.run(argv, cwd=folder, timeout=SECONDS)
    assert done.returncode == 0, done.stdout


def test_the_suite_passes_on_the_systems_postgresql(server_url: str) -> None:
    paths = CORE if os.environ.get("QUICK") else WHOLE
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", *paths],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": server_url, "DEBUG": "on"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert " passed" in done.stdout

"""`manage.py sandbox`: starts for development only, on loopback only."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from barbershop.tests.sandbox.conftest import TOKEN

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def development(settings: LazySettings) -> None:
    settings.DEBUG = True
    settings.TELEGRAM_BOT_TOKEN = TOKEN


def refusal(**options: object) -> str:
    with pytest.raises(CommandError) as refused:
        call_command("sandbox", **options)
    assert refused.value.returncode == 2
    return str(refused.value)


def test_it_refuses_to_start_without_debug(settings: LazySettings) -> None:
    settings.DEBUG = False
    assert "DEBUG" in refusal()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.2", "example.com"])
def test_it_refuses_any_other_host_than_loopback(host: str) -> None:
    assert "loopback" in refusal(host=host)
    assert "loopback" in refusal(host=host, for_smoke=True)


def test_it_refuses_to_start_without_a_token(settings: LazySettings) -> None:
    settings.TELEGRAM_BOT_TOKEN = ""
    assert "TELEGRAM_BOT_TOKEN" in refusal()


def test_a_taken_port_is_named_with_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        message = refusal(port=port)
    assert str(port) in message
    assert "--port" in message


@pytest.mark.parametrize("smoke", [False, True])
def test_it_serves_until_it_is_told_to_stop(smoke: bool) -> None:
    """The way `smoke` starts it, it runs without DEBUG too."""
    environment = {
        **os.environ,
        "DEBUG": "false" if smoke else "true",
        "SECRET_KEY": "k" * 50,
        "ALLOWED_HOSTS": "localhost",
        "DATABASE_URL": "postgres://nobody@localhost:1/none",
        "TELEGRAM_BOT_TOKEN": TOKEN,
    }
    command = [sys.executable, "manage.py", "sandbox", "--port", "0", *(["--for-smoke"] if smoke else [])]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        announced = process.stdout.readline() + process.stdout.readline()
        url = announced.split("TELEGRAM_API_BASE=")[1].strip()
        with urllib.request.urlopen(f"{url}/control/people", timeout=5) as response:
            assert response.status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "x" * 35 not in announced + output + errors

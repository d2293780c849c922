"""A process's own metrics: for who has the token, over real HTTP."""

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import pytest

from observability.metrics import RBAC_DENIALS, start_at_zero
from observability.metrics_server import exposed

TOKEN = "m" * 32


@pytest.fixture
def port(settings: Any) -> Iterator[int]:
    settings.METRICS_TOKEN, settings.METRICS_ADDR = TOKEN, "127.0.0.1"
    with socket.create_server(("127.0.0.1", 0)) as free:
        number: int = free.getsockname()[1]
    with exposed(number):
        yield number


def ask(port: int, path: str = "/metrics", **headers: str) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_who_has_the_token_reads_every_series_from_zero_on(port: int) -> None:
    start_at_zero(RBAC_DENIALS, command=["a_command_of_this_test"])
    status, text = ask(port, Authorization=f"Bearer {TOKEN}")
    assert status == 200
    assert 'barbershop_rbac_denials_total{command="a_command_of_this_test"} 0.0' in text


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}])
def test_without_the_token_nothing_is_told_and_it_is_logged(
    port: int, header: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    status, text = ask(port, **header)
    assert (status, text) == (401, "unauthorized\n")
    assert [getattr(record, "event", "") for record in caplog.records] == ["metrics_denied"]
    assert TOKEN not in json.dumps([vars(record) for record in caplog.records], default=str)


def test_no_token_configured_opens_nothing(port: int, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert ask(port, Authorization="Bearer ")[0] == 401


def test_other_paths_are_not_there(port: int) -> None:
    assert ask(port, "/", Authorization=f"Bearer {TOKEN}")[0] == 404


def test_a_port_that_is_taken_is_an_error(port: int) -> None:
    with pytest.raises(OSError, match="in use"), exposed(port):
        pass


def test_port_zero_exposes_nothing() -> None:
    with exposed(0):
        pass

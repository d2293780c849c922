"""The quick run, and what an interrupted one leaves behind."""

import json
import shutil
import signal
import subprocess
import sys

import pytest

from benchmarks import server
from benchmarks.report import GATES

pytestmark = pytest.mark.timeout(240)  # shops are opened and filled, on a busy machine


def start() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks", "--quick"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def scratch_databases_of(process: subprocess.Popen[str]) -> list[str]:
    with server.connect() as connection:
        rows = connection.execute("SELECT datname FROM pg_database").fetchall()
    return [name for (name,) in rows if name.startswith(f"barbershop_bench_{process.pid}_")]


def test_quick_run_is_correct_on_both_sides_and_ends_with_one_json_object() -> None:
    process = start()
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    *table, last = output.splitlines()
    result = json.loads(last)
    assert result["ok"] is True
    has_redis = shutil.which("redis-server")
    measured = [gate for gate in GATES if has_redis or "redis" not in gate.name]
    assert list(result["ratios"]) == [gate.name for gate in measured]
    for gate in measured:
        ratio = result["ratios"][gate.name]
        assert ratio["value"] > 0
        assert ratio["limit"] == gate.limit
        assert ratio["ok"] is None  # too short to be judged
        assert any(line.startswith(gate.name) for line in table)
    assert not scratch_databases_of(process)


@pytest.mark.parametrize("how", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.soak)])
def test_interrupted_run_leaves_no_database(how: signal.Signals) -> None:
    process = start()
    assert process.stderr is not None
    said = iter(process.stderr.readline, "")
    assert any("1,000 old bookings" in line for line in said)
    assert scratch_databases_of(process)
    process.send_signal(how)
    process.communicate()
    assert process.returncode != 0
    assert not scratch_databases_of(process)

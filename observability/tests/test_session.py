"""What the root conftest promises: named skips, failures under REQUIRE_ALL=1, soaks only on demand, an empty queue."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from procrastinate.contrib.django import app as job_app
from procrastinate.contrib.django.models import ProcrastinateJob

from observability.jobs import enqueue

SOME_TESTS = """
import pytest

@pytest.mark.redis
def test_with_redis(): pass

@pytest.mark.browser
def test_with_browser(): pass

@pytest.mark.soak
def test_storm(): pass

def test_plain(): pass
"""
# All others only take time to import.
NEEDED = ("pytest_asyncio.plugin", "pytest_timeout")
ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def run_pytest(folder: Path, *options: str, **environment: str) -> str:
    """Another session over the tests above, on a machine with no program on its PATH; its report."""
    (folder / "test_some.py").write_text(SOME_TESTS)
    plugins = ("conftest", "no:cacheprovider", *NEEDED)
    command = [sys.executable, "-m", "pytest", "-c", "pytest.ini", *(f"-p{name}" for name in plugins)]
    result = subprocess.run(
        [*command, "--rootdir", settings.BASE_DIR, *options, folder],
        cwd=settings.BASE_DIR,
        env={**os.environ, "PATH": str(folder), "DEBUG": "on", "REQUIRE_ALL": "", **ALONE, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return result.stdout + result.stderr


def test_test_that_needs_a_missing_program_is_skipped_by_name(tmp_path: Path) -> None:
    report = run_pytest(tmp_path)
    assert "1 passed, 2 skipped, 1 deselected" in report
    assert "Chromium is missing: `make system-packages` installs it." in report
    assert "redis-server is missing: `make system-packages` installs it." in report


def test_missing_program_is_a_failure_when_all_is_required(tmp_path: Path) -> None:
    report = run_pytest(tmp_path, REQUIRE_ALL="1")
    assert "1 passed, 1 deselected, 2 errors" in report
    assert "REQUIRE_ALL=1, but Chromium is missing" in report


def test_soaks_run_when_they_are_asked_for(tmp_path: Path) -> None:
    assert "1 passed, 3 deselected" in run_pytest(tmp_path, "-m", "soak")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_job_queue_is_empty_before_every_transactional_test(turn: int) -> None:
    with connection.cursor() as cursor:
        for table in ("jobs", "events", "periodic_defers", "workers"):
            cursor.execute(f"SELECT count(*) FROM procrastinate_{table}")
            assert cursor.fetchone() == (0,), table
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    task = next(iter(job_app.tasks.values()))
    with transaction.atomic():
        enqueue(task, [{"left": "behind"}])
    assert ProcrastinateJob.objects.count() == 1


@pytest.mark.django_db
def test_database_is_this_processs_own() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        (name,) = cursor.fetchone()
    assert name.startswith("test_")
    assert name.endswith(f"_{os.getpid()}")

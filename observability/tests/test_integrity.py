"""The registry of integrity queries, and the check at the end of every test."""

import datetime as dt
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from pytest_django import DjangoAssertNumQueries

from observability import integrity
from observability.integrity import broken, register, violations
from observability.tests.wholeness import assert_whole

# Of a session of their own: every way in which a test may end, and what each end is.
SOME_TESTS = """
import pytest
from accounts.models import User
from accounts.tests.factories import UserFactory
from observability.integrity import register

pytestmark = pytest.mark.django_db
register("disabled", "SELECT id FROM users WHERE NOT is_active")
register("noon", "SELECT 1 AS id WHERE %(now)s::timestamptz = '2026-03-02 12:00+03'")

def test_fails_because_it_breaks(): UserFactory.create(is_active=False)

def test_fails_because_of_its_now(now): pass

@pytest.mark.leaves_broken("disabled")
def test_passes_because_it_says_so(): UserFactory.create(is_active=False)

@pytest.mark.leaves_broken("disabled")
def test_fails_because_it_breaks_nothing(): UserFactory.create()

@pytest.mark.leaves_broken("disabled")
def test_fails_because_it_breaks_something_else(now): UserFactory.create(is_active=False)

@pytest.mark.django_db(transaction=True)
def test_fails_because_of_what_it_committed(): UserFactory.create(is_active=False)

def test_passes_after_all_that(): assert not User.objects.exists()

def test_passes_when_it_mends_what_it_broke(): UserFactory.create(is_active=False).delete()
"""
END = re.compile(r"^(PASSED|FAILED|ERROR) .*::(test_\w+)(?: - (.*))?$", re.MULTILINE)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """No kind is known but what the test registers."""
    queries: dict[str, str] = {}
    monkeypatch.setattr(integrity, "_queries", queries)
    return queries


@pytest.fixture
def three_broken(registry: dict[str, str]) -> None:
    register("fine", "SELECT 1 AS id WHERE false")
    register("three", "SELECT id, 'more' FROM (VALUES (30), (10), (20)) AS v (id)")


# --- The registry -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.leaves_broken("three")
def test_every_kind_is_counted_by_one_statement_also_when_nothing_is_broken(
    three_broken: None, now: dt.datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert violations(now=now) == {"fine": 0, "three": 3}


@pytest.mark.django_db
@pytest.mark.leaves_broken("three")
def test_broken_gives_the_lowest_ids_and_no_more_than_asked_for(three_broken: None, now: dt.datetime) -> None:
    assert broken("three", now=now) == [10, 20, 30]
    assert broken("three", now=now, limit=2) == [10, 20]
    assert broken("fine", now=now) == []


@pytest.mark.django_db
def test_query_may_ask_for_now(registry: dict[str, str], now: dt.datetime) -> None:
    register("after", "SELECT 7 AS id WHERE %(now)s::timestamptz > '2026-03-02 09:00+00' AND 'a%%b' LIKE 'a%%'")
    assert violations(now=now) == {"after": 0}
    assert violations(now=now + dt.timedelta(microseconds=1)) == {"after": 1}
    assert broken("after", now=now + dt.timedelta(microseconds=1)) == [7]


def test_without_a_kind_nothing_is_asked(registry: dict[str, str], now: dt.datetime) -> None:
    assert violations(now=now) == {}  # this test has no database to ask: pytest-django would fail it


def test_kind_is_registered_once(three_broken: None) -> None:
    with pytest.raises(ValueError, match="'fine' is taken"):
        register("fine", "SELECT 1")


@pytest.mark.parametrize("kind", ["", "Upper", "with space", "quo'te", "1st"])
def test_kind_is_a_lower_case_identifier(registry: dict[str, str], kind: str) -> None:
    with pytest.raises(ValueError, match="no lower-case identifier"):
        register(kind, "SELECT 1")
    assert registry == {}


def test_nobody_knows_what_is_broken_of_an_unknown_kind(registry: dict[str, str], now: dt.datetime) -> None:
    with pytest.raises(KeyError):
        broken("unheard_of", now=now)


@pytest.mark.django_db
def test_every_app_with_an_ops_module_is_found_when_django_starts(now: dt.datetime) -> None:
    assert {"overlapping_blocks", "bookings_without_block"} <= violations(now=now).keys()


# --- The check at the end of every test ---------------------------------------------------------------------------


def test_every_test_that_leaves_something_broken_fails_unless_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "test_some.py").write_text(SOME_TESTS)
    plugins = ("conftest", "no:cacheprovider", "pytest_asyncio.plugin", "pytest_django.plugin", "pytest_timeout")
    command = [sys.executable, "-m", "pytest", "-c", "pytest.ini", "-rA", *(f"-p{name}" for name in plugins)]
    result = subprocess.run(
        [*command, "--rootdir", settings.BASE_DIR, tmp_path],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DEBUG": "on", "COLUMNS": "300", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    ends = {name: (end, why) for end, name, why in END.findall(result.stdout)}
    assert len(ends) == 8, result.stdout + result.stderr
    assert {end for name, (end, _) in ends.items() if name.startswith("test_passes")} == {"PASSED"}
    assert {end for name, (end, _) in ends.items() if name.startswith("test_fails")} == {"FAILED"}
    for name, why in {
        "test_fails_because_it_breaks": r"leaves broken data behind: disabled \[\d+\]$",
        "test_fails_because_of_its_now": r"leaves broken data behind: noon \[1\]$",
        "test_fails_because_it_breaks_nothing": "nothing of this is: disabled$",
        "test_fails_because_it_breaks_something_else": r"leaves broken data behind: noon \[1\]$",
        "test_fails_because_of_what_it_committed": r"leaves broken data behind: disabled \[\d+\]$",
    }.items():
        assert re.search(why, ends[name][1]), (name, ends[name])


@pytest.mark.django_db
@pytest.mark.leaves_broken("three")
def test_check_names_kinds_and_ids(three_broken: None, now: dt.datetime) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"three \[10, 20, 30\]"):
        assert_whole(now=now)
    assert_whole(now=now, but_for={"three"})
    with pytest.raises(pytest.fail.Exception, match="nothing of this is: fine"):
        assert_whole(now=now, but_for={"three", "fine"})


@pytest.mark.django_db
def test_nothing_is_left_of_a_transaction_that_was_aborted(three_broken: None, now: dt.datetime) -> None:
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT no_such_column")
    assert_whole(now=now)


@pytest.mark.django_db
def test_nothing_is_left_of_a_transaction_that_will_be_rolled_back(three_broken: None, now: dt.datetime) -> None:
    transaction.set_rollback(True)
    assert_whole(now=now)


@pytest.mark.django_db
def test_nothing_is_left_of_a_transaction_whose_connection_is_gone(three_broken: None, now: dt.datetime) -> None:
    connection.close()
    assert_whole(now=now)


@pytest.mark.django_db(transaction=True)
@pytest.mark.leaves_broken("three")
def test_what_was_committed_is_checked_also_when_the_connection_is_killed(three_broken: None, now: dt.datetime) -> None:
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(pytest.fail.Exception, match="three"):
        assert_whole(now=now)

"""The test session: its settings, a database of its own, what a test may need, and the small cast of the tests."""

import datetime as dt
import os
import secrets
import shutil
from collections.abc import Generator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import django
import pytest

os.environ.setdefault("DEBUG", "on")
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "barbershop.settings")
django.setup()  # before the conftest files below, which import models

if TYPE_CHECKING:
    from accounts.models import User
    from bookings.models import Service
    from schedules.models import Master

# A Monday noon in Moscow, the shop's zone unless a test says otherwise.
NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)

# What a marked test needs beside Python, by its name and the programs that are it.
NEEDS = {
    "browser": ("Chromium", ("chromium", "chromium-browser", "google-chrome")),
    "redis": ("redis-server", ("redis-server",)),
}


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    if settings.EMBEDDED_POSTGRES:
        settings.EMBEDDED_POSTGRES.acquire()


def pytest_unconfigure(config: pytest.Config) -> None:
    from django.conf import settings

    if settings.EMBEDDED_POSTGRES:
        settings.EMBEDDED_POSTGRES.release()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long storms and drills run only when they are asked for, with `-m soak`; of several workers none ends with one.

    A test that may take longer than others is one that does, and begins before them.
    """
    if hasattr(config, "workerinput"):
        items.sort(key=_longest_allowed, reverse=True)
    if "soak" in (config.option.markexpr or ""):
        return
    soak = [item for item in items if item.get_closest_marker("soak")]
    if soak:
        config.hook.pytest_deselected(items=soak)
        items[:] = [item for item in items if item not in soak]


def _longest_allowed(item: pytest.Item) -> float:
    """The seconds that a test's own `timeout` gives it."""
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker else 0.0


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, by name, a test whose program is not installed; with REQUIRE_ALL=1 that is a failure."""
    for marker, (name, programs) in NEEDS.items():
        if item.get_closest_marker(marker) and not any(map(shutil.which, programs)):
            reason = f"{name} is missing: `make system-packages` installs it."
            if os.environ.get("REQUIRE_ALL") == "1":
                pytest.fail(f"REQUIRE_ALL=1, but {reason}", pytrace=False)
            pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test that passed on the database has left its data whole; before any fixture is torn down or rolled back."""
    result = yield
    names = set(getattr(item, "fixturenames", ()))
    if item.get_closest_marker("django_db") or names & {"db", "transactional_db"}:
        from django.utils import timezone

        from observability.tests.wholeness import assert_whole

        expected = {kind for mark in item.iter_markers("leaves_broken") for kind in mark.args}
        assert_whole(now=getattr(item, "funcargs", {}).get("now") or timezone.now(), but_for=expected)
    return result


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """A database per process, so that several sessions share one server: two checkouts, xdist, a colleague's run."""
    from django.db import connection

    name = f"{_test_database_prefix()}{os.getpid()}"
    connection.settings_dict.setdefault("TEST", {})["NAME"] = name


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database in a hurry, emptied between transactional tests."""
    from django.conf import settings

    from observability.tests.quickness import emptying_quickly, hurry

    with django_db_blocker.unblock():
        hurry()
        if settings.EMBEDDED_POSTGRES:
            _drop_databases_of_the_dead()
    with emptying_quickly():
        yield


def _test_database_prefix() -> str:
    from django.conf import settings

    return f"test_{settings.DATABASES['default']['NAME'].removeprefix('test_').rstrip('0123456789_')}_"


def _drop_databases_of_the_dead() -> None:
    """Databases of sessions that were killed before they could drop them."""
    from django.db import DatabaseError, connection

    prefix = _test_database_prefix()
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [f"^{prefix}[0-9]+$"])
        for (name,) in cursor.fetchall():
            try:
                os.kill(int(name.removeprefix(prefix)), 0)
            except ProcessLookupError:
                with suppress(DatabaseError):
                    cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            except PermissionError:
                continue


# --- The cast: two clients, two masters, an administrator, an outsider -------------------------------------------


@pytest.fixture
def now() -> dt.datetime:
    return NOW


@pytest.fixture
def anna(db: None) -> "User":
    """A client."""
    from accounts.tests.factories import UserFactory

    return UserFactory.create(name="Анна", telegram_id=1001)


@pytest.fixture
def viktor(db: None) -> "User":
    """Another client, who reads English."""
    from accounts.tests.factories import UserFactory

    return UserFactory.create(name="Viktor", telegram_id=1002, language="en")


@pytest.fixture
def outsider(db: None) -> "User":
    """Somebody with whom the booking at hand has nothing to do."""
    from accounts.tests.factories import UserFactory

    return UserFactory.create(name="Пётр", telegram_id=1003)


@pytest.fixture
def administrator(db: None) -> "User":
    """Staff with a password and no Telegram."""
    from accounts.tests.factories import UserFactory

    return UserFactory.create(name="Ирина", telegram_id=None, username="irina", role="admin")


@pytest.fixture
def haircut(db: None) -> "Service":
    """An hour, 1500 roubles, no buffer."""
    from bookings.tests.factories import ServiceFactory

    return ServiceFactory.create(name="Стрижка", name_en="Haircut", price=1500, duration_minutes=60)


@pytest.fixture
def boris(haircut: "Service") -> "Master":
    """A plain week, Monday to Friday from 10 to 20, lunch from 13 to 14; offers the haircut."""
    from bookings.tests.factories import OfferFactory
    from schedules.tests.factories import MasterFactory, add_shifts

    master = MasterFactory.create(name="Борис", user__telegram_id=2001)
    add_shifts(master, days=range(5), starts=dt.time(10), ends=dt.time(20))
    OfferFactory.create(master=master, service=haircut)
    return master


@pytest.fixture
def gleb(haircut: "Service") -> "Master":
    """Two on, two off, from 9 to 21, at work on the cast's Monday; offers the haircut."""
    from bookings.tests.factories import OfferFactory
    from schedules.tests.factories import MasterFactory, add_shifts

    master = MasterFactory.create(name="Глеб", user__telegram_id=2002)
    add_shifts(master, days=range(2), starts=dt.time(9), ends=dt.time(21), cycle_days=4)
    OfferFactory.create(master=master, service=haircut)
    return master

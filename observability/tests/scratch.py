"""A database of its own for tests of migrations, whose owner may do nothing on the server but own it."""

import copy
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper

ALIAS = "scratch"
Copies = Callable[[], AbstractContextManager[DatabaseWrapper]]


class Owner(NamedTuple):
    name: str
    password: str


@contextmanager
def scratch_database() -> Iterator[DatabaseWrapper]:
    """An empty database under ALIAS, for the length of the block."""
    with _owner() as owner, _database(owner) as name, _opened(owner, name) as wrapper:
        yield wrapper


@contextmanager
def prepared_database(prepare: Callable[[DatabaseWrapper], None]) -> Iterator[Copies]:
    """Prepares an empty database once; each copy of it is under ALIAS for the length of a block within this one."""

    @contextmanager
    def copied() -> Iterator[DatabaseWrapper]:
        with _database(owner, template=original) as name, _opened(owner, name) as wrapper:
            yield wrapper

    with _owner() as owner, _database(owner) as original:
        with _opened(owner, original) as wrapper:
            prepare(wrapper)
        yield copied


def migrate(*target: str) -> None:
    """Bring the scratch database to a migration, or to the last one of all."""
    call_command("migrate", *target, database=ALIAS, verbosity=0, interactive=False)


@contextmanager
def _owner() -> Iterator[Owner]:
    owner = Owner(f"scratch_{secrets.token_hex(6)}", secrets.token_hex(16))
    _execute(
        f"CREATE ROLE {owner.name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD '{owner.password}'",
        f"GRANT {owner.name} TO CURRENT_USER",
    )
    try:
        yield owner
    finally:
        _execute(f"DROP ROLE {owner.name}")


@contextmanager
def _database(owner: Owner, *, template: str = "template1") -> Iterator[str]:
    name = f"scratch_{secrets.token_hex(6)}"
    _execute(f"CREATE DATABASE {name} OWNER {owner.name} TEMPLATE {template}")
    try:
        yield name
    finally:
        _execute(f"DROP DATABASE {name}")


@contextmanager
def _opened(owner: Owner, name: str) -> Iterator[DatabaseWrapper]:
    config = copy.deepcopy(connection.settings_dict) | {"NAME": name, "USER": owner.name, "PASSWORD": owner.password}
    config["OPTIONS"].pop("pool")
    wrapper = DatabaseWrapper(config, ALIAS)
    connections.databases[ALIAS] = config
    connections[ALIAS] = wrapper
    try:
        yield wrapper
    finally:
        wrapper.close()
        del connections[ALIAS]
        del connections.databases[ALIAS]


def _execute(*statements: str) -> None:
    """On the tests' own connection, which belongs to no test here and is given back at once."""
    try:
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    finally:
        connection.close()

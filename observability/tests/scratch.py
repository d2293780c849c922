"""A database of its own for tests of migrations, whose owner may do nothing on the server but own it."""

import copy
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper

ALIAS = "scratch"


@contextmanager
def scratch_database() -> Iterator[DatabaseWrapper]:
    """An empty database under ALIAS, for the length of the block."""
    name = f"scratch_{secrets.token_hex(6)}"
    password = secrets.token_hex(16)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD '{password}'"
        )
        cursor.execute(f"GRANT {name} TO CURRENT_USER")
        cursor.execute(f"CREATE DATABASE {name} OWNER {name}")
    config = copy.deepcopy(connection.settings_dict) | {"NAME": name, "USER": name, "PASSWORD": password}
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
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name}")
            cursor.execute(f"DROP ROLE {name}")
        connection.close()


def migrate(*target: str) -> None:
    """Bring the scratch database to a migration, or to the last one of all."""
    call_command("migrate", *target, database=ALIAS, verbosity=0, interactive=False)

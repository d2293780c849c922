"""A database of one's own on the configured server, gone afterwards; only databases of this kind are ever dropped."""

import os
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import errors, sql

from barbershop.lease import connection_params
from barbershop.smoke.errors import CouldNotRun
from observability.redaction import redact

SCRATCH_NAME = re.compile(r"smoke_[0-9]+_[0-9a-f]{8}")
# A scratch database's owner keeps a session whose application name is the database's; no such session, no owner.
_STALE = """
    SELECT datname FROM pg_database
     WHERE datname LIKE 'smoke%' AND datdba = current_user::regrole
       AND datname NOT IN (SELECT application_name FROM pg_stat_activity WHERE application_name IS NOT NULL)
"""

Connection = psycopg.AsyncConnection[Any]


async def connect(name: str | None = None, *, owner_of: str = "") -> Connection:
    """An autocommit connection to the configured database, or to another one on its server."""
    params = connection_params() | ({"dbname": name} if name else {})
    return await psycopg.AsyncConnection.connect(**params | {"application_name": owner_of or "smoke"}, autocommit=True)


@asynccontextmanager
async def scratch_database() -> AsyncIterator[str]:
    """The name of a new, empty database, dropped at the end; stale ones of killed runs are dropped first.

    Raises CouldNotRun when the server is away or does not let this role create databases.
    """
    name = f"smoke_{os.getpid()}_{secrets.token_hex(4)}"
    try:
        owner = await connect(owner_of=name)
    except psycopg.Error as error:
        raise CouldNotRun(f"the database server can't be used: {redact(str(error))}") from None
    async with owner:
        await drop_stale(owner)
        try:
            await _create(owner, name)
            yield name
        finally:
            await _drop_surely(name)


async def drop_stale(link: Connection) -> list[str]:
    """Drop the scratch databases whose owner is gone; their names."""
    cursor = await link.execute(_STALE)
    stale = [name for (name,) in await cursor.fetchall() if SCRATCH_NAME.fullmatch(name)]
    for name in stale:
        await _drop(link, name)
    return stale


async def _create(owner: Connection, name: str) -> None:
    create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name))
    try:
        await owner.execute(create)
    except errors.InsufficientPrivilege:
        raise CouldNotRun("this role may not create databases: ALTER ROLE ... CREATEDB") from None


async def _drop(link: Connection, name: str) -> None:
    if not SCRATCH_NAME.fullmatch(name):
        raise ValueError("not a scratch database")
    await link.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


async def _drop_surely(name: str) -> None:
    """On a fresh connection: the owner's own may be broken or in the middle of something."""
    async with await connect() as link:
        await _drop(link, name)

"""The right to be the one bot: a PostgreSQL advisory lock on a connection that also hears of new updates."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from accounts.inbox import CHANNEL
from observability.events import emit

BOT_LOCK = 7_265_001
_RETRY_SECONDS = 1.0


def connection_params() -> dict[str, Any]:
    """What psycopg needs to reach the configured database outside Django's pool."""
    params = dict(connection.get_connection_params())
    for own in ("cursor_factory", "context", "prepare_threshold"):
        params.pop(own, None)
    return params


@asynccontextmanager
async def bot_lease() -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """Wait until no other process is the bot, then be it until the block or the connection ends.

    The lock is asked for again and again, not waited for: a waiting statement would hold back VACUUM.
    """
    link = await psycopg.AsyncConnection.connect(**connection_params(), autocommit=True)
    async with link:
        waited = False
        while not await _try_lock(link):
            if not waited:
                emit("bot_waiting")
                waited = True
            await asyncio.sleep(_RETRY_SECONDS)
        await link.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        yield link


async def _try_lock(link: psycopg.AsyncConnection[Any]) -> bool:
    cursor = await link.execute("SELECT pg_try_advisory_lock(%s)", [BOT_LOCK])
    row = await cursor.fetchone()
    return bool(row and row[0])

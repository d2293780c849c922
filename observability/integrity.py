"""What must never be true of the data, as queries that count it.

Each app's `ops.py` registers its own; they are found by name, as Django admin finds `admin.py`. The constraints make
most of it impossible: the queries say so also after a restore, an import, a migration or a dropped constraint.
"""

import datetime as dt
import re

from django.db import connection

_KIND = re.compile(r"[a-z][a-z_]*")
_queries: dict[str, str] = {}


def register(kind: str, query: str) -> None:
    """Count what the query returns, one row per violation with an id in the first column, as this kind.

    The query is one SELECT without a final semicolon; %(now)s is the moment asked about, other percent signs are
    doubled. Raises ValueError for a kind that is taken or isn't a lower-case identifier.
    """
    if kind in _queries or not _KIND.fullmatch(kind):
        raise ValueError(f"The kind of violation {kind!r} is taken, or is no lower-case identifier.")
    _queries[kind] = query


def violations(*, now: dt.datetime) -> dict[str, int]:
    """How many there are of every registered kind, none included, by one statement and so of one snapshot.

    It writes nothing and waits for no writer, but it reads every block and booking: two and a half seconds of all
    cores at a million bookings, a few milliseconds at a thousand. Ask every few minutes, not with every scrape.
    """
    if not _queries:
        return {}
    counts = (f"SELECT '{kind}', count(*) FROM ({query}) AS broken" for kind, query in sorted(_queries.items()))  # noqa: S608 - the code's own
    with connection.cursor() as cursor:
        cursor.execute("\nUNION ALL\n".join(counts), {"now": now})
        return dict(cursor.fetchall())


def broken(kind: str, *, now: dt.datetime, limit: int = 20) -> list[int]:
    """The lowest ids of what is broken in this way. Raises KeyError for a kind that nobody registered."""
    query = f"SELECT id FROM ({_queries[kind]}) AS broken (id) ORDER BY id LIMIT %(limit)s"  # noqa: S608 - the code's own
    with connection.cursor() as cursor:
        cursor.execute(query, {"now": now, "limit": limit})
        return [row_id for (row_id,) in cursor.fetchall()]

"""What the end of every test on the database has to pass (see the root conftest)."""

import datetime as dt
from collections.abc import Collection

import pytest
from django.db import InterfaceError, OperationalError, connection
from psycopg.pq import TransactionStatus

from observability.integrity import broken, violations


def assert_whole(*, now: dt.datetime, but_for: Collection[str] = ()) -> None:
    """Fail the test when it leaves anything broken but these kinds, or one of these whole."""
    found = {kind for kind, number in _violations(now).items() if number}
    surprises = [f"{kind} {broken(kind, now=now)}" for kind in sorted(found - set(but_for))]
    if surprises:
        pytest.fail(f"The test leaves broken data behind: {', '.join(surprises)}", pytrace=False)
    if missing := sorted(set(but_for) - found):
        pytest.fail(f"Marked leaves_broken, but nothing of this is: {', '.join(missing)}", pytrace=False)


def _violations(now: dt.datetime) -> dict[str, int]:
    """None of a transaction that is lost, because nothing of it stays."""
    if connection.in_atomic_block and not _is_transaction_alive():
        return {}
    try:
        return violations(now=now)
    except (InterfaceError, OperationalError):  # the test has killed the connection; its work is committed
        if connection.in_atomic_block:
            return {}
        connection.close()
        return violations(now=now)


def _is_transaction_alive() -> bool:
    """Neither aborted by an error, nor set to be rolled back, nor gone with its connection."""
    session = connection.connection
    return (
        session is not None
        and not session.closed
        and not connection.needs_rollback
        and session.info.transaction_status != TransactionStatus.INERROR
    )

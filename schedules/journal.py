"""What is written down about a change of a schedule: the audit row and the event, or the event of its refusal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from accounts.actors import Actor
from accounts.audit import record_audit
from observability.events import emit


def record_change(*, master_id: int, change: str, by: Actor, after: dict[str, Any], affected_bookings: int = 0) -> None:
    """The audit row now, the event once it is true."""
    record_audit(
        actor_id=by.user_id,
        channel=by.channel,
        action=f"{change}_changed",
        object_type="master",
        object_id=master_id,
        after=after,
    )
    fields: dict[str, Any] = {
        "master_id": master_id,
        "change": change,
        "actor_id": by.user_id,
        "affected_bookings": affected_bookings,
    }
    transaction.on_commit(lambda: emit("schedule_updated", **fields))


@contextmanager
def reported(*, master_id: int | None, change: str, by: Actor) -> Iterator[None]:
    """Say in the log that a rule refused the change: a refusal has a code, whichever floor it comes from."""
    try:
        yield
    except Exception as error:
        if code := getattr(error, "code", None):
            emit("schedule_rejected", master_id=master_id, change=change, actor_id=by.user_id, reason_code=code)
        raise

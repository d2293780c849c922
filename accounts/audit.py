"""The one way into the audit trail."""

import json
from typing import Any

from django.db import connection

from accounts.models import Channel
from observability.correlation import correlation_id

_RECORD = """
    INSERT INTO audit_events (at, actor_id, channel, action, object_type, object_id, before, after, correlation_id)
    VALUES (now(), %s, %s, %s, %s, %s, %s::jsonb, %s::jsonb, %s)
"""


def record_audit(
    *,
    actor_id: int | None,
    channel: Channel,
    action: str,
    object_type: str,
    object_id: int,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one audit row in the caller's transaction: identifiers and states, no personal data."""
    states = json.dumps(before or {}), json.dumps(after or {})
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, [actor_id, str(channel), action, object_type, object_id, *states, correlation_id()])

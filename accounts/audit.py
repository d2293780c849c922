"""The one way into the audit trail."""

from typing import Any

from accounts.models import AuditEvent, Channel
from observability.correlation import correlation_id


def record_audit(
    *,
    actor_id: int | None,
    channel: Channel,
    action: str,
    object_type: str,
    object_id: int,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> AuditEvent:
    """Write one audit row in the caller's transaction: identifiers and states, no personal data."""
    return AuditEvent.objects.create(
        actor_id=actor_id,
        channel=channel,
        action=action,
        object_type=object_type,
        object_id=object_id,
        before=before or {},
        after=after or {},
        correlation_id=correlation_id(),
    )

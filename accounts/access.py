"""Who may do what: the form of a rule, and what happens when somebody asks for more."""

from collections.abc import Callable
from typing import NamedTuple

from accounts.actors import STAFF
from accounts.audit import record_audit
from accounts.models import Channel, Role, User
from observability.events import emit
from observability.metrics import RBAC_DENIALS

EVERYBODY = frozenset(Role)
STAFF_ONLY = frozenset(STAFF)
OWNER_ONLY = frozenset({Role.OWNER})
AT_THE_DESK = STAFF_ONLY | {Role.MASTER}
DISABLED, WRONG_ROLE, NOT_OWN = "user_disabled", "wrong_role", "not_own"


class Ownership(NamedTuple):
    """What has to be the person's own: the field of the button or question that names it, and who says whether it is.

    `holds` takes the person and the id; it runs in a thread.
    """

    resource: str
    holds: Callable[[User, int], bool]


class Rule(NamedTuple):
    """What a command, a button or an answer needs; `command` is its name in the log, the counter and the trail."""

    command: str
    roles: frozenset[Role] = EVERYBODY
    own: Ownership | None = None


class Refusal(NamedTuple):
    """Why it is refused (DISABLED, WRONG_ROLE or NOT_OWN), and what was asked for."""

    reason_code: str
    resource: str = ""
    resource_id: int = 0


def refusal(rule: Rule, user: User, *, resource_id: int | None) -> Refusal | None:
    """Why the person may not; None when they may."""
    resource = rule.own.resource if rule.own else ""
    if not user.is_active:
        return Refusal(DISABLED, resource, resource_id or 0)
    if Role(user.role) not in rule.roles:
        return Refusal(WRONG_ROLE, resource, resource_id or 0)
    if rule.own and resource_id is not None and not rule.own.holds(user, resource_id):
        return Refusal(NOT_OWN, resource, resource_id)
    return None


def deny(
    user: User,
    *,
    command: str,
    reason_code: str,
    resource: str = "",
    resource_id: int = 0,
    channel: Channel = Channel.BOT,
) -> None:
    """Write down that a person asked for what is not theirs: a line, a counter and a row of the trail."""
    named = f"{resource}:{resource_id}" if resource_id else resource
    emit("rbac_deny", actor_id=user.pk, role=user.role, command=command, resource=named, reason_code=reason_code)
    RBAC_DENIALS.labels(command=command).inc()
    record_audit(
        actor_id=user.pk,
        channel=channel,
        action="access_denied",
        object_type=resource or "command",
        object_id=resource_id,
        after={"command": command, "role": user.role, "reason_code": reason_code},
    )

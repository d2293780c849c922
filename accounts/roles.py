"""Writes about what people may do here: their role, and whether their access is open."""

from django.db import transaction
from django.db.models import Q

from accounts.actors import STAFF, Actor, role_of
from accounts.audit import record_audit
from accounts.errors import LastOwner, NotAllowed, PersonUnknown
from accounts.models import Role, User
from observability.events import emit


def set_role(*, user_id: int, role: Role, by: Actor) -> User:
    """Give a person a role, and with it what it opens from their next tap on; the same one again changes nothing.

    An administrator makes clients masters and masters clients; the owner and the shop itself do everything. Raises
    PersonUnknown, NotAllowed, or LastOwner.
    """
    with transaction.atomic():
        user, owners = _lock(user_id)
        before = Role(user.role)
        check_grants(by, before)
        check_grants(by, role)
        if role == before:
            return user
        if before == Role.OWNER:
            _check_not_the_last(user, owners)
        change_role(user, role, by=by)
        return user


def set_active(*, user_id: int, is_active: bool, by: Actor) -> User:
    """Close a person's access, or open it again; from their next tap or page on. The same rules as for a role."""
    with transaction.atomic():
        user, owners = _lock(user_id)
        check_grants(by, Role(user.role))
        if user.is_active == is_active:
            return user
        if user.role == Role.OWNER and not is_active:
            _check_not_the_last(user, owners)
        User.objects.filter(pk=user.pk).update(is_active=is_active)
        user.is_active = is_active
        _record(user, "access_changed", by, before={"is_active": not is_active}, after={"is_active": is_active})
        return user


def may_grant(by: Actor, role: Role) -> bool:
    """Whether the actor may give this role and take it: staff those below them, the owner and the shop every one."""
    own = role_of(by)
    return own == Role.OWNER or (own in STAFF and role not in STAFF)


def check_grants(by: Actor, role: Role) -> None:
    """NotAllowed unless the actor may give this role and take it; AccessClosed when they are nobody any more."""
    if not may_grant(by, role):
        raise NotAllowed(user_id=by.user_id)


def change_role(user: User, role: Role, *, by: Actor) -> None:
    """Write a role that is allowed, in the caller's transaction, which has locked the person."""
    before = user.role
    user.role, user.is_superuser = role, role == Role.OWNER
    User.objects.filter(pk=user.pk).update(role=user.role, is_superuser=user.is_superuser)
    _record(user, "role_changed", by, before={"role": str(before)}, after={"role": str(role)})


def _lock(user_id: int) -> tuple[User, list[User]]:
    """The person and the owners whose access is open, locked in one order, so that two owners can't both step down."""
    whom = Q(pk=user_id) | Q(role=Role.OWNER, is_active=True)
    locked = list(User.objects.select_for_update(no_key=True).filter(whom).order_by("pk"))
    user = next((each for each in locked if each.pk == user_id), None)
    if user is None:
        raise PersonUnknown
    return user, [each for each in locked if each.role == Role.OWNER and each.is_active]


def _check_not_the_last(user: User, owners: list[User]) -> None:
    if all(owner.pk == user.pk for owner in owners) and user.is_active:
        raise LastOwner(user_id=user.pk)


def _record(user: User, action: str, by: Actor, *, before: dict[str, str | bool], after: dict[str, str | bool]) -> None:
    """The audit row now, the event once it is true: what somebody's role is now, or whether their access is open."""
    record_audit(
        actor_id=by.user_id,
        channel=by.channel,
        action=action,
        object_type="user",
        object_id=user.pk,
        before=before,
        after=after,
    )
    (what,) = (f"{name}={value}".lower() for name, value in after.items())
    transaction.on_commit(lambda: emit("role_changed", actor_id=by.user_id, user_id=user.pk, what=what))

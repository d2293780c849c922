"""Invites: a one-time link gives its opener a role. The token exists in the link only; the row has its SHA-256."""

import datetime as dt
import hashlib
import re
import secrets
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from accounts.access import STAFF_ONLY
from accounts.actors import Actor
from accounts.audit import record_audit
from accounts.errors import AccessClosed, AccountError, AlreadyHere, InviteRefused
from accounts.models import Channel, Invite, InviteState, Role, User
from accounts.roles import change_role, check_grants
from observability.events import emit

GRANTABLE = (Role.MASTER, Role.ADMIN)
_TOKEN_BYTES = 24
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{32}")


class Accepted(NamedTuple):
    """The invite, the person as they are now, and whether they had opened it before (then nothing has changed)."""

    invite: Invite
    user: User
    again: bool


def create_invite(*, role: Role, by: Actor, now: dt.datetime) -> tuple[Invite, str]:
    """An invite to be a master or an administrator, good for INVITE_DAYS; and its token, which can't be read again.

    Raises NotAllowed: staff invite masters, the owner and the shop itself also administrators.
    """
    with transaction.atomic():
        if role not in GRANTABLE:
            raise ValueError("no invite gives this role")
        check_grants(by, role)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        expires_at = now + dt.timedelta(days=settings.INVITE_DAYS)
        invite = Invite.objects.create(
            token_hash=_hash(token), role=role, created_by_id=by.user_id, created_at=now, expires_at=expires_at
        )
        _record(invite, "invite_created", by)
    return invite, token


def revoke_invite(*, invite_id: int, by: Actor, now: dt.datetime) -> bool:
    """Let nobody use an invite any more; whether there was anything to revoke. Raises NotAllowed as for making it."""
    with transaction.atomic():
        invite = Invite.objects.select_for_update(no_key=True).get(pk=invite_id)
        check_grants(by, Role(invite.role))
        if invite.state(now=now) != InviteState.OPEN:
            return False
        Invite.objects.filter(pk=invite.pk).update(revoked_at=now)
        _record(invite, "invite_revoked", by)
    return True


def accept_invite(*, user_id: int, token: str, now: dt.datetime) -> Accepted:
    """Use an invite up and give its role; also in a caller's transaction, which a refusal has to roll back.

    Of two who open it at the same moment one gets it. Opened again by the same person it changes nothing. A role
    above the one it gives is kept. Raises InviteRefused, AccessClosed, or AlreadyHere for an administrator invited
    once more (whoever is a master is told so by the floor that knows masters).
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
        if user is None or not user.is_active:
            raise AccessClosed(user_id=user_id)
        invite = _claim(token, user, now=now)
        if invite is None:
            return _opened_before(token, user, now=now)
        check_still_granted(invite)
        if invite.role == Role.ADMIN and user.role in STAFF_ONLY:
            raise AlreadyHere(user_id=user.pk, invite_id=invite.pk)
        if user.role not in STAFF_ONLY and user.role != invite.role:
            change_role(user, Role(invite.role), by=Actor(user.pk, Channel.BOT))
        _record(invite, "invite_used", Actor(user.pk, Channel.BOT))
    return Accepted(invite, user, again=False)


def check_still_granted(invite: Invite) -> None:
    """InviteRefused when its maker may not give this role any more; a command's invite stands for the shop."""
    try:
        check_grants(Actor(invite.created_by_id, Channel.BOT), Role(invite.role))
    except AccountError:
        raise InviteRefused(reason="maker_not_allowed", invite_id=invite.pk) from None


def note_refusal(error: InviteRefused | AlreadyHere, *, user_id: int) -> None:
    """Write down, outside what was rolled back, that somebody came with an invite that is no good; never the token."""
    reason = error.data.get("reason", error.code)
    emit("auth_failed", actor_id=user_id, what="invite", reason_code=reason)
    record_audit(
        actor_id=user_id,
        channel=Channel.BOT,
        action="invite_refused",
        object_type="invite",
        object_id=error.data.get("invite_id", 0),
        after={"reason_code": reason},
    )


def _claim(token: str, user: User, *, now: dt.datetime) -> Invite | None:
    """The invite, used by this person from now on; None when it isn't good. One statement: only one can have it."""
    good = Invite.objects.filter(
        token_hash=_hash(token), used_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now
    )
    return Invite.objects.get(token_hash=_hash(token)) if good.update(used_by=user, used_at=now) else None


def _opened_before(token: str, user: User, *, now: dt.datetime) -> Accepted:
    """The same again for who has used it and still has what it gave; for everybody else a refusal with its reason."""
    invite = Invite.objects.filter(token_hash=_hash(token)).first()
    if invite is None:
        raise InviteRefused(reason="unknown" if _WELL_FORMED.fullmatch(token) else "malformed")
    if invite.used_by_id == user.pk and user.role in {invite.role, *STAFF_ONLY}:
        return Accepted(invite, user, again=True)
    raise InviteRefused(reason=invite.state(now=now).value, invite_id=invite.pk)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _record(invite: Invite, action: str, by: Actor) -> None:
    record_audit(
        actor_id=by.user_id,
        channel=by.channel,
        action=action,
        object_type="invite",
        object_id=invite.pk,
        after={"role": str(invite.role)},
    )

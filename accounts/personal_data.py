"""What is stored about a person on this floor: told to them, and taken away. In the caller's transaction."""

import json
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import ForeignObjectRel, ManyToManyRel, Model, Q

from accounts.expectations import forget_input
from accounts.models import AuditEvent, ExpectedInput, Invite, Language, Role, TelegramUpdate, UpdateStatus, User

# What the row of an erased person says; what it goes on saying is KEPT.
BLANK: dict[str, Any] = {
    "telegram_id": None,
    "username": None,
    "name": "",
    "phone": "",
    "language": Language.RU,
    "time_zone": "",
    "password": "!",
    "last_login": None,
    "is_active": False,
    "bot_blocked_at": None,
    "menu": "",
}
KEPT = frozenset({"id", "role", "is_superuser", "created_at"})
_SHORTEST_WORD = 2
_FORGET_UPDATES = """
    UPDATE telegram_updates SET payload = '', lane = CASE WHEN lane = %(lane)s::bigint THEN 0 ELSE lane END
     WHERE status <> 'pending'
       AND (lane = %(lane)s::bigint
            OR EXISTS (SELECT FROM unnest(%(words)s::text[]) AS word WHERE strpos(payload, word) > 0))
"""


def account_data(user: User) -> dict[str, Any]:
    """The person's own row and whatever of this floor is about them, by section; never their password."""
    return {
        "person": columns(user, but_for={"password"})
        | {
            "groups": list(user.groups.values_list("name", flat=True)),
            "permissions": list(user.user_permissions.values_list("codename", flat=True)),
        },
        "open_question": [columns(row, but_for={"data"}) for row in ExpectedInput.objects.filter(user=user)],
        "invites": [
            columns(row, but_for={"token_hash", "created_by", "used_by"})
            for row in Invite.objects.filter(Q(created_by=user) | Q(used_by=user)).order_by("pk")
        ],
        "updates": [_update(row, user) for row in _unhandled(user)],
        "trail": [columns(row, but_for={"actor_id"}) for row in _trail(user)],
        "in_admin": [
            columns(row, but_for={"user", "object_repr"})
            for row in LogEntry.objects.filter(Q(user=user) | _about(user)).order_by("pk")
        ],
    }


def columns(row: Model, *, but_for: set[str]) -> dict[str, Any]:
    """Every column of a row but for those named, by the names of their attributes."""
    return {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name not in but_for
    }


def is_blank(user: User) -> bool:
    """Whether the person was erased."""
    return all(getattr(user, column) == blank for column, blank in BLANK.items())


def erase_account(user: User) -> None:
    """Nothing that says who this was stays on this floor, and no row when nothing refers to it.

    The caller has locked the person and locks nothing after this: a change of what is unique waits for whoever refers
    to the row right now.
    """
    forget_input(user_id=user.pk)
    _forget_updates(user)
    _forget_in_admin(user)
    User.objects.filter(pk=user.pk).update(**BLANK)
    if not _is_referred_to(user):
        User.objects.filter(pk=user.pk).delete()


def _forget_updates(user: User) -> None:
    """What could not be handled is kept for people to read: not what this person sent, nor what names them.

    What is still pending is erased as it is handled, the tap that erases among it.
    """
    named = (str(user.telegram_id or ""), user.phone.removeprefix("+"), json.dumps(user.name)[1:-1])
    words = [word for word in named if len(word) >= _SHORTEST_WORD]
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_UPDATES, {"lane": user.telegram_id, "words": words})


def _forget_in_admin(user: User) -> None:
    """The history in admin keeps what an object was called."""
    LogEntry.objects.filter(_about(user)).update(object_repr=f"#{user.pk}", change_message="")


def _is_referred_to(user: User) -> bool:
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: user.pk}).exists()  # noqa: SLF001
        for relation in User._meta.get_fields(include_hidden=True)
        if isinstance(relation, ForeignObjectRel) and not isinstance(relation, ManyToManyRel)
    )


def _unhandled(user: User) -> list[TelegramUpdate]:
    if user.telegram_id is None:
        return []
    rows = TelegramUpdate.objects.filter(lane=user.telegram_id).exclude(status=UpdateStatus.HANDLED)
    return list(rows.order_by("pk"))


def _update(row: TelegramUpdate, user: User) -> dict[str, Any]:
    """Whoever works here has other people's names below their fingers: what they tapped isn't theirs to take along."""
    return columns(row, but_for=set() if user.role == Role.CLIENT else {"payload"})


def _trail(user: User) -> list[AuditEvent]:
    about = Q(object_type="user", object_id=user.pk)
    return list(AuditEvent.objects.filter(Q(actor_id=user.pk) | about).order_by("pk"))


def _about(user: User) -> Q:
    return Q(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))

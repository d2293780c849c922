"""Who acts, and what they may do now: read from the database in the transaction that depends on it."""

from dataclasses import dataclass

from accounts.errors import AccessClosed, NotAllowed
from accounts.models import Channel, Role, User

STAFF = (Role.ADMIN, Role.OWNER)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person by id and the way they came in; without an id it is the shop itself, in a worker or a command."""

    user_id: int | None
    channel: Channel


THE_SHOP = Actor(user_id=None, channel=Channel.WORKER)
THE_OPERATOR = Actor(user_id=None, channel=Channel.COMMAND)


def role_of(actor: Actor) -> Role:
    """The person's role as it is now; AccessClosed when they are unknown or disabled. The shop acts as its owner."""
    if actor.user_id is None:
        return Role.OWNER
    role = User.objects.filter(pk=actor.user_id, is_active=True).values_list("role", flat=True).first()
    if role is None:
        raise AccessClosed(user_id=actor.user_id)
    return Role(role)


def check_staff(actor: Actor) -> None:
    """NotAllowed unless an administrator, the owner or the shop itself acts."""
    if role_of(actor) not in STAFF:
        raise NotAllowed(user_id=actor.user_id)

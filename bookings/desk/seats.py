"""Who sits at the desk: a master, or staff; read anew for every tap, so that who lost the role is refused at once."""

from typing import NamedTuple

from accounts.access import AT_THE_DESK, STAFF_ONLY
from accounts.actors import Actor
from accounts.models import Channel, Role, User
from schedules.models import Master


class Seat(NamedTuple):
    """A person at the desk, in the role they have now, with the master they are themselves, if any."""

    user: User
    role: Role
    own: Master | None

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF_ONLY


class Desk(NamedTuple):
    """Who acts, and whose day it is about."""

    user: User
    master: Master
    is_staff: bool

    @property
    def by(self) -> Actor:
        return Actor(self.user.pk, Channel.BOT)

    @property
    def is_own(self) -> bool:
        return self.master.user_id == self.user.pk


def seat_of(user: User) -> Seat | None:
    """The person's seat; None for a client, for whose access is closed, and for a master without a day to run."""
    if Role(user.role) not in AT_THE_DESK:
        return None
    people = User.objects.select_related("master").filter(is_active=True, role__in=AT_THE_DESK)
    person = people.filter(pk=user.pk).first()
    if person is None:
        return None
    own: Master | None = getattr(person, "master", None)
    seat = Seat(user, Role(person.role), own)
    return seat if seat.is_staff or own is not None else None

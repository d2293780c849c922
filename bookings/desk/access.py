"""Who sits at the desk: read anew for every tap, so that who is a master no more is refused at once."""

from collections.abc import Callable
from typing import Concatenate, NamedTuple, ParamSpec

from accounts.actors import Actor
from accounts.errors import AccountError
from accounts.keyboards import keyboard, way_back
from accounts.models import Channel, Role, User
from accounts.screens import Screen
from bookings import texts as shared
from bookings.desk import texts
from bookings.errors import BookingError
from observability.events import emit
from schedules.errors import ScheduleError
from schedules.models import Master

P = ParamSpec("P")


class Desk(NamedTuple):
    """A person and the master they are."""

    user: User
    master: Master

    @property
    def by(self) -> Actor:
        return Actor(self.user.pk, Channel.BOT)


def master_of(user: User) -> Master | None:
    """The master whom the person is now, or None."""
    return Master.objects.filter(user=user.pk, user__role=Role.MASTER, user__is_active=True).first()


def at_desk(
    user: User, command: str, build: Callable[Concatenate[Desk, P], Screen], *args: P.args, **kwargs: P.kwargs
) -> Screen:
    """The screen that a master asked for; for anybody else, and for what a rule refused, the words that say so."""
    master = master_of(user)
    if master is None:
        deny(user, command, resource="desk", reason_code="not_a_master")
        return Screen(texts.for_masters(), keyboard(way_back()))
    try:
        return build(Desk(user, master), *args, **kwargs)
    except (BookingError, AccountError, ScheduleError) as error:
        return Screen(shared.refusal(error), keyboard(way_back()))


def deny(user: User, command: str, *, resource: str, reason_code: str) -> None:
    """Say in the log that somebody asked for what is not theirs."""
    emit("rbac_deny", actor_id=user.pk, role=user.role, command=command, resource=resource, reason_code=reason_code)

"""Who works here: from a link, or by the word of staff; a master has a rota and offers from the first moment on."""

import datetime as dt
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import roles
from accounts.actors import Actor
from accounts.errors import AlreadyHere, InviteRefused
from accounts.invites import accept_invite, note_refusal
from accounts.models import Channel, Role, User
from accounts.services import clean_name
from bookings.models import Booking, BookingStatus
from bookings.offering import offer_everything
from schedules.calendar import local_day
from schedules.models import NAME_LENGTH, Master, Rota
from schedules.services import create_master, set_rota, update_master

# What a new master works until staff say otherwise: a plain week, Monday to Friday.
FIRST_HOURS = (dt.time(10), dt.time(20))
FIRST_DAYS = range(5)
_WEEK = 7


class Joined(NamedTuple):
    """The person as they are now, the role of the invite, and whether they had opened it before."""

    user: User
    role: Role
    again: bool


class Standing(NamedTuple):
    """The person as they are now, and how many visits with them are still to come."""

    user: User
    visits_to_come: int


def join_by_invite(*, user_id: int, token: str, now: dt.datetime) -> Joined:
    """Use an invite up: the person gets its role, and a master also a rota and every service at the shop's terms.

    Raises InviteRefused, AlreadyHere or AccessClosed; nothing has changed then, but the refusal is written down.
    """
    try:
        with transaction.atomic():
            invite, user, again = accept_invite(user_id=user_id, token=token, now=now)
            if invite.role == Role.MASTER and not again:
                if Master.objects.filter(user=user, is_active=True).exists():
                    raise AlreadyHere(user_id=user.pk, invite_id=invite.pk)
                _put_to_work(user, by=Actor(invite.created_by_id, Channel.BOT), now=now)
            return Joined(user, Role(invite.role), again)
    except (InviteRefused, AlreadyHere) as error:
        note_refusal(error, user_id=user_id)
        raise


def change_role(*, user_id: int, role: Role, by: Actor, now: dt.datetime) -> Standing:
    """Give a person a role. Who becomes a master can work at once; who becomes a client takes no more bookings.

    What is booked with them stays, and is counted. Raises PersonUnknown, NotAllowed or LastOwner.
    """
    with transaction.atomic():
        user = roles.set_role(user_id=user_id, role=role, by=by)
        if role == Role.MASTER:
            _put_to_work(user, by=by, now=now)
        if role == Role.CLIENT:
            _take_off_work(user, by=by)
        return _standing(user, now=now)


def change_access(*, user_id: int, is_active: bool, by: Actor, now: dt.datetime) -> Standing:
    """Close a person's access, and if they are a master let them take no more bookings; or open it again.

    Whether a master who comes back takes bookings is said anew. Raises PersonUnknown, NotAllowed or LastOwner.
    """
    with transaction.atomic():
        user = roles.set_active(user_id=user_id, is_active=is_active, by=by)
        if not is_active:
            _take_off_work(user, by=by)
        return _standing(user, now=now)


def _put_to_work(user: User, *, by: Actor, now: dt.datetime) -> None:
    """A master who takes bookings; who has been one before finds rota and offers as they were."""
    master = Master.objects.filter(user=user).first()
    if master is None:
        name = clean_name(user.name, limit=NAME_LENGTH) or _("Master")
        master = create_master(user_id=user.pk, name=name, by=by)
    elif not master.is_active:
        update_master(master_id=master.pk, name=master.name, is_active=True, by=by)
    if not Rota.objects.filter(master=master).exists():
        today = local_day(now)
        set_rota(
            master_id=master.pk,
            from_day=today,
            cycle_days=_WEEK,
            cycle_anchor=today - dt.timedelta(days=today.weekday()),
            hours={day: [FIRST_HOURS] for day in FIRST_DAYS},
            by=by,
            now=now,
        )
    offer_everything(master_id=master.pk)


def _take_off_work(user: User, *, by: Actor) -> None:
    master = Master.objects.filter(user=user, is_active=True).first()
    if master is not None:
        update_master(master_id=master.pk, name=master.name, is_active=False, by=by)


def _standing(user: User, *, now: dt.datetime) -> Standing:
    to_come = Booking.objects.filter(master__user=user, status=BookingStatus.CONFIRMED, ends_at__gt=now)
    return Standing(user, to_come.count())

"""Whose schedule it is."""

from accounts.actors import STAFF, Actor, role_of
from accounts.errors import NotAllowed
from accounts.models import Role
from schedules.models import Master


def check_runs(actor: Actor, master_id: int) -> Role:
    """The role in which the actor may run this master's day; NotAllowed for anybody but the master and the staff."""
    role = role_of(actor)
    if role in STAFF:
        return role
    if role == Role.MASTER and Master.objects.filter(pk=master_id, user=actor.user_id).exists():
        return role
    raise NotAllowed(user_id=actor.user_id, master_id=master_id)

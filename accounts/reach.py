"""Whether the bot can write to a person: they block it and come back as they like."""

import datetime as dt

from django.db import transaction

from accounts.audit import record_audit
from accounts.models import Channel, User
from observability.events import emit


def note_blocked(*, telegram_id: int, now: dt.datetime) -> bool:
    """The person has blocked the bot; whether that is news. Who is unknown stays so: there is nothing to write to them.

    Bookings and places in line stay: what can't be delivered becomes a task for a person.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(telegram_id=telegram_id).first()
        if user is None or user.bot_blocked_at is not None:
            return False
        User.objects.filter(pk=user.pk).update(bot_blocked_at=now)
        _record(user, "bot_blocked")
    return True


def note_back(*, telegram_id: int) -> bool:
    """The person is back, by unblocking the bot or by writing to it; whether that is news."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(telegram_id=telegram_id).first()
        if user is None or user.bot_blocked_at is None:
            return False
        User.objects.filter(pk=user.pk).update(bot_blocked_at=None)
        _record(user, "bot_unblocked")
    return True


def _record(user: User, action: str) -> None:
    """The audit row now, the event once it is true."""
    record_audit(actor_id=user.pk, channel=Channel.BOT, action=action, object_type="user", object_id=user.pk)
    transaction.on_commit(lambda: emit("reach_changed", actor_id=user.pk, what=action))

"""What the shop knows about a client: told to them as a document, and forgotten when they want it to be."""

import datetime as dt
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.actors import STAFF, Actor, role_of
from accounts.audit import record_audit
from accounts.errors import NotAllowed, PersonUnknown, WorksHere
from accounts.models import Role, User
from accounts.personal_data import erase_account, is_blank
from bookings.errors import VisitToCome
from bookings.holds import close_offer, offer_freed_time
from bookings.models import (
    BookingStatus,
    Notification,
    NotificationStatus,
    OfferStatus,
    SlotOffer,
    WaitlistEntry,
    WaitlistStatus,
)
from bookings.personal_data import has_worked_here, personal_data, visits_of
from bookings.services.waiting import give_up
from observability.events import emit
from schedules.calendar import local_day
from schedules.claims import lock_masters

# In place of words that the database wants to be there: a walk-in's name, why staff cancelled.
NO_WORDS = "—"
_WAITS = (WaitlistStatus.WAITING, WaitlistStatus.OFFERED)
_UNDELIVERED = (NotificationStatus.PENDING, NotificationStatus.DEAD)


def export_client(*, user_id: int, by: Actor, now: dt.datetime) -> dict[str, Any]:
    """Everything that is stored about a person, as it is at one moment; that it was asked for is in the trail.

    A person asks for their own; staff and the shop itself for anybody's. Raises PersonUnknown, NotAllowed or
    AccessClosed.
    """
    with transaction.atomic():
        user = _lock_person(user_id)
        _check_may(user, by)
        _record("client_exported", user, by)
        return {"exported_at": now, **personal_data(user)}


def erase_client(*, user_id: int, by: Actor, now: dt.datetime) -> None:
    """Forget who a client was: their visits stay without a name, they wait for nothing, and no message is sent.

    Whoever writes to the bot afterwards is somebody new. Erasing again changes nothing. Raises VisitToCome, WorksHere,
    PersonUnknown, NotAllowed or AccessClosed.
    """
    while not _erase(user_id, by, now=now):
        continue


def check_erasable(user: User, *, now: dt.datetime) -> None:
    """WorksHere for masters and staff, former ones too; VisitToCome while a visit is to come or under way."""
    if user.role != Role.CLIENT or has_worked_here(user):
        raise WorksHere(user_id=user.pk)
    to_come = visits_of(user).filter(status=BookingStatus.CONFIRMED, ends_at__gt=now).order_by("starts_at").first()
    if to_come is not None:
        raise VisitToCome(to_come)


def _erase(user_id: int, by: Actor, *, now: dt.datetime) -> bool:
    """False when a time was offered meanwhile: that master's lock comes before the place in line, as everywhere."""
    with transaction.atomic():
        user = _lock_person(user_id)
        if is_blank(user):
            return True
        _check_may(user, by)
        check_erasable(user, now=now)
        expected = _open_offers(user)
        lock_masters({offer.master_id for offer in expected}, active_only=False)
        entries = list(_waits(user).select_for_update().order_by("pk"))
        offers = _open_offers(user)
        if offers != expected:
            return False
        _leave(entries, offers, by=by, now=now)
        _forget_reasons(user)
        _forget_walk_ins(user)
        _tell_no_more(user)
        _record("client_erased", user, by)
        erase_account(user)
        return True


def _lock_person(user_id: int) -> User:
    """The person, whose bookings and waits nobody else changes for them until the transaction ends."""
    user = User.objects.select_for_update(no_key=True).filter(pk=user_id).first()
    if user is None:
        raise PersonUnknown
    return user


def _check_may(user: User, by: Actor) -> None:
    if role_of(by) not in STAFF and by.user_id != user.pk:
        raise NotAllowed(user_id=by.user_id)


def _open_offers(user: User) -> list[SlotOffer]:
    return list(SlotOffer.objects.filter(client=user, status=OfferStatus.OPEN).order_by("pk"))


def _waits(user: User) -> QuerySet[WaitlistEntry]:
    return WaitlistEntry.objects.filter(client=user, status__in=_WAITS)


def _leave(entries: list[WaitlistEntry], offers: list[SlotOffer], *, by: Actor, now: dt.datetime) -> None:
    """They stand in no line any more; what was held for them is the next one's."""
    for offer in offers:
        close_offer(offer, OfferStatus.DECLINED, by=by)
    for entry in entries:
        give_up(entry, by=by)
    for offer in offers:
        offer_freed_time(master_id=offer.master_id, days=[local_day(offer.starts_at)], now=now)


def _forget_reasons(user: User) -> None:
    """What masters and staff typed about them goes."""
    visits_of(user).exclude(cancel_reason="").update(cancel_reason=NO_WORDS)
    SlotOffer.objects.filter(client=user).update(time_off_reason="")


def _forget_walk_ins(user: User) -> None:
    """The visits booked by hand for their phone are nobody's."""
    visits_of(user).filter(client=None).update(walk_in_name=NO_WORDS, walk_in_phone="")


def _tell_no_more(user: User) -> None:
    """What was not delivered is no longer to be delivered, nor anybody to be called."""
    left = Notification.objects.filter(recipient=user, status__in=_UNDELIVERED)
    left.update(status=NotificationStatus.SKIPPED, last_error="recipient_erased")


def _record(action: str, user: User, by: Actor) -> None:
    record_audit(actor_id=by.user_id, channel=by.channel, action=action, object_type="user", object_id=user.pk)
    transaction.on_commit(lambda: emit(action, user_id=user.pk, actor_id=by.user_id))

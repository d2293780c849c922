"""What is stored about a client, all of it in one list: where it is told to them, and what becomes of it in the end."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.personal_data import account_data, columns
from bookings.models import Booking, BookingService, Notification, SlotOffer, WaitlistEntry
from schedules.models import AvailabilityBlock, BlockKind, Master


class Fate(Enum):
    """What an erasure does with the rows that point at a person, or at a visit of theirs."""

    KEPT = "kept, and pointing at somebody without a name"
    DELETED = "deleted"
    REFUSED = "a reason not to erase: they work here"


class Held(NamedTuple):
    section: str
    fate: Fate


# Every foreign key to a person or to a booking; a test compares it with the models.
REGISTER: Mapping[str, Held] = {
    "accounts.ExpectedInput.user": Held("open_question", Fate.DELETED),
    "accounts.Invite.created_by": Held("invites", Fate.KEPT),
    "accounts.Invite.used_by": Held("invites", Fate.KEPT),
    "accounts.User_groups.user": Held("person", Fate.KEPT),
    "accounts.User_user_permissions.user": Held("person", Fate.KEPT),
    "admin.LogEntry.user": Held("in_admin", Fate.KEPT),
    "bookings.Booking.client": Held("visits", Fate.KEPT),
    "bookings.BookingService.booking": Held("visits", Fate.KEPT),
    "bookings.Notification.booking": Held("messages", Fate.KEPT),
    "bookings.Notification.recipient": Held("messages", Fate.KEPT),
    "bookings.SlotOffer.booking": Held("held_times", Fate.KEPT),
    "bookings.SlotOffer.client": Held("held_times", Fate.KEPT),
    "bookings.WaitlistEntry.client": Held("waiting_list", Fate.KEPT),
    "schedules.Master.user": Held("master", Fate.REFUSED),
}


def personal_data(user: User) -> dict[str, Any]:
    """Everything that is stored about a person by section, and nothing about anybody else but their masters' names."""
    return account_data(user) | {
        "visits": [_visit(row) for row in visits_of(user).select_related("master").order_by("pk")],
        "held_times": [_held(row) for row in SlotOffer.objects.filter(client=user).order_by("pk")],
        "waiting_list": [_wait(row) for row in WaitlistEntry.objects.filter(client=user).order_by("pk")],
        "messages": [
            columns(row, but_for={"dedupe_key"}) for row in Notification.objects.filter(recipient=user).order_by("pk")
        ],
        "master": [_master(row) for row in Master.objects.filter(user=user)],
    }


def has_worked_here(user: User) -> bool:
    """Whether the person is or was a master: their name is on other people's visits."""
    return Master.objects.filter(user=user).exists()


def visits_of(user: User) -> QuerySet[Booking]:
    """The visits of a person, those booked by hand for their phone too, unless somebody else has the same phone."""
    theirs = Q(client=user)
    if user.phone and not User.objects.filter(phone=user.phone).exclude(pk=user.pk).exists():
        theirs |= Q(client=None, walk_in_phone=user.phone)
    return Booking.objects.filter(theirs)


def _visit(booking: Booking) -> dict[str, Any]:
    lines = BookingService.objects.filter(booking=booking).select_related("service")
    services = [columns(line, but_for={"booking"}) | {"service": line.service.name} for line in lines]
    return columns(booking, but_for={"block_kind"}) | {"master": booking.master.name, "services": services}


def _held(offer: SlotOffer) -> dict[str, Any]:
    """The time off for which they were asked to move, and its reason, are the master's."""
    return columns(offer, but_for={"hold_kind", "time_off", "time_off_reason"})


def _wait(entry: WaitlistEntry) -> dict[str, Any]:
    return columns(entry, but_for=set()) | {"services": entry.service_ids()}


def _master(master: Master) -> dict[str, Any]:
    off = AvailabilityBlock.objects.filter(master=master, kind=BlockKind.TIME_OFF).order_by("starts_at")
    time_off = [{"from": row.during.lower, "until": row.during.upper, "reason": row.reason} for row in off]
    return columns(master, but_for={"generation"}) | {"time_off": time_off}

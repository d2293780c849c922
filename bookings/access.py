"""Whose a booking, a place in line, a held time or a day is: what the table of access asks."""

from accounts.actors import STAFF
from accounts.models import Role, User
from bookings.models import Booking, SlotOffer, WaitlistEntry
from schedules.models import Master


def has_booked(user: User, booking_id: int) -> bool:
    """Whether the visit is the person's own."""
    return Booking.objects.filter(pk=booking_id, client=user).exists()


def waits(user: User, entry_id: int) -> bool:
    """Whether the place in line is the person's own."""
    return WaitlistEntry.objects.filter(pk=entry_id, client=user).exists()


def is_offered(user: User, offer_id: int) -> bool:
    """Whether the time is held for the person: for their place in line, or for their visit."""
    offer = SlotOffer.objects.filter(pk=offer_id)
    return offer.filter(waitlist_entry__client=user).exists() or offer.filter(booking__client=user).exists()


def runs_visit(user: User, booking_id: int) -> bool:
    """Whether the visit is with the master who asks; staff run everybody's."""
    if user.role in STAFF:
        return True
    return user.role == Role.MASTER and Booking.objects.filter(pk=booking_id, master__user=user).exists()


def runs_day_of(user: User, master_id: int) -> bool:
    """Whether the master is the one who asks (0 is oneself); staff run everybody's day."""
    if user.role in STAFF or master_id == 0:
        return True
    return user.role == Role.MASTER and Master.objects.filter(pk=master_id, user=user).exists()

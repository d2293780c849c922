"""As whom a person acts on a booking: read from the database in the transaction that depends on it."""

from accounts.actors import STAFF, Actor, role_of
from accounts.models import Role
from bookings.errors import BookingNotFound
from bookings.models import Booking, CancelledBy


def capacity(booking: Booking, by: Actor) -> CancelledBy:
    """Client of one's own booking, master of one's own day, or administrator of every one.

    Staff are clients of their own visits, as anybody is. BookingNotFound for everybody else: whether there is such a
    booking is none of their business.
    """
    role = role_of(by)
    if by.user_id is None:
        return CancelledBy.SHOP
    if booking.client_id == by.user_id:
        return CancelledBy.CLIENT
    if role in STAFF:
        return CancelledBy.ADMIN
    if role == Role.MASTER and booking.master.user_id == by.user_id:
        return CancelledBy.MASTER
    raise BookingNotFound(booking_id=booking.pk)


def find_booking(booking_id: int) -> Booking:
    """The booking with its master; BookingNotFound when there is none."""
    booking = Booking.objects.select_related("master").filter(pk=booking_id).first()
    if booking is None:
        raise BookingNotFound(booking_id=booking_id)
    return booking

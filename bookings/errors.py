from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from schedules.selectors import Slot

if TYPE_CHECKING:
    from bookings.models import Booking


class BookingError(Exception):
    """The booking, or the change of one, was refused."""

    code: ClassVar[str] = "booking_error"

    def __init__(self, **data: Any) -> None:
        super().__init__(self.code)
        self.data = data


class SlotUnavailable(BookingError):
    """The time can't be booked; `reason` is the schedule's code, `slots` are what is free on that day now."""

    code = "slot_unavailable"

    def __init__(self, *, reason: str, slots: Sequence[Slot] = ()) -> None:
        super().__init__(reason=reason)
        self.slots = slots


class SlotTaken(SlotUnavailable):
    """Somebody else has just got the time."""

    code = "slot_taken"


class ServiceUnavailable(BookingError):
    """The service isn't offered, or not by this master."""

    code = "service_unavailable"


class ActiveBookingExists(BookingError):
    """The client has a booking still to come; it travels along."""

    code = "active_booking_exists"

    def __init__(self, booking: "Booking") -> None:
        super().__init__(booking_id=booking.pk)
        self.booking = booking


class ClientDisabled(BookingError):
    """The client may not book."""

    code = "client_disabled"


class BookingNotFound(BookingError):
    """There is no such booking, or it is somebody else's."""

    code = "booking_not_found"


class NotActive(BookingError):
    """The booking is already cancelled or over."""

    code = "not_active"


class TooLateToCancel(BookingError):
    """The visit is too close to be cancelled without a call."""

    code = "too_late_to_cancel"

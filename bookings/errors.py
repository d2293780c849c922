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
    """A service isn't offered, or not by this master; or there is none, one twice, or more than a visit may hold."""

    code = "service_unavailable"


class ActiveBookingExists(BookingError):
    """The client has a booking still to come; it travels along."""

    code = "active_booking_exists"

    def __init__(self, booking: "Booking") -> None:
        super().__init__(booking_id=booking.pk)
        self.booking = booking


class BookingNotFound(BookingError):
    """There is no such booking, or it is nothing to the person who asks."""

    code = "booking_not_found"


class NotActive(BookingError):
    """The booking is already cancelled or over."""

    code = "not_active"


class TooLateToChange(BookingError):
    """The visit is too close to be cancelled or moved without a call."""

    code = "too_late_to_change"


class ReasonRequired(BookingError):
    """Staff say why they cancel: the client gets to read it."""

    code = "reason_required"


class ReasonTooLong(BookingError):
    """The reason has more characters than `limit`."""

    code = "reason_too_long"


class NameRequired(BookingError):
    """A visitor who isn't in the bot is booked under a name, of at most `limit` characters."""

    code = "name_required"


class NotStarted(BookingError):
    """Nobody has missed a visit that hasn't begun."""

    code = "not_started"


class TooLateToMark(BookingError):
    """What became of a visit is said within a day."""

    code = "too_late_to_mark"


class NothingToConfirm(BookingError):
    """The booking doesn't wait for the client to confirm it."""

    code = "nothing_to_confirm"


class BookingsInTheWay(BookingError):
    """There are bookings in the time off; they travel along, and nothing has changed."""

    code = "bookings_in_the_way"

    def __init__(self, bookings: "Sequence[Booking]") -> None:
        super().__init__(booking_ids=[booking.pk for booking in bookings])
        self.bookings = bookings


class NoTimeToOffer(BookingError):
    """For one of the bookings in the way there is no free time within the horizon; it travels along."""

    code = "no_time_to_offer"

    def __init__(self, booking: "Booking") -> None:
        super().__init__(booking_id=booking.pk)
        self.booking = booking


class NoTimeOff(BookingError):
    """There is no time off to take back then."""

    code = "no_time_off"


class OfferGone(BookingError):
    """The offer has expired, was answered or taken back, or was made to somebody else."""

    code = "offer_gone"


class NoNeedToWait(BookingError):
    """The day has free time already: `slots`."""

    code = "no_need_to_wait"

    def __init__(self, *, slots: Sequence[Slot]) -> None:
        super().__init__()
        self.slots = slots


class DayNotBookable(BookingError):
    """Nobody can wait for a day that is over or beyond the horizon."""

    code = "day_not_bookable"


class TooManyWaits(BookingError):
    """The client waits for `limit` days already."""

    code = "too_many_waits"


class VisitToCome(BookingError):
    """The shop expects the client, so it can't forget them yet; the booking travels along."""

    code = "visit_to_come"

    def __init__(self, booking: "Booking") -> None:
        super().__init__(booking_id=booking.pk)
        self.booking = booking

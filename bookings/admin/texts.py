"""Words about bookings for the pages of staff; the only place of admin that chooses them."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.errors import BookingsInTheWay, NoTimeToOffer, SlotUnavailable
from bookings.models import Booking
from bookings.refusal_words import WORDS
from bookings.rules import MOST_SERVICES
from bookings.selectors import times_of
from bookings.texts import day_and_time, refusal, time
from schedules.errors import ScheduleError
from schedules.models import AvailabilityBlock
from schedules.selectors import Slot

_REASONS = {kind.code: words for kind, words in WORDS.items() if issubclass(kind, ScheduleError)}


def refused(error: Exception) -> str:
    """What was refused, and what staff need to know to ask for something else."""
    if isinstance(error, SlotUnavailable):
        return f"{_REASONS.get(error.data['reason']) or refusal(error)} {free(error.slots)}"
    if isinstance(error, BookingsInTheWay):
        return f"{refusal(error)} {visits(error.bookings)}"
    if isinstance(error, NoTimeToOffer):
        return f"{refusal(error)} {visits([error.booking])}"
    return refusal(error)


def free(slots: Iterable[Slot]) -> str:
    """The times that are free instead, all of them of one day."""
    times = ", ".join(time(moment) for moment in times_of(slots))
    return _("Free on that day: %(times)s.") % {"times": times} if times else _("Nothing is free on that day.")


def visits(bookings: Iterable[Booking]) -> str:
    return "; ".join(f"#{booking.pk}, {day_and_time(booking.starts_at)}, {who(booking)}" for booking in bookings)


def who(booking: Booking) -> str:
    return (booking.client.name if booking.client else booking.walk_in_name) or "—"


def too_many_services() -> str:
    return _("A visit has at most %(limit)s services.") % {"limit": MOST_SERVICES}


def booked(booking: Booking) -> str:
    return _("Booked: %(visit)s.") % {"visit": visits([booking])}


def moved(booking: Booking) -> str:
    return _("Moved: %(visit)s.") % {"visit": visits([booking])}


def cancelled(booking: Booking) -> str:
    return _("Cancelled: %(visit)s.") % {"visit": visits([booking])}


def missed(count: int) -> str:
    return ngettext("%(count)d visit was missed.", "%(count)d visits were missed.", count) % {"count": count}


def not_marked(booking: Booking, error: Exception) -> str:
    return f"{visits([booking])}: {refused(error)}"


def day_off_given() -> str:
    return _("The time is off now.")


def cancelled_for_it(count: int) -> str:
    return ngettext("%(count)d visit was cancelled.", "%(count)d visits were cancelled.", count) % {"count": count}


def offered_for_it(count: int) -> str:
    return ngettext(
        "%(count)d client was offered another time, and keeps the old one until they accept.",
        "%(count)d clients were offered another time, and keep the old one until they accept.",
        count,
    ) % {"count": count}


def to_call(bookings: Sequence[Booking]) -> str:
    """Whom nobody can ask in the bot, each with a phone if there is one."""
    people = "; ".join(f"{visits([booking])} {_phone(booking)}".strip() for booking in bookings)
    return _("Not in the bot, so please call them; their visits stay: %(people)s.") % {"people": people}


def taken_back(count: int) -> str:
    return ngettext(
        "%(count)d stretch of time off was taken back.", "%(count)d stretches of time off were taken back.", count
    ) % {"count": count}


def not_taken_back(block: AvailabilityBlock, error: Exception) -> str:
    return f"{block.master.name}, {day_and_time(block.during.lower)}: {refused(error)}"


def _phone(booking: Booking) -> str:
    return booking.client.phone if booking.client else booking.walk_in_phone

"""What becomes of a visit: it is over, or was missed; and nothing else becomes of it then."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection

from accounts.actors import Actor
from accounts.errors import AccessClosed, NotAllowed
from accounts.models import AuditEvent, Role, User
from bookings.errors import BookingNotFound, NotActive, NotStarted, TooLateToMark
from bookings.models import Booking, BookingStatus, CancelledBy
from bookings.services import (
    attending,
    cancel_booking,
    complete_past_bookings,
    confirm_attendance,
    mark_no_show,
    reschedule_booking,
)
from bookings.tests.factories import TUESDAY_10, BookingFactory
from bookings.tests.ledger import events, refused, told, unchanged, unless_said_otherwise
from observability.tests.constraints import accepted, refused_by
from schedules.models import AvailabilityBlock, Master

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
INSTANT = dt.timedelta(microseconds=1)
OVER = TUESDAY_10 + HOUR
Mark = Callable[..., Booking]


@pytest.fixture
def booking(boris: Master, anna: User) -> Booking:
    """Anna's hour with Boris on Tuesday at 10."""
    return BookingFactory.create(master=boris, client=anna)


@pytest.fixture
def mark(booking: Booking, boris_himself: Actor) -> Mark:
    """Boris says at the end of the visit that nobody came, but for what is said otherwise."""
    return unless_said_otherwise(mark_no_show, booking_id=booking.pk, by=boris_himself, now=OVER)


def status_of(booking: Booking) -> str:
    return Booking.objects.values_list("status", flat=True).get(pk=booking.pk)


# --- Over -----------------------------------------------------------------------------------------------------------


def test_visit_is_completed_when_it_is_over_and_not_before(booking: Booking) -> None:
    assert complete_past_bookings(now=OVER - INSTANT) == 0
    assert status_of(booking) == "confirmed"
    assert complete_past_bookings(now=OVER) == 1
    assert status_of(booking) == "completed"
    audit = AuditEvent.objects.get()
    assert (audit.action, audit.actor_id, audit.channel) == ("booking_completed", None, "worker")
    assert (audit.before["status"], audit.after["status"]) == ("confirmed", "completed")
    assert told() == []


def test_only_what_is_over_and_undecided_is_completed(boris: Master) -> None:
    over = [BookingFactory.create(master=boris, starts_at=TUESDAY_10 - n * DAY) for n in range(1, 4)]
    missed = BookingFactory.create(master=boris, starts_at=TUESDAY_10 - 5 * DAY, status="no_show")
    to_come = BookingFactory.create(master=boris)
    assert complete_past_bookings(now=TUESDAY_10) == 3
    assert {status_of(booking) for booking in over} == {"completed"}
    assert (status_of(missed), status_of(to_come)) == ("no_show", "confirmed")
    with unchanged():
        assert complete_past_bookings(now=TUESDAY_10) == 0


def test_completing_goes_by_batches_the_longest_over_first(boris: Master, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attending, "_AT_ONCE", 2)
    newest, middle, oldest = (BookingFactory.create(master=boris, starts_at=TUESDAY_10 - n * DAY) for n in range(3))
    assert complete_past_bookings(now=OVER) == 2
    assert [status_of(booking) for booking in (oldest, middle, newest)] == ["completed", "completed", "confirmed"]
    assert [complete_past_bookings(now=OVER) for _ in range(2)] == [1, 0]


def test_completion_is_told_to_the_log(
    booking: Booking,
    boris: Master,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    with caplog.at_level("INFO"), django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        complete_past_bookings(now=OVER)
    ((event, fields),) = events(caplog)
    assert (event, fields["booking_id"], fields["actor_id"]) == ("booking_completed", booking.pk, None)


# --- Missed ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [TUESDAY_10, TUESDAY_10 + HOUR / 2, OVER, OVER + DAY - INSTANT])
@pytest.mark.parametrize("who", ["master", "admin"])
def test_master_and_staff_say_within_a_day_that_nobody_came(
    mark: Mark, boris_himself: Actor, irina: Actor, who: str, at: dt.datetime
) -> None:
    by = boris_himself if who == "master" else irina
    marked = mark(by=by, now=at)
    assert (marked.status, status_of(marked)) == ("no_show", "no_show")
    assert marked.block_id is not None
    audit = AuditEvent.objects.get()
    assert (audit.action, audit.actor_id, audit.after["status"]) == ("booking_no_show", by.user_id, "no_show")
    assert told() == []


def test_visit_that_was_completed_on_its_own_may_still_have_been_missed(mark: Mark, booking: Booking) -> None:
    complete_past_bookings(now=OVER)
    assert mark(now=OVER + HOUR).status == "no_show"
    with unchanged():
        assert complete_past_bookings(now=OVER + HOUR) == 0


def test_saying_again_that_nobody_came_changes_nothing(mark: Mark, irina: Actor) -> None:
    mark()
    with unchanged():
        assert mark().status == "no_show"
        assert mark(by=irina, now=OVER + 2 * DAY).status == "no_show"


def test_nobody_has_missed_what_has_not_begun(mark: Mark, booking: Booking, caplog: pytest.LogCaptureFixture) -> None:
    with refused(NotStarted, caplog, booking_id=booking.pk):
        mark(now=TUESDAY_10 - INSTANT)


@pytest.mark.parametrize("who", ["master", "admin"])
def test_after_a_day_it_is_too_late_to_say(  # noqa: PLR0917 - fixtures
    mark: Mark,
    booking: Booking,
    boris_himself: Actor,
    irina: Actor,
    who: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with refused(TooLateToMark, caplog, booking_id=booking.pk):
        mark(by=boris_himself if who == "master" else irina, now=OVER + DAY)


def test_client_does_not_say_that_they_have_not_come(
    mark: Mark, anna_herself: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    with refused(NotAllowed, caplog, user_id=anna_herself.user_id):
        mark(by=anna_herself)


def test_visit_is_nothing_to_others(
    mark: Mark, booking: Booking, gleb_himself: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    with refused(BookingNotFound, caplog, booking_id=booking.pk):
        mark(by=gleb_himself)
    with refused(BookingNotFound, caplog, booking_id=999_999):
        mark(booking_id=999_999)


def test_role_counts_as_it_is_now(
    mark: Mark, boris: Master, administrator: User, irina: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    User.objects.filter(pk=boris.user_id).update(role=Role.CLIENT)
    User.objects.filter(pk=administrator.pk).update(is_active=False)
    with refused(BookingNotFound, caplog):
        mark()
    with refused(AccessClosed, caplog):
        mark(by=irina)


# --- No other way: by the services ----------------------------------------------------------------------------------


def _become(booking: Booking, status: str) -> None:
    """Past the services, as the constraints allow."""
    if status == BookingStatus.CANCELLED:
        Booking.objects.filter(pk=booking.pk).update(
            status=status, block=None, cancelled_by=CancelledBy.CLIENT, cancelled_at=TUESDAY_10 - DAY
        )
        AvailabilityBlock.objects.all().delete()
    elif status != BookingStatus.CONFIRMED:
        Booking.objects.filter(pk=booking.pk).update(status=status)


@pytest.mark.parametrize("status", ["completed", "no_show", "cancelled"])
def test_settled_visit_is_neither_moved_nor_confirmed(
    booking: Booking, status: str, anna_herself: Actor, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    _become(booking, status)
    with refused(NotActive, caplog, booking_id=booking.pk):
        reschedule_booking(booking_id=booking.pk, starts_at=TUESDAY_10 + DAY, by=anna_herself, now=now)
    with refused(NotActive, caplog, booking_id=booking.pk):
        reschedule_booking(booking_id=booking.pk, starts_at=TUESDAY_10, by=anna_herself, now=now)
    with refused(NotActive, caplog, booking_id=booking.pk):
        confirm_attendance(booking_id=booking.pk, by=anna_herself, now=now)


@pytest.mark.parametrize("status", ["completed", "no_show"])
def test_settled_visit_is_not_cancelled(
    booking: Booking, status: str, irina: Actor, now: dt.datetime, caplog: pytest.LogCaptureFixture
) -> None:
    _become(booking, status)
    with refused(NotActive, caplog, booking_id=booking.pk):
        cancel_booking(booking_id=booking.pk, by=irina, reason="Передумали", now=now)


def test_cancelled_visit_is_neither_missed_nor_completed(
    mark: Mark, booking: Booking, caplog: pytest.LogCaptureFixture
) -> None:
    _become(booking, "cancelled")
    with refused(NotActive, caplog, booking_id=booking.pk):
        mark()
    with unchanged():
        assert complete_past_bookings(now=OVER) == 0


# --- No other way: by the database ----------------------------------------------------------------------------------

LEGAL = {
    ("confirmed", "completed"),
    ("confirmed", "no_show"),
    ("confirmed", "cancelled"),
    ("completed", "no_show"),
}
MOVES = [(old, new) for old in BookingStatus.values for new in BookingStatus.values if old != new]


def _write(booking: Booking, status: str) -> None:
    """One UPDATE of everything that belongs to the status, so that nothing but the move itself can be refused."""
    block = None if status == "cancelled" else AvailabilityBlock.objects.filter(master=booking.master).first()
    is_off = status == "cancelled"
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE bookings SET status = %s, block_id = %s, cancelled_by = %s, cancelled_at = %s WHERE id = %s",
            [
                status,
                block.pk if block else None,
                "client" if is_off else "",
                TUESDAY_10 if is_off else None,
                booking.pk,
            ],
        )


@pytest.mark.parametrize(("old", "new"), MOVES)
def test_status_moves_as_it_may_and_in_no_other_way(booking: Booking, old: str, new: str) -> None:
    _become(booking, old)
    if (old, new) in LEGAL:
        with accepted():
            _write(booking, new)
        assert status_of(booking) == new
        AvailabilityBlock.objects.filter(booking=None).delete()
    else:
        with refused_by("bookings_status_moves"):
            _write(booking, new)
        assert status_of(booking) == old


@pytest.mark.parametrize("status", ["completed", "no_show", "cancelled"])
@pytest.mark.parametrize("what", ["starts_at", "ends_at", "master_id"])
def test_time_and_master_of_a_settled_visit_stay(booking: Booking, gleb: Master, status: str, what: str) -> None:
    _become(booking, status)
    value = gleb.pk if what == "master_id" else getattr(booking, what) - HOUR / 2
    with refused_by("bookings_status_moves"):
        Booking.objects.filter(pk=booking.pk).update(**{what: value})


@pytest.mark.parametrize("status", ["completed", "no_show", "cancelled"])
def test_settled_visit_may_be_written_as_it_is(booking: Booking, status: str) -> None:
    _become(booking, status)
    booking.refresh_from_db()
    with accepted():
        booking.save()
    assert status_of(booking) == status

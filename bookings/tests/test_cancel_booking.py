"""A visit is cancelled, by whoever may: its time is free again, both sides are told, once."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.actors import Actor
from accounts.errors import AccessClosed, AccountError
from accounts.models import AuditEvent, Channel, Role, User
from bookings.errors import (
    BookingError,
    BookingNotFound,
    NotActive,
    ReasonRequired,
    ReasonTooLong,
    TooLateToChange,
)
from bookings.models import Booking, Notification, Service
from bookings.services import cancel_booking, create_booking
from bookings.tests.factories import TUESDAY_10, BookingFactory
from bookings.tests.ledger import events, refused, told, unchanged, unless_said_otherwise
from observability.correlation import correlated
from schedules.models import AvailabilityBlock, Master

HOUR = dt.timedelta(hours=1)
INSTANT = dt.timedelta(microseconds=1)
REASON = "Мастер заболел"
Cancel = Callable[..., Booking]


@pytest.fixture
def booking(boris: Master, anna: User) -> Booking:
    return BookingFactory.create(master=boris, client=anna)


@pytest.fixture
def cancel(booking: Booking, anna_herself: Actor, now: dt.datetime) -> Cancel:
    """Anna cancels her visit, but for what is said otherwise."""
    return unless_said_otherwise(cancel_booking, booking_id=booking.pk, by=anna_herself, now=now)


def test_cancelling_frees_the_time_and_tells_both_sides(
    cancel: Cancel, booking: Booking, anna: User, boris: Master, now: dt.datetime
) -> None:
    with correlated("tg-77000002"):
        returned = cancel()
    booking.refresh_from_db()
    assert returned.status == booking.status == "cancelled"
    assert (booking.block_id, booking.cancelled_by, booking.cancelled_at) == (None, "client", now)
    assert (booking.starts_at, booking.cancel_reason) == (TUESDAY_10, "")
    assert not AvailabilityBlock.objects.exists()

    audit = AuditEvent.objects.get()
    assert (audit.action, audit.actor_id, audit.object_id) == ("booking_cancelled", anna.pk, booking.pk)
    assert (audit.before["status"], audit.after["status"]) == ("confirmed", "cancelled")
    assert told() == [("client_cancelled", anna.pk), ("master_cancelled", boris.user_id)]
    assert set(Notification.objects.values_list("correlation_id", flat=True)) == {"tg-77000002"}
    assert {job.args["correlation_id"] for job in ProcrastinateJob.objects.all()} == {"tg-77000002"}
    assert ProcrastinateJob.objects.count() == 2


def test_time_of_a_cancelled_visit_goes_to_the_next_and_its_client_may_book_again(  # noqa: PLR0917 - fixtures
    cancel: Cancel, anna: User, viktor: User, boris: Master, haircut: Service, now: dt.datetime
) -> None:
    cancel()
    for client, starts_at in ((viktor, TUESDAY_10), (anna, TUESDAY_10 + HOUR)):
        again = create_booking(
            client_id=client.pk,
            service_ids=[haircut.pk],
            master_id=boris.pk,
            starts_at=starts_at,
            idempotency_key="tap-9",
            now=now,
        )
        assert (again.client_id, again.starts_at) == (client.pk, starts_at)


def test_cancelling_again_changes_nothing(cancel: Cancel, boris_himself: Actor, irina: Actor, now: dt.datetime) -> None:
    cancel()
    with unchanged():
        again = cancel(now=now + HOUR)
        assert (again.status, again.cancelled_at, again.cancelled_by) == ("cancelled", now, "client")
        for by in (boris_himself, irina):
            assert cancel(by=by, reason=REASON).cancelled_by == "client"
        assert cancel(now=TUESDAY_10 + HOUR).status == "cancelled"


def test_visit_with_a_master_who_left_can_be_cancelled(cancel: Cancel) -> None:
    Master.objects.update(is_active=False)
    assert cancel().status == "cancelled"


def test_notice_is_counted_to_the_minute(cancel: Cancel) -> None:
    with pytest.raises(TooLateToChange):
        cancel(now=TUESDAY_10 - 2 * HOUR + INSTANT)
    assert cancel(now=TUESDAY_10 - 2 * HOUR).status == "cancelled"


def test_notice_is_the_settings(cancel: Cancel, settings: Any) -> None:
    settings.CANCEL_MIN_NOTICE_MINUTES = 0
    assert cancel(now=TUESDAY_10 - INSTANT).status == "cancelled"


# --- By the master and by staff ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("until", [2 * HOUR, INSTANT, -HOUR / 2, -HOUR + INSTANT])
@pytest.mark.parametrize("who", ["master", "admin"])
def test_master_and_staff_cancel_with_a_reason_until_the_visit_is_over(
    cancel: Cancel, boris_himself: Actor, irina: Actor, who: str, until: dt.timedelta
) -> None:
    by = boris_himself if who == "master" else irina
    cancelled = cancel(by=by, reason=f"  {REASON}\u202e ", now=TUESDAY_10 - until)
    assert (cancelled.status, cancelled.cancelled_by, cancelled.cancel_reason) == ("cancelled", who, REASON)
    assert not AvailabilityBlock.objects.exists()


def test_owner_cancels_as_staff(cancel: Cancel, administrator: User, irina: Actor) -> None:
    User.objects.filter(pk=administrator.pk).update(role=Role.OWNER, is_superuser=True)
    assert cancel(by=irina, reason=REASON).cancelled_by == "admin"


def test_client_is_told_what_the_master_did_and_the_master_is_not(
    cancel: Cancel, anna: User, boris_himself: Actor
) -> None:
    cancel(by=boris_himself, reason=REASON)
    assert told() == [("client_cancelled", anna.pk)]


def test_both_are_told_what_staff_did(cancel: Cancel, anna: User, boris: Master, irina: Actor) -> None:
    cancel(by=irina, reason=REASON)
    assert told() == [("client_cancelled", anna.pk), ("master_cancelled", boris.user_id)]


def test_reason_is_for_the_client_and_neither_for_the_log_nor_for_the_trail(
    cancel: Cancel, boris_himself: Actor, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    with caplog.at_level("INFO"), django_capture_on_commit_callbacks(execute=True):
        cancel(by=boris_himself, reason=REASON)
    ((event, fields),) = events(caplog)
    assert (event, fields["reason_code"]) == ("booking_cancelled", "by_master")
    trail = str(list(AuditEvent.objects.values()))
    assert "booking_cancelled" in trail
    assert REASON not in str(fields) + trail + caplog.text


@pytest.mark.parametrize("reason", ["", " \n\t", "\x00\u200b\u2066"])
@pytest.mark.parametrize("who", ["master", "admin"])
def test_master_and_staff_say_why(  # noqa: PLR0917 - fixtures
    cancel: Cancel,
    boris_himself: Actor,
    irina: Actor,
    who: str,
    reason: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with refused(ReasonRequired, caplog):
        cancel(by=boris_himself if who == "master" else irina, reason=reason)


def test_reason_has_five_hundred_characters_at_most(
    cancel: Cancel, boris_himself: Actor, anna_herself: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    for by, reason in ((boris_himself, "я" * 501), (boris_himself, "я" * 10_000), (anna_herself, "я" * 501)):
        with refused(ReasonTooLong, caplog, limit=500):
            cancel(by=by, reason=reason)
    assert cancel(by=boris_himself, reason="я" * 500).cancel_reason == "я" * 500


def test_reason_of_several_lines_keeps_them(cancel: Cancel, boris_himself: Actor) -> None:
    assert cancel(by=boris_himself, reason="Заболел.\r\n\n  Простите!").cancel_reason == "Заболел.\nПростите!"


# --- Refused ----------------------------------------------------------------------------------------------------------


def _settle(status: str) -> Callable[[Booking], object]:
    return lambda booking: Booking.objects.filter(pk=booking.pk).update(status=status)


@pytest.mark.parametrize(
    ("prepare", "at", "refusal"),
    [
        (lambda _: None, TUESDAY_10 - HOUR, TooLateToChange),
        (lambda _: None, TUESDAY_10, NotActive),
        (lambda _: None, TUESDAY_10 + 24 * HOUR, NotActive),
        (_settle("completed"), TUESDAY_10 - 24 * HOUR, NotActive),
        (_settle("no_show"), TUESDAY_10 - 24 * HOUR, NotActive),
        (lambda _: User.objects.update(is_active=False), TUESDAY_10 - 24 * HOUR, AccessClosed),
    ],
    ids=["an hour before", "when it begins", "the day after", "completed", "no-show", "client disabled"],
)
def test_refused_cancellation_leaves_everything_as_it_was(  # noqa: PLR0917 - fixtures
    cancel: Cancel,
    booking: Booking,
    prepare: Callable[[Booking], object],
    at: dt.datetime,
    refusal: type[BookingError | AccountError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    prepare(booking)
    with refused(refusal, caplog):
        cancel(now=at)


@pytest.mark.parametrize("prepare", [_settle("completed"), _settle("no_show"), lambda _: None])
def test_not_even_staff_cancel_what_is_over(
    cancel: Cancel,
    booking: Booking,
    irina: Actor,
    prepare: Callable[[Booking], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    prepare(booking)
    with refused(NotActive, caplog, booking_id=booking.pk):
        cancel(by=irina, reason=REASON, now=TUESDAY_10 + HOUR)


def test_somebody_elses_visit_is_as_good_as_none(
    cancel: Cancel, booking: Booking, outsider: User, gleb_himself: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    for by in (Actor(outsider.pk, Channel.BOT), gleb_himself):
        for booking_id in (booking.pk, 999_999, 0, -1, 2**63):
            with refused(BookingNotFound, caplog, booking_id=booking_id):
                cancel(booking_id=booking_id, by=by, reason=REASON)


def test_master_demoted_a_moment_ago_is_nobody_to_the_visit(
    cancel: Cancel, booking: Booking, boris: Master, boris_himself: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    User.objects.filter(pk=boris.user_id).update(role=Role.CLIENT)
    with refused(BookingNotFound, caplog, booking_id=booking.pk):
        cancel(by=boris_himself, reason=REASON)


def test_administrator_disabled_a_moment_ago_is_let_nowhere(
    cancel: Cancel, administrator: User, irina: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    User.objects.filter(pk=administrator.pk).update(is_active=False)
    with refused(AccessClosed, caplog, user_id=administrator.pk):
        cancel(by=irina, reason=REASON)


def test_master_cancels_their_own_visit_to_another_as_a_client(
    cancel: Cancel, boris_himself: Actor, gleb: Master
) -> None:
    visit = BookingFactory.create(client_id=boris_himself.user_id, master=gleb)
    assert cancel(booking_id=visit.pk, by=boris_himself).cancelled_by == "client"
    assert told(booking=visit) == [("client_cancelled", boris_himself.user_id), ("master_cancelled", gleb.user_id)]


def test_master_who_booked_with_themselves_is_told_once(cancel: Cancel, boris: Master, boris_himself: Actor) -> None:
    visit = BookingFactory.create(client=boris.user, master=boris, starts_at=TUESDAY_10 + 2 * HOUR)
    cancel(booking_id=visit.pk, by=boris_himself, reason=REASON)
    assert told(booking=visit) == [("client_cancelled", boris.user_id)]


def test_deferred_constraints_hold_at_once(cancel: Cancel) -> None:
    cancel()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert Booking.objects.get().status == "cancelled"

"""The same thing said several times at once: a form that is sent again, and a client who says that they come."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import QuerySet

from accounts.actors import Actor
from accounts.models import AuditEvent, Channel, User
from bookings import journal
from bookings.errors import NotActive
from bookings.models import Booking, BookingStatus, Service
from bookings.services import (
    ask_to_confirm,
    attending,
    changing,
    confirm_attendance,
    create_booking,
    create_manual_booking,
    release_unconfirmed,
)
from bookings.tests.factories import TUESDAY_10, BookingFactory
from bookings.tests.races import ENOUGH, Pause, count_harm, crowd, outcomes
from observability.tests.at_once import run_at_once
from schedules.models import AvailabilityBlock, Master

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
Act = Callable[[], Any]


# --- One form, sent twice -----------------------------------------------------------------------------------------


@pytest.fixture
def send(haircut: Service, administrator: User, now: dt.datetime) -> Callable[[Master, str], Act]:
    """An administrator's form for Tuesday at 10, with its key."""
    return lambda master, key: (
        lambda: create_manual_booking(
            master_id=master.pk,
            service_ids=[haircut.pk],
            starts_at=TUESDAY_10,
            name="Гость",
            phone="",
            idempotency_key=key,
            by=Actor(administrator.pk, Channel.ADMIN),
            now=now,
        )
    )


def test_one_form_sent_for_two_masters_at_once_is_one_booking(
    send: Callable[[Master, str], Act], boris: Master, gleb: Master
) -> None:
    """Each is under a lock of its own: what makes them one is the key."""
    results = run_at_once([send(boris, "form"), send(gleb, "form")] * 4, connections=8)
    assert outcomes(results) == {"Booking": 8}
    assert len({result.pk for result in results if isinstance(result, Booking)}) == 1
    assert Booking.objects.count() == AvailabilityBlock.objects.count() == 1


def test_control_in_which_every_tap_has_a_key_of_its_own_books_twice(
    send: Callable[[Master, str], Act], boris: Master, gleb: Master
) -> None:
    def is_doubled() -> bool:
        run_at_once([send(boris, "one"), send(gleb, "another")], connections=2)
        return Booking.objects.count() == 2

    assert count_harm(is_doubled) >= ENOUGH


# --- Confirming beforehand ----------------------------------------------------------------------------------------


@pytest.fixture
def doubtful(boris: Master, haircut: Service, now: dt.datetime, settings: Any) -> Callable[[], Booking]:
    """A visit of a client who has to confirm it two hours before."""
    settings.NO_SHOWS_BEFORE_CONFIRM = 1

    def made() -> Booking:
        (client_id,) = crowd(1)
        missed = {"status": BookingStatus.NO_SHOW, "starts_at": now - 48 * HOUR, "client_id": client_id}
        BookingFactory.create(**missed)
        booking = create_booking(
            client_id=client_id,
            service_ids=[haircut.pk],
            master_id=boris.pk,
            starts_at=TUESDAY_10,
            idempotency_key="tap",
            now=now,
        )
        ask_to_confirm(now=now)
        return booking

    return made


def confirming(booking: Booking, now: dt.datetime) -> Act:
    assert booking.client_id is not None
    by = Actor(booking.client_id, Channel.BOT)
    return lambda: confirm_attendance(booking_id=booking.pk, by=by, now=now)


def test_eight_taps_on_i_will_come_confirm_once(doubtful: Callable[[], Booking], now: dt.datetime) -> None:
    booking = doubtful()
    results = run_at_once([confirming(booking, now)] * 8, connections=8)
    assert outcomes(results) == {"Booking": 8}
    assert AuditEvent.objects.filter(action="booking_attendance_confirmed").count() == 1


@pytest.mark.parametrize("is_client_first", [True, False])
def test_client_who_confirms_at_the_last_moment_keeps_the_time_or_learns_that_it_is_gone(
    doubtful: Callable[[], Booking], is_client_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking, pause = doubtful(), Pause()
    assert booking.confirm_by is not None
    by_client, release = confirming(booking, booking.confirm_by - MINUTE), released_at(booking.confirm_by)
    if is_client_first:
        monkeypatch.setattr(attending, "record", pause.before(journal.record))
        pause.run(by_client, release)
        assert ended(booking) == "confirmed"
    else:
        monkeypatch.setattr(attending, "cancel_and_pass_on", pause.before(changing.cancel_and_pass_on))
        _, late = pause.run(release, by_client)
        assert isinstance(late, NotActive)
        assert ended(booking) == "cancelled"


def test_control_without_the_row_lock_takes_a_confirmed_time_away(
    doubtful: Callable[[], Booking], monkeypatch: pytest.MonkeyPatch
) -> None:
    cancel = changing.cancel_and_pass_on
    monkeypatch.setattr(attending, "_confirmed", _unlocked_confirmed)

    def is_taken_away() -> bool:
        booking, pause = doubtful(), Pause()
        assert booking.confirm_by is not None
        monkeypatch.setattr(attending, "cancel_and_pass_on", pause.before(cancel))
        _, confirmed = pause.run(released_at(booking.confirm_by), confirming(booking, booking.confirm_by - MINUTE))
        return isinstance(confirmed, Booking) and ended(booking) == "cancelled"

    assert count_harm(is_taken_away) >= ENOUGH


def released_at(moment: dt.datetime) -> Act:
    return lambda: release_unconfirmed(now=moment)


def _unlocked_confirmed() -> "QuerySet[Booking]":
    return Booking.objects.filter(status=BookingStatus.CONFIRMED)


def ended(booking: Booking) -> str:
    booking.refresh_from_db()
    return str(booking.status)

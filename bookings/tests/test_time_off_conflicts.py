"""Time off over bookings: they are listed and nothing is done, or all are cancelled for one reason."""

import datetime as dt
from collections.abc import Callable
from functools import partial

import pytest

from accounts.actors import Actor
from accounts.models import AuditEvent, Channel, User
from bookings import outbox
from bookings.errors import BookingsInTheWay, ReasonRequired, ReasonTooLong
from bookings.models import NotificationKind, Service
from bookings.services import Conflicts, TimeOff
from bookings.tests.offer_factories import (
    at,
    book,
    book_by_hand,
    failing,
    let_work,
    open_offer,
    refused,
    stand_in_line,
    take_off,
    told,
)
from schedules.models import Master

Off = Callable[..., TimeOff]


@pytest.fixture
def off(boris: Master, now: dt.datetime) -> Off:
    """Boris takes time off."""
    return partial(take_off, boris, now=now)


def test_bookings_in_the_way_are_answered_by_time_and_nothing_changes(
    off: Off, boris: Master, anna: User, viktor: User, now: dt.datetime
) -> None:
    later, earlier = book(anna, boris, at(11), now=now), book(viktor, boris, at(10), now=now)
    book_by_hand(boris, at(12), now=now)
    with refused(BookingsInTheWay) as caught:
        off()
    assert caught.value.bookings == [earlier, later]
    assert caught.value.data == {"booking_ids": [earlier.pk, later.pk]}


def test_cancelling_frees_all_for_one_reason_and_tells_every_client(  # noqa: PLR0917 - fixtures
    off: Off, boris: Master, anna: User, viktor: User, administrator: User, now: dt.datetime
) -> None:
    visits = [book(anna, boris, at(10), now=now), book(viktor, boris, at(11), now=now)]
    stays = book_by_hand(boris, at(12), now=now)
    result = off(conflicts=Conflicts.CANCEL, cancel_reason=" заболел ", by=Actor(administrator.pk, Channel.ADMIN))
    assert (result.stretches, result.cancelled) == ([(at(10), at(12))], visits)
    for visit in visits:
        visit.refresh_from_db()
        assert (visit.status, visit.block_id) == ("cancelled", None)
        assert (visit.cancelled_by, visit.cancel_reason, visit.cancelled_at) == ("admin", "заболел", now)
    stays.refresh_from_db()
    assert stays.status == "confirmed"
    assert told(NotificationKind.CLIENT_CANCELLED) == [anna.pk, viktor.pk]
    assert told(NotificationKind.MASTER_CANCELLED) == [boris.user_id, boris.user_id]
    assert AuditEvent.objects.filter(action="booking_cancelled", actor_id=administrator.pk).count() == 2


def test_master_who_cancels_is_told_nothing_of_it(off: Off, boris: Master, anna: User, now: dt.datetime) -> None:
    visit = book(anna, boris, at(10), now=now)
    off(conflicts=Conflicts.CANCEL, cancel_reason="заболел")
    visit.refresh_from_db()
    assert visit.cancelled_by == "master"
    assert told(NotificationKind.MASTER_CANCELLED) == []


@pytest.mark.parametrize(("reason", "error"), [(" \n", ReasonRequired), ("я" * 10_000, ReasonTooLong)])
def test_cancelling_without_a_reason_is_refused(  # noqa: PLR0917 - fixtures
    off: Off, boris: Master, anna: User, now: dt.datetime, reason: str, error: type[Exception]
) -> None:
    book(anna, boris, at(10), now=now)
    with refused(error):
        off(conflicts=Conflicts.CANCEL, cancel_reason=reason)


def test_where_nothing_is_in_the_way_no_reason_is_needed(off: Off) -> None:
    assert off(conflicts=Conflicts.CANCEL).stretches == [(at(10), at(12))]


@pytest.mark.parametrize("conflicts", [Conflicts.CANCEL, Conflicts.MOVE])
def test_failure_in_the_middle_leaves_nothing_done(  # noqa: PLR0917 - fixtures
    off: Off,
    boris: Master,
    anna: User,
    viktor: User,
    now: dt.datetime,
    conflicts: Conflicts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for client, starts_at in ((anna, at(10)), (viktor, at(11))):
        book(client, boris, starts_at, now=now)
    with failing(monkeypatch, outbox, "_write", from_call=2):
        off(conflicts=conflicts, cancel_reason="заболел")


def test_part_of_a_cancelled_visit_that_isnt_off_goes_to_who_waits(  # noqa: PLR0917 - fixtures
    off: Off, boris: Master, anna: User, viktor: User, haircut: Service, now: dt.datetime
) -> None:
    let_work(boris, (10, 12), now=now)
    Service.objects.filter(pk=haircut.pk).update(duration_minutes=120)
    book(anna, boris, at(10), now=now)
    Service.objects.filter(pk=haircut.pk).update(duration_minutes=60)
    waits = stand_in_line(viktor, boris, haircut, since=now)
    off(at(11), at(12), conflicts=Conflicts.CANCEL, cancel_reason="врач")
    assert open_offer(waits).starts_at == at(10)

"""Who is asked to move for time off moves or cancels instead, or need not any more: it was taken back."""

import datetime as dt
from collections.abc import Callable
from functools import partial

import pytest

from accounts.models import User
from bookings.errors import NoTimeOff, OfferGone, SlotTaken
from bookings.models import Booking, Service, SlotOffer
from bookings.services import (
    Conflicts,
    TimeOff,
    accept_offer,
    cancel_booking,
    decline_offer,
    reschedule_booking,
)
from bookings.tests.offer_factories import (
    DAY,
    TUESDAY,
    at,
    blocks_of,
    book,
    in_the_chat,
    let_work,
    open_offer,
    refused,
    stand_in_line,
    take_back,
    take_off,
    time_off_of,
)
from schedules.models import BlockKind, Master
from schedules.tests.factories import MONDAY

Off = Callable[..., TimeOff]
WEDNESDAY = TUESDAY + DAY


@pytest.fixture
def off(boris: Master, now: dt.datetime) -> Off:
    """Boris takes time off and lets his clients be asked."""
    return partial(take_off, boris, reason="врач", conflicts=Conflicts.MOVE, now=now)


@pytest.fixture
def visit(boris: Master, anna: User, now: dt.datetime) -> Booking:
    """Anna's, on Tuesday at 11."""
    return book(anna, boris, at(11), now=now)


@pytest.fixture
def asked(off: Off, visit: Booking) -> SlotOffer:
    """Anna is asked to move to 12."""
    (offer,) = off().offers
    return offer


# --- Instead ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answered", [False, True], ids=["unanswered", "declined"])
@pytest.mark.parametrize("who", ["client", "master"])
@pytest.mark.parametrize("leave", ["move", "cancel"])
def test_who_moves_or_cancels_instead_makes_room_for_the_time_off(  # noqa: PLR0917 - fixtures
    asked: SlotOffer,
    visit: Booking,
    boris: Master,
    anna: User,
    leave: str,
    who: str,
    answered: bool,
    now: dt.datetime,
) -> None:
    if answered:
        decline_offer(offer_id=asked.pk, by=in_the_chat(anna), now=now)
    by = in_the_chat(anna if who == "client" else boris)
    if leave == "move":
        reschedule_booking(booking_id=visit.pk, starts_at=at(15), by=by, now=now)
    else:
        cancel_booking(booking_id=visit.pk, by=by, reason="врач", now=now)
    asked.refresh_from_db()
    assert (asked.status, asked.hold_id) == ("declined", None)
    assert blocks_of(boris, BlockKind.HOLD) == []
    assert time_off_of(boris) == [(at(10), at(12))]


@pytest.mark.parametrize("leave", ["move", "cancel"])
def test_time_that_was_held_on_another_day_goes_to_who_waits_there(  # noqa: PLR0917 - fixtures
    off: Off, boris: Master, anna: User, viktor: User, haircut: Service, leave: str, now: dt.datetime
) -> None:
    let_work(boris, day=MONDAY, now=now)
    for day in (TUESDAY, WEDNESDAY):
        let_work(boris, (10, 11), day=day, now=now)
    visit = book(anna, boris, at(10), now=now)
    (offer,) = off(at(10), at(11)).offers
    assert offer.starts_at == at(10, day=WEDNESDAY)
    waits = stand_in_line(viktor, boris, haircut, day=WEDNESDAY, since=now)
    if leave == "move":
        reschedule_booking(booking_id=visit.pk, starts_at=at(11, day=TUESDAY + 2 * DAY), by=in_the_chat(anna), now=now)
    else:
        cancel_booking(booking_id=visit.pk, by=in_the_chat(anna), now=now)
    assert open_offer(waits).starts_at == at(10, day=WEDNESDAY)


def test_time_that_was_held_is_one_that_the_client_may_move_to_by_accepting_only(
    asked: SlotOffer, visit: Booking, anna: User, now: dt.datetime
) -> None:
    with refused(SlotTaken):
        reschedule_booking(booking_id=visit.pk, starts_at=at(12), by=in_the_chat(anna), now=now)


def test_visit_that_is_cancelled_in_its_last_seconds_leaves_nothing_to_take_off(
    off: Off, visit: Booking, boris: Master, now: dt.datetime
) -> None:
    off(at(11), at(12))
    cancel_booking(booking_id=visit.pk, by=in_the_chat(boris), reason="врач", now=at(12) - dt.timedelta(seconds=30))
    assert time_off_of(boris) == []


def test_every_range_that_the_visit_was_in_the_way_of_is_off_when_it_leaves(
    off: Off, boris: Master, anna: User, haircut: Service, now: dt.datetime
) -> None:
    Service.objects.filter(pk=haircut.pk).update(duration_minutes=120)
    visit = book(anna, boris, at(10), now=now)
    off(at(10), at(10, 30))
    off(at(11), at(12))
    cancel_booking(booking_id=visit.pk, by=in_the_chat(anna), now=now)
    assert time_off_of(boris) == [(at(10), at(10, 30)), (at(11), at(12))]


# --- Taken back ---------------------------------------------------------------------------------------------------


def test_time_off_taken_back_takes_the_question_back(
    asked: SlotOffer, visit: Booking, boris: Master, anna: User, now: dt.datetime
) -> None:
    assert take_back(boris, at(10), at(12), now=now) == [(at(10), at(11))]
    asked.refresh_from_db()
    assert (asked.status, asked.hold_id) == ("withdrawn", None)
    with refused(OfferGone):
        accept_offer(offer_id=asked.pk, by=in_the_chat(anna), now=now)
    cancel_booking(booking_id=visit.pk, by=in_the_chat(anna), now=now)
    assert time_off_of(boris) == []


def test_while_the_visit_is_in_the_way_of_what_is_left_the_question_stays(
    asked: SlotOffer, visit: Booking, boris: Master, anna: User, now: dt.datetime
) -> None:
    take_back(boris, at(10), at(11, 30), now=now)
    asked.refresh_from_db()
    assert asked.status == "open"
    accept_offer(offer_id=asked.pk, by=in_the_chat(anna), now=now)
    assert time_off_of(boris) == [(at(11, 30), at(12))]


@pytest.mark.parametrize("answered", [False, True], ids=["unanswered", "declined"])
def test_even_when_the_visit_is_all_of_it_time_off_can_be_taken_back(  # noqa: PLR0917 - fixtures
    off: Off, visit: Booking, boris: Master, anna: User, answered: bool, now: dt.datetime
) -> None:
    (offer,) = off(at(11), at(12)).offers
    if answered:
        decline_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now)
    assert take_back(boris, at(11), at(12), now=now) == []
    cancel_booking(booking_id=visit.pk, by=in_the_chat(anna), now=now)
    assert time_off_of(boris) == []
    with refused(NoTimeOff):
        take_back(boris, at(11), at(12), now=now)


def test_who_moved_for_time_off_that_was_taken_back_may_return_and_leave_again(
    asked: SlotOffer, visit: Booking, boris: Master, anna: User, now: dt.datetime
) -> None:
    accept_offer(offer_id=asked.pk, by=in_the_chat(anna), now=now)
    take_back(boris, at(10), at(12), now=now)
    reschedule_booking(booking_id=visit.pk, starts_at=at(11), by=in_the_chat(anna), now=now)
    cancel_booking(booking_id=visit.pk, by=in_the_chat(anna), now=now)
    assert time_off_of(boris) == []


def test_time_that_was_held_goes_to_who_waits_when_the_time_off_is_taken_back(  # noqa: PLR0917 - fixtures
    off: Off, boris: Master, anna: User, viktor: User, haircut: Service, now: dt.datetime
) -> None:
    let_work(boris, day=MONDAY, now=now)
    for day in (TUESDAY, WEDNESDAY):
        let_work(boris, (10, 11), day=day, now=now)
    book(anna, boris, at(10), now=now)
    off(at(10), at(11))
    waits = stand_in_line(viktor, boris, haircut, day=WEDNESDAY, since=now)
    take_back(boris, at(10), at(11), now=now)
    assert open_offer(waits).starts_at == at(10, day=WEDNESDAY)

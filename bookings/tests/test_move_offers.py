"""Time off over bookings whose clients are asked to move: the old time is theirs until they say yes."""

import datetime as dt
from collections.abc import Callable
from functools import partial

import pytest

from accounts.models import AuditEvent, User
from bookings import freeing
from bookings.errors import OfferGone, SlotTaken
from bookings.models import Booking, NotificationKind, Service, SlotOffer
from bookings.services import (
    Conflicts,
    TimeOff,
    accept_offer,
    cancel_booking,
    decline_offer,
    expire_offers,
)
from bookings.tests.offer_factories import (
    DAY,
    HOUR,
    MINUTE,
    TUESDAY,
    at,
    blocks_of,
    book,
    book_by_hand,
    failing,
    in_the_chat,
    let_work,
    open_offer,
    refused,
    stand_in_line,
    take_off,
    time_off_of,
    told,
)
from schedules.models import BlockKind, Master

Off = Callable[..., TimeOff]


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


# --- Asked --------------------------------------------------------------------------------------------------------


def test_nearest_free_time_is_held_and_the_rest_is_off_at_once(
    off: Off, boris: Master, anna: User, visit: Booking, now: dt.datetime
) -> None:
    result = off()
    (offer,) = result.offers
    assert (result.stretches, result.cancelled, result.to_call) == ([(at(10), at(11))], [], [])
    assert (offer.client_id, offer.booking_id, offer.master_id) == (anna.pk, visit.pk, boris.pk)
    assert (offer.starts_at, offer.ends_at, offer.status) == (at(12), at(13), "open")
    assert offer.expires_at == now + 12 * HOUR
    assert blocks_of(boris, BlockKind.HOLD) == [(at(12), at(13))]
    assert blocks_of(boris, BlockKind.BOOKING) == [(at(11), at(12))]
    assert told(NotificationKind.CLIENT_MOVE_OFFERED) == [anna.pk]
    assert AuditEvent.objects.get(action="slot_offered").object_id == offer.pk


def test_several_clients_are_asked_for_different_times(
    off: Off, boris: Master, anna: User, viktor: User, now: dt.datetime
) -> None:
    visits = [book(viktor, boris, at(10), now=now), book(anna, boris, at(11), now=now)]
    walk_in = book_by_hand(boris, at(12), now=now)
    result = off(at(10), at(13))
    assert [offer.booking_id for offer in result.offers] == [visit.pk for visit in visits]
    assert [offer.starts_at for offer in result.offers] == [at(14), at(15)]
    assert (result.to_call, result.stretches) == ([walk_in], [])


def test_of_two_times_as_near_the_later_is_held(off: Off, boris: Master, anna: User, now: dt.datetime) -> None:
    book(anna, boris, at(16), now=now)
    (offer,) = off(at(16), at(17)).offers
    assert offer.starts_at == at(17)


def test_held_is_what_the_visit_takes_with_its_buffer(
    off: Off, boris: Master, anna: User, haircut: Service, now: dt.datetime
) -> None:
    Service.objects.filter(pk=haircut.pk).update(buffer_minutes=30)
    book(anna, boris, at(10), now=now)
    (offer,) = off(at(10), at(11)).offers
    assert blocks_of(boris, BlockKind.HOLD) == [(at(11, 30), at(13))]
    assert (offer.starts_at, offer.ends_at) == (at(11, 30), at(12, 30))


@pytest.mark.parametrize(("asked_at", "until"), [(at(9), at(11)), (at(20, day=TUESDAY - DAY), at(8))])
def test_time_is_held_for_twelve_hours_but_not_beyond_the_visit(
    off: Off, visit: Booking, asked_at: dt.datetime, until: dt.datetime
) -> None:
    (offer,) = off(now=asked_at).offers
    assert offer.expires_at == until


def test_asked_again_the_client_has_one_question_to_answer(
    off: Off, boris: Master, asked: SlotOffer, visit: Booking
) -> None:
    (again,) = off(at(11), at(13)).offers
    asked.refresh_from_db()
    assert (asked.status, again.starts_at) == ("declined", at(14))
    assert blocks_of(boris, BlockKind.HOLD) == [(at(14), at(15))]
    assert told(NotificationKind.MASTER_MOVE_REFUSED) == []


def test_time_held_for_one_that_was_asked_is_off_too_and_the_master_learns_that_the_visit_stays(  # noqa: PLR0917 - fixtures
    off: Off, boris: Master, anna: User, asked: SlotOffer, visit: Booking, now: dt.datetime
) -> None:
    off(at(12), at(13))
    asked.refresh_from_db()
    assert (asked.status, asked.hold_id) == ("expired", None)
    assert told(NotificationKind.MASTER_MOVE_REFUSED) == [boris.user_id]
    with pytest.raises(OfferGone):
        accept_offer(offer_id=asked.pk, by=in_the_chat(anna), now=now)
    cancel_booking(booking_id=visit.pk, by=in_the_chat(anna), now=now)
    assert time_off_of(boris) == [(at(10), at(13))]


# --- Answered -----------------------------------------------------------------------------------------------------


def test_who_accepts_moves_and_the_old_time_is_off(
    asked: SlotOffer, visit: Booking, boris: Master, anna: User, now: dt.datetime
) -> None:
    moved = accept_offer(offer_id=asked.pk, by=in_the_chat(anna), now=now)
    asked.refresh_from_db()
    visit.refresh_from_db()
    assert (moved.pk, visit.starts_at, visit.ends_at, visit.revision) == (visit.pk, at(12), at(13), 1)
    assert (asked.status, asked.hold_id) == ("accepted", None)
    assert blocks_of(boris, BlockKind.BOOKING) == [(at(12), at(13))]
    assert blocks_of(boris, BlockKind.HOLD) == []
    assert time_off_of(boris) == [(at(10), at(12))]
    assert boris.blocks.get(kind=BlockKind.TIME_OFF).reason == "врач"
    assert (told(NotificationKind.CLIENT_MOVED), told(NotificationKind.MASTER_MOVED)) == ([anna.pk], [boris.user_id])


def test_accepting_again_is_the_same_visit_and_changes_nothing_but_generations(
    asked: SlotOffer, visit: Booking, anna: User, now: dt.datetime
) -> None:
    first = accept_offer(offer_id=asked.pk, by=in_the_chat(anna), now=now)
    second = accept_offer(offer_id=asked.pk, by=in_the_chat(anna), now=now + DAY)
    assert (second.pk, second.starts_at, second.revision) == (first.pk, at(12), 1)


def test_of_the_old_time_only_what_was_asked_for_becomes_time_off(
    off: Off, visit: Booking, boris: Master, anna: User, now: dt.datetime
) -> None:
    (offer,) = off(at(11, 30), at(12)).offers
    accept_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now)
    assert time_off_of(boris) == [(at(11, 30), at(12))]


def test_what_isnt_off_of_the_old_time_goes_to_who_waits(  # noqa: PLR0917 - fixtures
    off: Off, boris: Master, anna: User, viktor: User, haircut: Service, now: dt.datetime
) -> None:
    let_work(boris, (10, 12), now=now)
    Service.objects.filter(pk=haircut.pk).update(duration_minutes=120)
    book(anna, boris, at(10), now=now)
    Service.objects.filter(pk=haircut.pk).update(duration_minutes=60)
    waits = stand_in_line(viktor, boris, haircut, since=now)
    (offer,) = off(at(11), at(12)).offers
    accept_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now)
    assert time_off_of(boris) == [(at(11), at(12))]
    assert open_offer(waits).starts_at == at(10)


@pytest.mark.parametrize("answer", ["declined", "expired"])
def test_who_doesnt_accept_keeps_the_visit_and_the_master_learns_so(  # noqa: PLR0917 - fixtures
    asked: SlotOffer, visit: Booking, boris: Master, anna: User, answer: str, now: dt.datetime
) -> None:
    if answer == "declined":
        decline_offer(offer_id=asked.pk, by=in_the_chat(anna), now=now)
    else:
        assert expire_offers(now=asked.expires_at - MINUTE) == 0
        assert expire_offers(now=asked.expires_at) == 1
    asked.refresh_from_db()
    assert (asked.status, asked.hold_id) == (answer, None)
    assert blocks_of(boris, BlockKind.BOOKING) == [(at(11), at(12))]
    assert blocks_of(boris, BlockKind.HOLD) == []
    assert time_off_of(boris) == [(at(10), at(11))]
    assert told(NotificationKind.MASTER_MOVE_REFUSED) == [boris.user_id]
    with refused(OfferGone):
        accept_offer(offer_id=asked.pk, by=in_the_chat(anna), now=now)


def test_declining_again_tells_the_master_once(asked: SlotOffer, anna: User, now: dt.datetime) -> None:
    for _ in range(2):
        assert decline_offer(offer_id=asked.pk, by=in_the_chat(anna), now=now).status == "declined"
    assert len(told(NotificationKind.MASTER_MOVE_REFUSED)) == 1


def test_nobody_else_answers_for_the_client(asked: SlotOffer, boris: Master, viktor: User, now: dt.datetime) -> None:
    for stranger in (in_the_chat(viktor), in_the_chat(boris)):
        for answer in (accept_offer, decline_offer):
            with refused(OfferGone):
                answer(offer_id=asked.pk, by=stranger, now=now)


def test_held_time_is_nobody_elses(asked: SlotOffer, boris: Master, viktor: User, now: dt.datetime) -> None:
    with refused(SlotTaken):
        book(viktor, boris, at(12), now=now)


def test_failure_while_moving_leaves_the_offer_open(
    asked: SlotOffer, visit: Booking, anna: User, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing(monkeypatch, freeing, "add_time_off", from_call=1):
        accept_offer(offer_id=asked.pk, by=in_the_chat(anna), now=now)

"""A time that is held becomes a booking in one tap, or stays as it was."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from accounts.actors import THE_SHOP
from accounts.errors import AccessClosed
from accounts.models import User
from bookings.errors import ActiveBookingExists, OfferGone, ServiceUnavailable
from bookings.models import Booking, NotificationKind, Offer, Service, SlotOffer, WaitlistEntry
from bookings.services import (
    accept_offer,
    answering,
    cancel_booking,
    decline_offer,
    expire_offers,
    serve_waiting_list,
)
from bookings.tests.factories import OfferFactory
from bookings.tests.offer_factories import (
    DAY,
    MINUTE,
    TUESDAY,
    at,
    blocks_of,
    book,
    book_by_hand,
    call_off,
    everything,
    failing,
    in_the_chat,
    let_work,
    open_offer,
    refused,
    stand_in_line,
    status_of,
    told,
)
from schedules.models import BlockKind, Master

WEDNESDAY = TUESDAY + DAY
HELD = 15 * MINUTE


def test_who_accepts_has_a_booking_in_the_place_of_the_hold(  # noqa: PLR0917 - fixtures
    offer: SlotOffer, line: list[WaitlistEntry], boris: Master, anna: User, haircut: Service, now: dt.datetime
) -> None:
    Offer.objects.filter(master=boris, service=haircut).update(own_price=1750)
    booking = accept_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now)
    assert (booking.client_id, booking.master_id, booking.source) == (anna.pk, boris.pk, "bot")
    assert (booking.starts_at, booking.ends_at, booking.total_price) == (at(10), at(11), Decimal(1750))
    assert [(each.service_id, each.price) for each in booking.lines.all()] == [(haircut.pk, Decimal(1750))]
    assert (booking.block_id, blocks_of(boris, BlockKind.HOLD)) == (offer.hold_id, [])
    offer.refresh_from_db()
    assert (offer.status, offer.hold_id) == ("accepted", None)
    assert [status_of(entry) for entry in line] == ["taken", "waiting"]
    assert told(NotificationKind.CLIENT_CONFIRMED) == [anna.pk]
    assert told(NotificationKind.MASTER_NEW)[-1] == boris.user_id


def test_several_services_are_taken_in_their_order(
    visit: Booking, boris: Master, anna: User, haircut: Service, now: dt.datetime
) -> None:
    let_work(boris, (10, 12), now=now)
    beard = OfferFactory.create(master=boris, service__duration_minutes=30, service__buffer_minutes=15).service
    book_by_hand(boris, at(11), now=now)
    let_work(boris, (10, 12), now=now)
    entry = stand_in_line(anna, boris, beard, haircut, since=now)
    for taken in Booking.objects.filter(status="confirmed"):
        call_off(taken, now=now)
    held = open_offer(entry)
    assert (held.starts_at, held.ends_at) == (at(10), at(11, 30))
    assert blocks_of(boris, BlockKind.HOLD) == [(at(10), at(11, 45))]
    booking = accept_offer(offer_id=held.pk, by=in_the_chat(anna), now=now)
    assert [line.service_id for line in booking.lines.all()] == [beard.pk, haircut.pk]
    assert blocks_of(boris, BlockKind.BOOKING) == [(at(10), at(11, 45))]


def test_accepting_again_is_the_same_booking(offer: SlotOffer, anna: User, now: dt.datetime) -> None:
    first = accept_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now)
    for later in (now, now + DAY):
        assert accept_offer(offer_id=offer.pk, by=in_the_chat(anna), now=later).pk == first.pk
    with refused(OfferGone):
        decline_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now)
    assert anna.bookings.count() == 1


def test_after_its_time_the_offer_is_gone_even_before_the_sweep(offer: SlotOffer, anna: User, now: dt.datetime) -> None:
    with refused(OfferGone) as caught:
        accept_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now + HELD)
    assert caught.value.data == {"offer_id": offer.pk}
    booking = accept_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now + HELD - dt.timedelta(microseconds=1))
    assert booking.starts_at == at(10)


def test_offer_of_somebody_else_or_none_is_gone(
    offer: SlotOffer, boris: Master, viktor: User, now: dt.datetime
) -> None:
    for answer in (accept_offer, decline_offer):
        for offer_id in (offer.pk, 999_999):
            for stranger in (in_the_chat(viktor), in_the_chat(boris)):
                with refused(OfferGone):
                    answer(offer_id=offer_id, by=stranger, now=now)
        with refused(AccessClosed):
            answer(offer_id=offer.pk, by=THE_SHOP, now=now)


def test_who_was_disabled_answers_nothing(offer: SlotOffer, anna: User, now: dt.datetime) -> None:
    User.objects.filter(pk=anna.pk).update(is_active=False)
    for answer in (accept_offer, decline_offer):
        with refused(AccessClosed):
            answer(offer_id=offer.pk, by=in_the_chat(anna), now=now)


def test_with_another_booking_to_come_the_offer_stays_open(
    offer: SlotOffer, boris: Master, anna: User, now: dt.datetime
) -> None:
    other = book(anna, boris, at(10, day=WEDNESDAY), now=now)
    with refused(ActiveBookingExists) as caught:
        accept_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now)
    assert caught.value.booking.pk == other.pk
    cancel_booking(booking_id=other.pk, by=in_the_chat(anna), now=now)
    assert accept_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now).starts_at == at(10)


def _retire_service(service: Service, master: Master) -> None:
    Service.objects.filter(pk=service.pk).update(is_active=False)


def _end_offer(service: Service, master: Master) -> None:
    Offer.objects.filter(master=master, service=service).update(is_active=False)


def _retire_master(service: Service, master: Master) -> None:
    Master.objects.filter(pk=master.pk).update(is_active=False)


@pytest.mark.parametrize("change", [_retire_service, _end_offer, _retire_master])
def test_what_nobody_does_any_more_cant_be_accepted(  # noqa: PLR0917 - fixtures
    offer: SlotOffer,
    line: list[WaitlistEntry],
    boris: Master,
    anna: User,
    haircut: Service,
    change: Callable[[Service, Master], None],
    now: dt.datetime,
) -> None:
    change(haircut, boris)
    with refused(ServiceUnavailable):
        accept_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now)
    assert expire_offers(now=now + HELD) == 1
    assert [status_of(entry) for entry in line] == ["waiting", "waiting"]
    assert serve_waiting_list(now=now) == 0


@pytest.mark.parametrize(
    ("hours", "minutes", "fits"),
    [((10, 12), 90, True), ((10, 11), 90, False), ((10, 12), 30, True)],
    ids=["longer, and there is room", "longer than the shift", "shorter"],
)
def test_service_whose_duration_changed_is_taken_if_it_fits(  # noqa: PLR0917 - fixtures
    offer: SlotOffer,
    boris: Master,
    anna: User,
    haircut: Service,
    hours: tuple[int, int],
    minutes: int,
    fits: bool,
    now: dt.datetime,
) -> None:
    let_work(boris, hours, now=now)
    Service.objects.filter(pk=haircut.pk).update(duration_minutes=minutes)
    if fits:
        booking = accept_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now)
        assert booking.ends_at == at(10) + minutes * MINUTE
        assert blocks_of(boris, BlockKind.BOOKING) == [(at(10), booking.ends_at)]
        return
    with refused(OfferGone):
        accept_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now)


def test_time_that_the_master_doesnt_work_any_more_is_gone(
    offer: SlotOffer, boris: Master, anna: User, now: dt.datetime
) -> None:
    let_work(boris, (12, 13), now=now)
    with refused(OfferGone):
        accept_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now)


def test_longer_service_doesnt_push_what_follows_away(
    offer: SlotOffer, boris: Master, anna: User, haircut: Service, now: dt.datetime
) -> None:
    let_work(boris, (10, 12), now=now)
    book_by_hand(boris, at(11), now=now)
    Service.objects.filter(pk=haircut.pk).update(duration_minutes=90)
    with refused(OfferGone):
        accept_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now)


def test_failure_while_accepting_leaves_the_offer_open(
    offer: SlotOffer, anna: User, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with failing(monkeypatch, answering, "insert_booking", from_call=1):
        accept_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now)


def test_sweep_without_anything_to_expire_changes_nothing(offer: SlotOffer, now: dt.datetime) -> None:
    before = everything()
    assert expire_offers(now=now) == 0
    assert everything() == before

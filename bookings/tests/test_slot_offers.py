"""A time that comes free is held for the first in line, and then for the next."""

import datetime as dt
from collections.abc import Callable

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.tests.factories import UserFactory
from bookings import holds
from bookings.models import Booking, NotificationKind, Service, SlotOffer, WaitlistEntry
from bookings.services import (
    accept_offer,
    decline_offer,
    expire_offers,
    mark_no_show,
    release_unconfirmed,
    reschedule_booking,
    serve_waiting_list,
)
from bookings.tests.factories import BookingFactory, OfferFactory
from bookings.tests.offer_factories import (
    DAY,
    HOUR,
    MINUTE,
    TUESDAY,
    at,
    blocks_of,
    book,
    call_off,
    failing,
    in_the_chat,
    let_work,
    open_offer,
    stand_in_line,
    status_of,
    told,
)
from schedules.models import BlockKind, Master

WEDNESDAY = TUESDAY + DAY
HELD = 15 * MINUTE


# --- Offered ------------------------------------------------------------------------------------------------------


def test_freed_time_is_held_for_the_first_in_line(
    offer: SlotOffer, line: list[WaitlistEntry], boris: Master, anna: User, now: dt.datetime
) -> None:
    assert (offer.client_id, offer.master_id, offer.booking_id) == (anna.pk, boris.pk, None)
    assert (offer.starts_at, offer.ends_at, offer.expires_at) == (at(10), at(11), now + HELD)
    assert [status_of(entry) for entry in line] == ["offered", "waiting"]
    assert blocks_of(boris, BlockKind.HOLD) == [(at(10), at(11))]
    assert told(NotificationKind.CLIENT_SLOT_OFFERED) == [anna.pk]
    assert serve_waiting_list(now=now) == 0


def _cancel(visit: Booking, now: dt.datetime) -> None:
    call_off(visit, now=now)


def _move(visit: Booking, now: dt.datetime) -> None:
    by = in_the_chat(visit.master)
    reschedule_booking(booking_id=visit.pk, starts_at=at(10, day=WEDNESDAY), by=by, now=now)


def _release(visit: Booking, now: dt.datetime) -> None:
    assert release_unconfirmed(now=now) == 1


@pytest.mark.parametrize("leave", [_cancel, _move, _release])
def test_however_a_visit_leaves_its_time_it_is_offered_in_the_same_transaction(
    visit: Booking,
    line: list[WaitlistEntry],
    leave: Callable[[Booking, dt.datetime], None],
    now: dt.datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Booking.objects.filter(pk=visit.pk).update(confirm_by=now, asked_at=now - HOUR)
    with failing(monkeypatch, holds, "_offer_slot", from_call=1):
        leave(visit, now)
    leave(visit, now)
    assert open_offer(line[0]).starts_at == at(10)


def test_time_of_who_didnt_come_is_not_free(visit: Booking, line: list[WaitlistEntry], boris: Master) -> None:
    mark_no_show(booking_id=visit.pk, by=in_the_chat(boris), now=at(10, 10))
    assert not SlotOffer.objects.exists()


def test_time_too_close_to_be_booked_is_not_offered(visit: Booking, line: list[WaitlistEntry]) -> None:
    call_off(visit, now=at(9, 31))
    assert not SlotOffer.objects.exists()


def test_hold_ends_when_the_time_begins(visit: Booking, line: list[WaitlistEntry], settings: Settings) -> None:
    settings.WAITLIST_HOLD_MINUTES = 60
    call_off(visit, now=at(9, 20))
    assert open_offer(line[0]).expires_at == at(10)


def test_how_long_it_is_held_is_a_setting(
    visit: Booking, line: list[WaitlistEntry], now: dt.datetime, settings: Settings
) -> None:
    settings.WAITLIST_HOLD_MINUTES = 3
    call_off(visit, now=now)
    assert open_offer(line[0]).expires_at == now + 3 * MINUTE


def test_who_has_a_booking_to_come_is_passed_over(
    visit: Booking, line: list[WaitlistEntry], boris: Master, anna: User, now: dt.datetime
) -> None:
    book(anna, boris, at(10, day=WEDNESDAY), now=now)
    call_off(visit, now=now)
    assert [status_of(entry) for entry in line] == ["waiting", "offered"]


def test_visit_that_is_over_doesnt_pass_its_client_over(
    visit: Booking, line: list[WaitlistEntry], anna: User, now: dt.datetime
) -> None:
    BookingFactory.create(client=anna, starts_at=now - HOUR)
    call_off(visit, now=now)
    booking = accept_offer(offer_id=open_offer(line[0]).pk, by=in_the_chat(anna), now=now)
    assert list(anna.bookings.order_by("starts_at").values_list("status", flat=True)) == ["completed", "confirmed"]
    assert booking.starts_at == at(10)


def test_who_was_disabled_is_passed_over(
    visit: Booking, line: list[WaitlistEntry], anna: User, now: dt.datetime
) -> None:
    User.objects.filter(pk=anna.pk).update(is_active=False)
    call_off(visit, now=now)
    assert [status_of(entry) for entry in line] == ["waiting", "offered"]


def test_who_waits_for_another_master_or_day_or_longer_work_isnt_asked(  # noqa: PLR0917 - fixtures
    visit: Booking, boris: Master, gleb: Master, haircut: Service, outsider: User, now: dt.datetime
) -> None:
    long = OfferFactory.create(master=boris, service__duration_minutes=90).service
    stand_in_line(outsider, gleb, haircut, since=now - HOUR)
    stand_in_line(outsider, boris, haircut, day=WEDNESDAY, since=now - HOUR)
    stand_in_line(outsider, boris, long, since=now - HOUR)
    stand_in_line(UserFactory.create(), boris, haircut, long, since=now - HOUR)
    before = SlotOffer.objects.count()
    call_off(visit, now=now)
    assert SlotOffer.objects.count() == before == 0


def test_who_waits_for_anybody_stands_in_the_same_line(
    visit: Booking, line: list[WaitlistEntry], outsider: User, haircut: Service, now: dt.datetime
) -> None:
    anybody = stand_in_line(outsider, None, haircut, since=now - HOUR)
    call_off(visit, now=now)
    assert open_offer(anybody).master_id == visit.master_id
    assert [status_of(entry) for entry in line] == ["waiting", "waiting"]


def test_who_waits_twice_is_asked_once(  # noqa: PLR0917 - fixtures
    visit: Booking, line: list[WaitlistEntry], anna: User, viktor: User, haircut: Service, now: dt.datetime
) -> None:
    Service.objects.filter(pk=haircut.pk).update(duration_minutes=30)
    anybody = stand_in_line(anna, None, haircut, since=now - HOUR)
    call_off(visit, now=now)
    assert open_offer(anybody).starts_at == at(10)
    assert status_of(line[0]) == "waiting"
    assert open_offer(line[1]).starts_at == at(10, 30)
    decline_offer(offer_id=open_offer(anybody).pk, by=in_the_chat(anna), now=now)
    assert serve_waiting_list(now=now) == 0
    decline_offer(offer_id=open_offer(line[1]).pk, by=in_the_chat(viktor), now=now)
    assert [entry.client_id for entry in WaitlistEntry.objects.filter(status="offered")] == [anna.pk, viktor.pk]


def test_freed_hour_serves_two_who_wait_for_half_an_hour(
    visit: Booking, boris: Master, anna: User, viktor: User, now: dt.datetime
) -> None:
    beard = OfferFactory.create(master=boris, service__duration_minutes=30).service
    entries = [stand_in_line(client, boris, beard, since=now) for client in (anna, viktor)]
    call_off(visit, now=now)
    assert [open_offer(entry).starts_at for entry in entries] == [at(10), at(10, 30)]


# --- Not taken ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["declined", "expired"])
def test_what_isnt_taken_goes_to_the_next_and_who_waited_waits_on(
    offer: SlotOffer, line: list[WaitlistEntry], anna: User, how: str, now: dt.datetime
) -> None:
    if how == "declined":
        decline_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now)
    else:
        assert expire_offers(now=now + HELD - dt.timedelta(microseconds=1)) == 0
        assert expire_offers(now=now + HELD) == 1
    offer.refresh_from_db()
    assert (offer.status, offer.hold_id) == (how, None)
    assert [status_of(entry) for entry in line] == ["waiting", "offered"]
    assert open_offer(line[1]).starts_at == at(10)
    assert told(NotificationKind.MASTER_MOVE_REFUSED) == []


def test_nobody_is_offered_the_same_time_twice(  # noqa: PLR0917 - fixtures
    offer: SlotOffer, line: list[WaitlistEntry], boris: Master, anna: User, viktor: User, now: dt.datetime
) -> None:
    decline_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now)
    decline_offer(offer_id=open_offer(line[1]).pk, by=in_the_chat(viktor), now=now)
    assert serve_waiting_list(now=now) == 0
    assert blocks_of(boris, BlockKind.HOLD) == []
    let_work(boris, (10, 12), now=now)
    assert serve_waiting_list(now=now) == 1
    assert open_offer(line[0]).starts_at == at(10, 30)


def test_at_the_end_of_the_line_the_time_is_free_for_everybody(
    offer: SlotOffer, line: list[WaitlistEntry], boris: Master, outsider: User, now: dt.datetime
) -> None:
    assert expire_offers(now=now + HELD) == 1
    assert expire_offers(now=now + 2 * HELD) == 1
    assert expire_offers(now=now + 3 * HELD) == 0
    assert book(outsider, boris, at(10), now=now).starts_at == at(10)


def test_declining_again_changes_nothing(
    offer: SlotOffer, line: list[WaitlistEntry], anna: User, now: dt.datetime
) -> None:
    for _ in range(2):
        assert decline_offer(offer_id=offer.pk, by=in_the_chat(anna), now=now).status == "declined"
    assert SlotOffer.objects.count() == 2

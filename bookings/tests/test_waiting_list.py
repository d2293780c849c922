"""The waiting list: who may stand in line for a day, how they leave, and what the sweep finds for them."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.actors import THE_SHOP
from accounts.errors import AccessClosed
from accounts.models import AuditEvent, User
from accounts.tests.factories import UserFactory
from bookings.errors import BookingNotFound, DayNotBookable, NoNeedToWait, ServiceUnavailable, TooManyWaits
from bookings.models import Offer, Service, SlotOffer, WaitlistEntry
from bookings.selectors import ANY_MASTER
from bookings.services import join_waiting_list, leave_waiting_list, serve_waiting_list
from bookings.tests.factories import OfferFactory, ServiceFactory
from bookings.tests.offer_factories import (
    DAY,
    MINUTE,
    TUESDAY,
    at,
    blocks_of,
    book_by_hand,
    call_off,
    everything,
    in_the_chat,
    let_work,
    open_offer,
    refused,
    stand_in_line,
    status_of,
)
from schedules.models import BlockKind, Master
from schedules.services import set_lunch
from schedules.tests.factories import MONDAY

Join = Callable[..., WaitlistEntry]


@pytest.fixture
def full(boris: Master, now: dt.datetime) -> Master:
    """Boris, whose Tuesday is one hour, and booked."""
    let_work(boris, (10, 11), now=now)
    book_by_hand(boris, at(10), now=now)
    return boris


@pytest.fixture
def join(full: Master, anna: User, haircut: Service, now: dt.datetime) -> Join:
    """Anna asks for a haircut with Boris on Tuesday, but for what is said otherwise."""

    def join(*services: Service, **changes: Any) -> WaitlistEntry:
        usual: dict[str, Any] = {"master_id": full.pk, "day": TUESDAY, "by": in_the_chat(anna), "now": now}
        return join_waiting_list(service_ids=[each.pk for each in services or (haircut,)], **usual | changes)

    return join


def services_of(entry: WaitlistEntry) -> list[int]:
    return list(entry.lines.order_by("position").values_list("service_id", flat=True))


# --- Joining ------------------------------------------------------------------------------------------------------


def test_place_in_line_is_written_down(
    join: Join, full: Master, anna: User, haircut: Service, now: dt.datetime
) -> None:
    entry = WaitlistEntry.objects.get(pk=join().pk)
    assert (entry.client_id, entry.master_id, entry.day) == (anna.pk, full.pk, TUESDAY)
    assert (entry.status, entry.created_at) == ("waiting", now)
    assert services_of(entry) == [haircut.pk]
    event = AuditEvent.objects.get(action="waiting_list_joined")
    assert (event.actor_id, event.object_id) == (anna.pk, entry.pk)
    assert event.after == {"status": "waiting", "master_id": full.pk, "day": "2026-03-03"}


def test_several_services_are_waited_for_in_their_order(join: Join, full: Master, haircut: Service) -> None:
    beard = OfferFactory.create(master=full).service
    assert services_of(join(beard, haircut)) == [beard.pk, haircut.pk]


def test_for_anybody_the_day_is_full_when_it_is_full_for_everybody(
    join: Join, gleb: Master, haircut: Service, now: dt.datetime
) -> None:
    with refused(NoNeedToWait) as caught:
        join(master_id=ANY_MASTER)
    assert {slot.master_id for slot in caught.value.slots} == {gleb.pk}
    let_work(gleb, now=now)
    assert join(master_id=ANY_MASTER).master_id is None


def test_day_with_time_needs_no_waiting(join: Join, full: Master, now: dt.datetime) -> None:
    with refused(NoNeedToWait) as caught:
        join(day=TUESDAY + DAY)
    assert [slot.starts_at for slot in caught.value.slots][:2] == [at(10, day=TUESDAY + DAY), at(10, 30, TUESDAY + DAY)]


def test_who_asks_twice_stands_in_line_once(join: Join) -> None:
    first = join()
    before = everything()
    assert join().pk == first.pk
    assert everything() == before


def test_who_asks_for_other_services_keeps_the_place(join: Join, full: Master, haircut: Service) -> None:
    beard = OfferFactory.create(master=full).service
    first = join()
    assert join(haircut, beard).pk == first.pk
    assert services_of(first) == [haircut.pk, beard.pk]


def test_what_is_held_for_somebody_is_not_changed_by_asking_for_something_else(
    join: Join, full: Master, anna: User, haircut: Service, now: dt.datetime
) -> None:
    beard = OfferFactory.create(master=full).service
    entry = join()
    call_off(full.bookings.get(), now=now)
    assert join(beard).pk == entry.pk == open_offer(entry).waitlist_entry_id
    assert services_of(entry) == [haircut.pk]


def test_one_master_and_anybody_are_two_wishes(join: Join) -> None:
    assert join().pk != join(master_id=ANY_MASTER).pk


def test_nobody_waits_for_more_than_five_days(
    join: Join, full: Master, anna: User, viktor: User, now: dt.datetime
) -> None:
    days = [TUESDAY + number * DAY for number in range(6)]
    for day in days:
        let_work(full, day=day, now=now)
    entries = [join(day=day) for day in days[:5]]
    with refused(TooManyWaits) as caught:
        join(day=days[5])
    assert caught.value.data == {"limit": 5}
    assert join(day=days[4]).pk == entries[4].pk
    join(day=days[5], by=in_the_chat(viktor))
    leave_waiting_list(entry_id=entries[0].pk, by=in_the_chat(anna), now=now)
    join(day=days[5])


@pytest.mark.parametrize("day", [MONDAY - DAY, MONDAY + 31 * DAY, dt.date.min, dt.date.max])
def test_day_that_cant_be_booked_cant_be_waited_for(join: Join, day: dt.date) -> None:
    with refused(DayNotBookable) as caught:
        join(day=day)
    assert caught.value.data == {"day": day.isoformat()}


def test_last_day_of_the_horizon_can_be_waited_for(join: Join, full: Master, now: dt.datetime) -> None:
    let_work(full, day=MONDAY + 30 * DAY, now=now)
    assert join(day=MONDAY + 30 * DAY).day == MONDAY + 30 * DAY


def test_who_was_disabled_or_is_nobody_waits_for_nothing(join: Join, anna: User) -> None:
    with refused(AccessClosed):
        join(by=THE_SHOP)
    User.objects.filter(pk=anna.pk).update(is_active=False)
    with refused(AccessClosed):
        join()


def test_what_nobody_does_cant_be_waited_for(join: Join, full: Master, haircut: Service) -> None:
    with refused(ServiceUnavailable):
        join(ServiceFactory.create())
    with refused(ServiceUnavailable):
        join(haircut, haircut)
    for master_id in (999_999, -1):
        with refused(ServiceUnavailable):
            join(master_id=master_id)
    Master.objects.filter(pk=full.pk).update(is_active=False)
    with refused(ServiceUnavailable):
        join()


# --- Leaving ------------------------------------------------------------------------------------------------------


def test_who_leaves_waits_no_more_and_may_come_back_at_the_end(join: Join, anna: User, now: dt.datetime) -> None:
    entry = join()
    left = leave_waiting_list(entry_id=entry.pk, by=in_the_chat(anna), now=now)
    assert left.status == status_of(entry) == "given_up"
    assert AuditEvent.objects.filter(action="waiting_list_left", object_id=entry.pk).count() == 1
    before = everything()
    leave_waiting_list(entry_id=entry.pk, by=in_the_chat(anna), now=now)
    assert everything() == before
    again = join(now=now + MINUTE)
    assert (again.pk != entry.pk, again.created_at) == (True, now + MINUTE)


def test_what_was_held_goes_to_the_next_in_line(  # noqa: PLR0917 - fixtures
    join: Join, full: Master, anna: User, viktor: User, haircut: Service, now: dt.datetime
) -> None:
    first = join()
    second = stand_in_line(viktor, full, haircut, since=now + MINUTE)
    call_off(full.bookings.get(), now=now)
    held = open_offer(first)
    leave_waiting_list(entry_id=first.pk, by=in_the_chat(anna), now=now)
    held.refresh_from_db()
    assert (held.status, status_of(first), status_of(second)) == ("declined", "given_up", "offered")
    assert open_offer(second).starts_at == at(10)
    assert blocks_of(full, BlockKind.HOLD) == [(at(10), at(11))]


def test_place_of_somebody_else_is_none_of_ones_business(join: Join, viktor: User, now: dt.datetime) -> None:
    entry = join()
    for entry_id in (entry.pk, 999_999):
        with refused(BookingNotFound):
            leave_waiting_list(entry_id=entry_id, by=in_the_chat(viktor), now=now)
    with refused(BookingNotFound):
        leave_waiting_list(entry_id=entry.pk, by=THE_SHOP, now=now)


# --- The sweep ----------------------------------------------------------------------------------------------------


def test_with_nothing_to_offer_the_sweep_changes_nothing_not_even_a_generation(
    join: Join, gleb: Master, viktor: User, haircut: Service, now: dt.datetime
) -> None:
    let_work(gleb, now=now)
    join()
    stand_in_line(viktor, None, haircut, since=now)
    before = everything()
    assert serve_waiting_list(now=now) == 0
    assert everything() == before


def test_without_anybody_in_line_the_sweep_asks_next_to_nothing(
    full: Master, now: dt.datetime, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(6):
        assert serve_waiting_list(now=now) == 0


def test_shift_that_makes_room_is_found_by_the_sweep(join: Join, full: Master, now: dt.datetime) -> None:
    entry = join()
    let_work(full, (10, 12), now=now)
    assert status_of(entry) == "waiting"
    assert serve_waiting_list(now=now) == 1
    assert open_offer(entry).starts_at == at(11)
    assert serve_waiting_list(now=now) == 0


def test_lunch_that_makes_room_is_found_by_the_sweep(join: Join, full: Master, now: dt.datetime) -> None:
    let_work(full, (10, 11), (13, 14), now=now)
    entry = join()
    set_lunch(master_id=full.pk, lunch=None, from_day=TUESDAY, one_day=True, by=THE_SHOP, now=now)
    assert serve_waiting_list(now=now) == 1
    assert open_offer(entry).starts_at == at(13)


def test_for_who_waits_for_anybody_every_master_is_looked_at(
    full: Master, gleb: Master, anna: User, haircut: Service, now: dt.datetime
) -> None:
    entry = stand_in_line(anna, None, haircut, since=now)
    Offer.objects.filter(master=full).update(is_active=False)
    assert serve_waiting_list(now=now) == 1
    assert open_offer(entry).master_id == gleb.pk


def test_nobody_is_offered_the_time_of_a_master_who_takes_no_bookings(
    full: Master, gleb: Master, anna: User, haircut: Service, now: dt.datetime
) -> None:
    stand_in_line(anna, gleb, haircut, since=now)
    stand_in_line(anna, None, haircut, since=now)
    Master.objects.filter(pk=gleb.pk).update(is_active=False)
    assert serve_waiting_list(now=now) == 0


def test_waits_for_days_that_are_over_end(join: Join, full: Master, anna: User, now: dt.datetime) -> None:
    entry = join()
    assert serve_waiting_list(now=at(23, 59)) == 0
    assert status_of(entry) == "waiting"
    assert serve_waiting_list(now=at(0, day=TUESDAY + DAY)) == 0
    assert status_of(entry) == "given_up"
    assert AuditEvent.objects.get(action="waiting_list_left").actor_id is None


def test_who_stands_behind_fifty_that_cant_be_served_is_served_by_the_sweep(
    full: Master, haircut: Service, now: dt.datetime
) -> None:
    long = OfferFactory.create(master=full, service__duration_minutes=180).service
    for number in range(51):
        stand_in_line(UserFactory.create(), full, long, since=now + number * MINUTE)
    last = stand_in_line(UserFactory.create(), full, haircut, since=now + 60 * MINUTE)
    call_off(full.bookings.get(), now=now)
    assert not SlotOffer.objects.exists()
    assert serve_waiting_list(now=now) == 1
    assert open_offer(last).starts_at == at(10)

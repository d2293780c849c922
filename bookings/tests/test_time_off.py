"""Time off of a master's day: hours, days, around what is there, and taken back."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from pytest_django import Settings

from accounts.actors import Actor
from accounts.errors import AccessClosed, NotAllowed
from accounts.models import AuditEvent, Channel, User
from bookings.errors import (
    BookingsInTheWay,
    NoTimeOff,
    NoTimeToOffer,
    ReasonTooLong,
)
from bookings.models import Booking, Service, SlotOffer
from bookings.services import Conflicts, TimeOff, cancel_booking, mark_no_show, take_time_off
from bookings.tests.factories import BookingFactory
from bookings.tests.offer_factories import (
    DAY,
    HOUR,
    MINUTE,
    TUESDAY,
    Stretch,
    at,
    blocks_of,
    book,
    book_by_hand,
    in_the_chat,
    let_work,
    open_offer,
    refused,
    stand_in_line,
    status_of,
    take_back,
    take_off,
    time_off_of,
)
from schedules.calendar import day_starts_at
from schedules.errors import InvalidRange, MasterUnavailable, PastDay
from schedules.models import AvailabilityBlock, BlockKind, Master
from schedules.tests.factories import MONDAY, MasterFactory

Off = Callable[..., TimeOff]
Back = Callable[..., list[Stretch]]


@pytest.fixture
def off(boris: Master, now: dt.datetime) -> Off:
    """Boris takes time off."""
    return partial(take_off, boris, now=now)


@pytest.fixture
def back(boris: Master, now: dt.datetime) -> Back:
    """Boris takes it back."""
    return partial(take_back, boris, now=now)


# --- Taken --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("starts_at", "ends_at"),
    [
        (at(10), at(12)),
        (at(0), at(0, day=TUESDAY + DAY)),
        (at(0), at(0, day=TUESDAY + 21 * DAY)),
    ],
    ids=["hours", "a day", "days"],
)
def test_hours_a_day_and_days_are_off_and_written_down(
    off: Off, boris: Master, starts_at: dt.datetime, ends_at: dt.datetime
) -> None:
    result = off(starts_at, ends_at, reason="  отпуск\n")
    assert result == TimeOff([(starts_at, ends_at)], [], [], [])
    assert time_off_of(boris) == [(starts_at, ends_at)]
    assert boris.blocks.get().reason == "отпуск"
    event = AuditEvent.objects.get(action="time_off_changed")
    assert (event.actor_id, event.channel, event.object_id) == (boris.user_id, "bot", boris.pk)
    assert event.after == {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}


def test_reason_is_optional_and_of_at_most_five_hundred_characters(off: Off, boris: Master) -> None:
    with refused(ReasonTooLong):
        off(reason="я" * 501)
    off(reason="я" * 500)
    off(at(14), at(15))
    assert [block.reason for block in boris.blocks.order_by("starts_at")] == ["я" * 500, ""]


def test_overlapping_time_off_is_one(off: Off, boris: Master) -> None:
    off(reason="врач")
    assert off(at(11), at(15), reason="отпуск").stretches == [(at(10), at(15))]
    assert boris.blocks.get().reason == "отпуск; врач"


def test_seconds_are_rounded_to_the_minutes_around_them(off: Off) -> None:
    second = dt.timedelta(seconds=1)
    assert off(at(10) + second, at(12) + second).stretches == [(at(10), at(12) + MINUTE)]


def test_of_a_day_that_has_begun_the_rest_is_off(off: Off, now: dt.datetime) -> None:
    asked = at(0, day=MONDAY), at(0)
    assert off(*asked, now=now + dt.timedelta(seconds=20)).stretches == [(now + MINUTE, at(0))]


@pytest.mark.parametrize(("day", "hours"), [(dt.date(2026, 3, 29), 23), (dt.date(2026, 10, 25), 25)])
def test_day_on_which_the_clocks_change_is_off_from_midnight_to_midnight(
    off: Off, settings: Settings, day: dt.date, hours: int
) -> None:
    settings.SHOP_TIME_ZONE = "Europe/Berlin"
    asked = day_starts_at(day), day_starts_at(day + DAY)
    assert off(*asked).stretches == [asked]
    assert asked[1] - asked[0] == hours * HOUR


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "error"),
    [
        (at(12), at(10), InvalidRange),
        (at(12), at(12), InvalidRange),
        (at(10), at(10) + 367 * DAY, InvalidRange),
        (at(9, day=MONDAY), at(12, day=MONDAY), PastDay),
    ],
    ids=["backwards", "empty", "longer than a year", "over"],
)
def test_range_that_cant_be_off_is_refused(
    off: Off, starts_at: dt.datetime, ends_at: dt.datetime, error: type[Exception]
) -> None:
    with refused(error):
        off(starts_at, ends_at)


def test_master_and_staff_may_and_nobody_else(  # noqa: PLR0917 - fixtures
    off: Off, back: Back, boris: Master, gleb: Master, anna: User, administrator: User
) -> None:
    for stranger in (in_the_chat(gleb), in_the_chat(anna)):
        with refused(NotAllowed):
            off(by=stranger)
    off(by=Actor(administrator.pk, Channel.ADMIN))
    for stranger in (in_the_chat(gleb), in_the_chat(anna)):
        with refused(NotAllowed):
            back(by=stranger)
    User.objects.filter(pk=boris.user_id).update(is_active=False)
    with refused(AccessClosed):
        back()
    with refused(MasterUnavailable):
        off(master_id=999_999, by=Actor(administrator.pk, Channel.ADMIN))


def test_master_who_takes_no_bookings_takes_time_off(off: Off, boris: Master) -> None:
    Master.objects.filter(pk=boris.pk).update(is_active=False)
    assert off().stretches == [(at(10), at(12))]


# --- Over other things --------------------------------------------------------------------------------------------


def test_visit_under_way_is_finished_first(off: Off, boris: Master, anna: User, now: dt.datetime) -> None:
    book(anna, boris, at(10), now=now)
    ten_past = at(10, 10)
    assert off(at(0), at(12), now=ten_past).stretches == [(at(11), at(12))]
    assert off(at(10, 30), at(13), now=ten_past).stretches == [(at(11), at(13))]
    with refused(BookingsInTheWay):
        off(at(10), at(11), now=ten_past, conflicts=Conflicts.CANCEL, cancel_reason="врач")


def test_what_is_over_or_was_missed_is_not_in_the_way(off: Off, boris: Master, anna: User, now: dt.datetime) -> None:
    missed = book(anna, boris, at(10), now=now)
    mark_no_show(booking_id=missed.pk, by=in_the_chat(boris), now=at(10, 15))
    over = BookingFactory.create(master=boris, starts_at=at(12))
    Booking.objects.filter(pk=over.pk).update(status="completed")
    assert off(at(10), at(14), now=at(10, 20)).stretches == [(at(11), at(12)), (at(13), at(14))]
    assert len(blocks_of(boris, BlockKind.BOOKING)) == 2


def test_times_held_for_others_go_back_and_who_waited_waits_on(
    off: Off, boris: Master, anna: User, haircut: Service, now: dt.datetime
) -> None:
    let_work(boris, (10, 12), now=now)
    waits = stand_in_line(anna, boris, haircut, since=now)
    visit = book_by_hand(boris, at(11), now=now)
    cancel_booking(booking_id=visit.pk, by=in_the_chat(boris), reason="врач", now=now)
    first = open_offer(waits)
    assert first.starts_at == at(10)
    off(at(10), at(11))
    first.refresh_from_db()
    assert (first.status, first.hold_id) == ("withdrawn", None)
    assert open_offer(waits).starts_at == at(11)
    off(at(11), at(12))
    assert status_of(waits) == "waiting"
    assert blocks_of(boris, BlockKind.HOLD) == []


def test_weeks_off_go_around_the_bookings_whose_clients_are_to_be_called(
    off: Off, boris: Master, now: dt.datetime
) -> None:
    visits = [book_by_hand(boris, at(15, day=TUESDAY + weeks * 7 * DAY), now=now) for weeks in range(4)]
    ends_at = at(0, day=MONDAY + 28 * DAY)
    result = off(at(0), ends_at, conflicts=Conflicts.MOVE)
    assert (result.offers, result.to_call) == ([], visits)
    edges = [at(0), *(edge for visit in visits for edge in (visit.starts_at, visit.ends_at)), ends_at]
    assert result.stretches == list(zip(edges[::2], edges[1::2], strict=True)) == time_off_of(boris)


@pytest.mark.parametrize("change", [{"is_active": False}, {"telegram_id": None}])
def test_who_cant_answer_in_the_bot_is_to_be_called(
    off: Off, boris: Master, anna: User, now: dt.datetime, change: dict[str, Any]
) -> None:
    visit = book(anna, boris, at(10), now=now)
    User.objects.filter(pk=anna.pk).update(**change)
    result = off(conflicts=Conflicts.MOVE)
    assert (result.to_call, result.offers, result.stretches) == ([visit], [], [(at(11), at(12))])


def test_without_a_time_to_offer_nothing_changes(
    off: Off, boris: Master, anna: User, viktor: User, now: dt.datetime
) -> None:
    book(viktor, boris, at(10), now=now)
    book(anna, boris, at(11), now=now)
    with refused(NoTimeToOffer) as caught:
        off(now, now + 60 * DAY, conflicts=Conflicts.MOVE)
    assert caught.value.booking.client_id == viktor.pk


# --- Taken back ---------------------------------------------------------------------------------------------------


def test_time_off_is_taken_back_wholly_and_in_parts(off: Off, back: Back, boris: Master) -> None:
    off(at(10), at(18), reason="врач")
    assert back(at(12), at(13)) == [(at(12), at(13))]
    assert time_off_of(boris) == [(at(10), at(12)), (at(13), at(18))]
    assert back(at(0), at(23)) == [(at(10), at(12)), (at(13), at(18))]
    assert time_off_of(boris) == []
    with refused(NoTimeOff):
        back(at(0), at(23))


def test_what_was_off_already_stays_written(off: Off, back: Back, boris: Master) -> None:
    off(at(10), at(18))
    assert back(at(10), at(18), now=at(12)) == [(at(12), at(18))]
    assert time_off_of(boris) == [(at(10), at(12))]


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "error"),
    [
        (at(12), at(10), InvalidRange),
        (at(10, day=MONDAY), at(12, day=MONDAY), PastDay),
        (at(14), at(15), NoTimeOff),
    ],
)
def test_what_cant_be_taken_back_is_refused(
    off: Off, back: Back, starts_at: dt.datetime, ends_at: dt.datetime, error: type[Exception]
) -> None:
    off()
    with refused(error):
        back(starts_at, ends_at)


def test_time_taken_back_goes_to_who_waits(  # noqa: PLR0917 - fixtures
    off: Off, back: Back, boris: Master, anna: User, haircut: Service, now: dt.datetime
) -> None:
    let_work(boris, (10, 12), now=now)
    off()
    waits = stand_in_line(anna, boris, haircut, since=now)
    back(at(11), at(12))
    assert open_offer(waits).starts_at == at(11)


def test_other_masters_time_off_stays(off: Off, back: Back, now: dt.datetime) -> None:
    other = MasterFactory.create()
    off()
    take_time_off(master_id=other.pk, starts_at=at(10), ends_at=at(12), reason="", by=in_the_chat(other), now=now)
    back()
    assert time_off_of(other) == [(at(10), at(12))]
    assert AvailabilityBlock.objects.count() == 1
    assert not SlotOffer.objects.exists()

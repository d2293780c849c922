"""A held time: two who wait for it, a walk-in who wants it, and its answer given twice or too late."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError

from accounts.actors import THE_SHOP, Actor
from accounts.models import AuditEvent, Channel
from bookings import holds
from bookings.errors import OfferGone, SlotTaken
from bookings.models import (
    Booking,
    Service,
    SlotOffer,
    WaitlistEntry,
    WaitlistService,
    WaitlistStatus,
)
from bookings.services import (
    accept_offer,
    answering,
    create_manual_booking,
    decline_offer,
    expire_offers,
    leave_waiting_list,
    serve_waiting_list,
)
from bookings.tests.factories import TUESDAY_10
from bookings.tests.races import ENOUGH, Pause, count_harm, crowd, no_lock, outcomes, overlaps, without_constraints
from observability.tests.at_once import run_at_once
from schedules import claims
from schedules.models import BLOCKS_NO_OVERLAP, AvailabilityBlock, Master
from schedules.services import set_day_hours

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
TUESDAY = dt.date(2026, 3, 3)
Act = Callable[[], Any]


@pytest.fixture
def one_hour(boris: Master, now: dt.datetime) -> None:
    """Boris has just this hour on Tuesday: from 10 to 11."""
    set_day_hours(master_id=boris.pk, day=TUESDAY, hours=[(dt.time(10), dt.time(11))], by=THE_SHOP, now=now)


@pytest.fixture
def wait(haircut: Service, now: dt.datetime) -> Callable[[], WaitlistEntry]:
    """A new client in line for Tuesday, with anybody."""

    def joined() -> WaitlistEntry:
        (client,) = crowd(1)
        entry = WaitlistEntry.objects.create(client_id=client, day=TUESDAY, created_at=now)
        WaitlistService.objects.create(entry=entry, service=haircut)
        return entry

    return joined


@pytest.fixture
def offered(one_hour: None, wait: Callable[[], WaitlistEntry], now: dt.datetime) -> Callable[[], SlotOffer]:
    """Tuesday at 10, held for a new client."""

    def made() -> SlotOffer:
        wait()
        assert serve_waiting_list(now=now) == 1
        return SlotOffer.objects.get()

    return made


@pytest.fixture
def walk_in(boris: Master, haircut: Service, now: dt.datetime) -> Act:
    return lambda: create_manual_booking(
        master_id=boris.pk,
        service_ids=[haircut.pk],
        starts_at=TUESDAY_10,
        name="Гость",
        phone="",
        idempotency_key="form",
        by=Actor(boris.user_id, Channel.BOT),
        now=now,
    )


def client_of(offer: SlotOffer) -> Actor:
    return Actor(offer.client_id, Channel.BOT)


def accepting(offer: SlotOffer, now: dt.datetime) -> Act:
    return lambda: accept_offer(offer_id=offer.pk, by=client_of(offer), now=now)


def declining(offer: SlotOffer, now: dt.datetime) -> Act:
    return lambda: decline_offer(offer_id=offer.pk, by=client_of(offer), now=now)


def expiring(offer: SlotOffer) -> Act:
    return lambda: expire_offers(now=offer.expires_at)


def ended(offer: SlotOffer) -> str:
    offer.refresh_from_db()
    return str(offer.status)


def taken() -> list[str]:
    """The kinds of the blocks on Tuesday, in order of time."""
    return list(AvailabilityBlock.objects.order_by("starts_at").values_list("kind", flat=True))


@pytest.fixture
def no_lock_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody locks the master."""
    for module in ("creating", "waiting", "answering"):
        monkeypatch.setattr(f"bookings.services.{module}.lock_masters", no_lock)


# --- Two who want the time ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("one_hour")
@pytest.mark.parametrize("is_offer_first", [True, False])
def test_freed_time_is_offered_or_given_to_a_walk_in_but_never_both(
    wait: Callable[[], WaitlistEntry],
    walk_in: Act,
    now: dt.datetime,
    is_offer_first: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wait()
    pause = Pause()
    if is_offer_first:
        monkeypatch.setattr(holds, "_first_slot", pause_under_lock(pause))
        served, booked = pause.run(lambda: serve_waiting_list(now=now), walk_in)
        assert (served, type(booked), taken()) == (1, SlotTaken, ["hold"])
    else:
        monkeypatch.setattr("bookings.services.creating.check_slot", pause.after(claims.check_slot))
        booked, served = pause.run(walk_in, lambda: serve_waiting_list(now=now))
        assert (type(booked), served, taken()) == (Booking, 0, ["booking"])


FIRST_SLOT = holds._first_slot


def pause_under_lock(pause: Pause) -> Callable[..., Any]:
    """The look that is made before the master is locked decides nothing: the pause is behind the second."""
    paused = pause.after(FIRST_SLOT)
    looks = 0

    def looked(*args: Any, **kwargs: Any) -> Any:
        nonlocal looks
        looks += 1
        return FIRST_SLOT(*args, **kwargs) if looks == 1 else paused(*args, **kwargs)

    return looked


@pytest.mark.usefixtures("one_hour", "no_lock_rule")
def test_control_without_lock_and_constraint_offers_a_time_that_a_walk_in_has(
    wait: Callable[[], WaitlistEntry],
    walk_in: Act,
    now: dt.datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = claims._CLAIM.replace(f"ON CONFLICT ON CONSTRAINT {BLOCKS_NO_OVERLAP} DO NOTHING", "")
    monkeypatch.setattr(claims, "_CLAIM", plain)

    def has_both() -> bool:
        wait()
        pause = Pause()
        monkeypatch.setattr(holds, "_first_slot", pause_under_lock(pause))
        pause.run(lambda: serve_waiting_list(now=now), walk_in)
        return overlaps() > 0

    with without_constraints("availability_blocks", BLOCKS_NO_OVERLAP):
        assert count_harm(has_both) >= ENOUGH


def test_one_time_and_eight_sweeps_are_one_offer_for_the_first_in_line(
    one_hour: None, wait: Callable[[], WaitlistEntry], now: dt.datetime
) -> None:
    first, _ = wait(), wait()
    results = run_at_once([lambda: serve_waiting_list(now=now)] * 8, connections=8)
    assert sorted(results, key=str) == [0] * 7 + [1]
    assert SlotOffer.objects.get().waitlist_entry == first
    assert taken() == ["hold"]


def test_walk_in_gets_no_time_that_is_being_accepted(
    offered: Callable[[], SlotOffer], walk_in: Act, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hold becomes the booking in place, so that there is no moment at which the time is free."""
    offer, pause = offered(), Pause()
    monkeypatch.setattr(answering, "_accept", pause.after(answering._accept))
    accepted, booked = pause.run(accepting(offer, now), walk_in)
    assert (type(accepted), type(booked), taken()) == (Booking, SlotTaken, ["booking"])


# --- Answered twice -----------------------------------------------------------------------------------------------


def test_eight_taps_on_accept_are_one_booking(offered: Callable[[], SlotOffer], now: dt.datetime) -> None:
    offer = offered()
    results = run_at_once([accepting(offer, now)] * 8, connections=8)
    assert outcomes(results) == {"Booking": 8}
    assert Booking.objects.get().block is not None
    assert AuditEvent.objects.filter(action="slot_offer_closed").count() == 1
    assert taken() == ["booking"]


@pytest.mark.parametrize("other", ["expire", "decline", "leave"])
def test_offer_that_is_being_accepted_is_nobodys_any_more(
    offered: Callable[[], SlotOffer], now: dt.datetime, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer, pause = offered(), Pause()
    monkeypatch.setattr(answering, "_accept", pause.before(answering._accept))
    accepted, late = pause.run(accepting(offer, now), answer(offer, other, now))
    assert isinstance(accepted, Booking)
    assert type(late) is {"expire": int, "decline": OfferGone, "leave": WaitlistEntry}[other]
    assert (ended(offer), taken()) == ("accepted", ["booking"])
    assert WaitlistEntry.objects.get().status == WaitlistStatus.TAKEN


@pytest.mark.parametrize("other", ["expire", "decline", "leave"])
def test_offer_that_is_being_let_go_can_not_be_accepted(
    offered: Callable[[], SlotOffer], now: dt.datetime, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer, pause = offered(), Pause()
    for module in ("answering", "waiting"):
        monkeypatch.setattr(f"bookings.services.{module}.close_offer", pause.before(holds.close_offer))
    _, late = pause.run(answer(offer, other, now), accepting(offer, now))
    assert isinstance(late, OfferGone)
    assert ended(offer) == ("expired" if other == "expire" else "declined")
    assert (taken(), Booking.objects.count()) == ([], 0)


def answer(offer: SlotOffer, kind: str, now: dt.datetime) -> Act:
    entry_id = offer.waitlist_entry_id or 0
    return {
        "expire": expiring(offer),
        "decline": declining(offer, now),
        "leave": lambda: leave_waiting_list(entry_id=entry_id, by=client_of(offer), now=now),
    }[kind]


@pytest.mark.usefixtures("no_lock_rule")
@pytest.mark.parametrize("is_sweep_slow", [True, False])
def test_control_without_locks_leaves_it_to_the_database_to_save_the_time_and_somebody_gets_an_error(
    offered: Callable[[], SlotOffer],
    now: dt.datetime,
    is_sweep_slow: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A block that a booking has can't go, nor can a booking have one that is gone; but nobody is told so in words."""
    monkeypatch.setattr(answering, "SlotOffer", Unlocked)
    step = "close_offer" if is_sweep_slow else "_accept"
    unpaused = getattr(answering, step)

    def breaks() -> bool:
        offer, pause = offered(), Pause()
        monkeypatch.setattr(answering, step, pause.before(unpaused))
        sides = expiring(offer), accepting(offer, now)
        results = pause.run(*(sides if is_sweep_slow else sides[::-1]))
        return any(isinstance(result, IntegrityError) for result in results)

    assert count_harm(breaks) >= ENOUGH


class Unlocked:
    """In place of the model: the offer is read without its row's lock."""

    class objects:  # noqa: N801 - as Django calls it
        @staticmethod
        def select_for_update() -> Any:
            return SlotOffer.objects

        filter = SlotOffer.objects.filter


# --- Hours that change under a held time --------------------------------------------------------------------------


def test_held_time_that_is_outside_the_hours_by_now_is_gone(
    offered: Callable[[], SlotOffer], boris: Master, now: dt.datetime
) -> None:
    offer = offered()
    change = set_day_hours(master_id=boris.pk, day=TUESDAY, hours=[], by=THE_SHOP, now=now)
    assert change.in_the_way == []
    with pytest.raises(OfferGone):
        accepting(offer, now)()
    assert (ended(offer), taken()) == ("open", ["hold"])

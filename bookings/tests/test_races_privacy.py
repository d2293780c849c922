"""A client is forgotten while they, or somebody for them, do something else."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from accounts.errors import AccessClosed
from accounts.models import User
from accounts.personal_data import is_blank
from accounts.tests.factories import UserFactory
from bookings import clients
from bookings.errors import VisitToCome
from bookings.models import Booking, Service, SlotOffer, WaitlistEntry
from bookings.services import creating, erase_client, join_waiting_list, privacy
from bookings.tests.factories import WaitlistEntryFactory
from bookings.tests.offer_factories import (
    TUESDAY,
    at,
    book,
    book_by_hand,
    call_off,
    in_the_chat,
    let_work,
    status_of,
    take_off,
)
from bookings.tests.races import CONTROL_ROUNDS, ENOUGH, Pause, forget_bookings
from observability.tests.at_once import run_at_once
from schedules import claims
from schedules.models import Master

pytestmark = pytest.mark.django_db(transaction=True)
Act = Callable[[], Any]


def erasing(user: User, now: dt.datetime) -> Act:
    return lambda: erase_client(user_id=user.pk, by=in_the_chat(user), now=now)


def booking(user: User, master: Master, now: dt.datetime) -> Act:
    return lambda: book(user, master, at(10), now=now)


def joining(user: User, master: Master, haircut: Service, now: dt.datetime) -> Act:
    ids = [haircut.pk]
    return lambda: join_waiting_list(service_ids=ids, master_id=master.pk, day=TUESDAY, by=in_the_chat(user), now=now)


def known(user: User) -> User:
    """With a row in the books, so that theirs stays."""
    WaitlistEntryFactory.create(client=user, status="given_up")
    return user


def is_forgotten(user: User) -> bool:
    return is_blank(User.objects.get(pk=user.pk))


def test_who_is_just_booking_is_not_forgotten(
    anna: User, boris: Master, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = Pause()
    monkeypatch.setattr(creating, "lock_client", pause.after(clients.lock_client))
    booked, erased = pause.run(booking(anna, boris, now), erasing(anna, now))
    assert (type(booked), type(erased)) == (Booking, VisitToCome)
    assert not is_forgotten(anna)


def test_who_is_being_forgotten_books_no_more(
    anna: User, boris: Master, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(anna)
    pause = Pause()
    monkeypatch.setattr(privacy, "check_erasable", pause.after(privacy.check_erasable))
    erased, booked = pause.run(erasing(anna, now), booking(anna, boris, now))
    assert (erased, type(booked)) == (None, AccessClosed)
    assert is_forgotten(anna)
    assert not Booking.objects.exists()


def test_control_without_the_persons_lock_somebody_forgotten_is_expected(
    boris: Master, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "_lock_person", lambda user_id: User.objects.get(pk=user_id))
    original, harmed = privacy.check_erasable, 0
    for _ in range(CONTROL_ROUNDS):
        client, pause = UserFactory.create(), Pause()
        monkeypatch.setattr(privacy, "check_erasable", pause.after(original))
        pause.run(erasing(client, now), booking(client, boris, now))
        harmed += Booking.objects.filter(client=client, status="confirmed").exists() and is_forgotten(client)
        forget_bookings()
    assert harmed >= ENOUGH


def test_who_is_being_forgotten_joins_no_line(
    anna: User, boris: Master, haircut: Service, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    known(anna)
    let_work(boris, (10, 11), now=now)
    book_by_hand(boris, at(10), now=now)
    pause = Pause()
    monkeypatch.setattr(privacy, "_leave", pause.after(privacy._leave))
    erased, joined = pause.run(erasing(anna, now), joining(anna, boris, haircut, now))
    assert (erased, type(joined)) == (None, AccessClosed)
    assert not WaitlistEntry.objects.filter(status="waiting").exists()


def test_a_time_that_is_offered_at_that_moment_is_not_held_for_nobody(
    visit: Booking, line: list[WaitlistEntry], now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at what is held and the locks, the master cancels: the time goes to the next in line."""
    first, second = line
    pause = Pause()
    monkeypatch.setattr(privacy, "_open_offers", pause.after(privacy._open_offers))
    erased, called_off = pause.run(erasing(first.client, now), lambda: call_off(visit, now=now))
    assert (erased, type(called_off)) == (None, Booking)
    offers = SlotOffer.objects.order_by("pk").values_list("waitlist_entry", "status")
    assert list(offers) == [(first.pk, "declined"), (second.pk, "open")]
    assert status_of(first) == "given_up"


def test_two_erasures_at_once_are_one(anna: User, now: dt.datetime) -> None:
    known(anna)
    assert run_at_once([erasing(anna, now)] * 4, connections=4) == [None] * 4
    assert is_forgotten(anna)


@pytest.mark.parametrize("is_erasure_first", [True, False])
def test_an_erasure_and_time_off_that_both_end_a_held_time_do_not_deadlock(
    offer: SlotOffer, is_erasure_first: bool, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The erasure has the client's row and wants the master's; the master's has what it wants next."""
    erase, pause = erasing(offer.client, now), Pause()
    if is_erasure_first:
        monkeypatch.setattr(privacy, "lock_masters", pause.before(claims.lock_masters))
        results = pause.run(erase, lambda: take_off(offer.master, now=now))
    else:
        monkeypatch.setattr("bookings.services.time_off.lock_masters", pause.after(claims.lock_masters))
        results = pause.run(lambda: take_off(offer.master, now=now), erase)
    assert [result for result in results if isinstance(result, Exception)] == []
    assert is_forgotten(offer.client)
    assert not SlotOffer.objects.filter(client=offer.client, status="open").exists()

"""Who is told what: one row for each recipient with a job of its own, in the transaction that causes it."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django import Settings

from accounts.actors import Actor
from accounts.models import Channel, User
from bookings import outbox
from bookings.models import Booking, Notification, NotificationKind, Service, SlotOffer
from bookings.services import (
    Conflicts,
    ask_to_confirm,
    cancel_booking,
    decline_offer,
    release_unconfirmed,
    reschedule_booking,
    take_time_off,
)
from bookings.tests.offer_factories import (
    HOUR,
    at,
    book,
    book_by_hand,
    everything,
    failing,
    in_the_chat,
    let_work,
    stand_in_line,
)
from observability.correlation import correlated
from schedules.models import Master

Rows = list[tuple[str, str]]


class Shop:
    """The cast as a test of the outbox needs it; what has been told by then is forgotten by `news`."""

    def __init__(self, master: Master, client: User, staff: User, haircut: Service, now: dt.datetime) -> None:
        self.master, self.client, self.haircut, self.now = master, client, haircut, now
        self.staff = Actor(staff.pk, Channel.ADMIN)
        self._names = {client.pk: "client", master.user_id: "master"}
        self._known: set[int] = set()

    def news(self) -> Rows:
        """Whom and by which key anybody was told since the last time, in order."""
        rows = list(Notification.objects.exclude(pk__in=self._known).order_by("pk"))
        self._known |= {row.pk for row in rows}
        return [(self._names[row.recipient_id], row.dedupe_key) for row in rows]

    def visit(self) -> Booking:
        booking = book(self.client, self.master, at(10), now=self.now)
        self.news()
        return booking

    def asked(self) -> SlotOffer:
        self.visit()
        result = take_time_off(
            master_id=self.master.pk,
            starts_at=at(10),
            ends_at=at(11),
            reason="",
            by=in_the_chat(self.master),
            now=self.now,
            conflicts=Conflicts.MOVE,
        )
        return result.offers[0]


@pytest.fixture
def shop(boris: Master, anna: User, administrator: User, haircut: Service, now: dt.datetime) -> Shop:
    return Shop(boris, anna, administrator, haircut, now)


# --- Every kind ---------------------------------------------------------------------------------------------------


def _booked(shop: Shop) -> Rows:
    booking = book(shop.client, shop.master, at(10), now=shop.now)
    return [("client", f"client_confirmed:{booking.pk}:0"), ("master", f"master_new:{booking.pk}:0")]


def _booked_by_hand(shop: Shop) -> Rows:
    book_by_hand(shop.master, at(10), now=shop.now)
    return []


def _booked_by_staff(shop: Shop) -> Rows:
    booking = book_by_hand(shop.master, at(10), now=shop.now, by=shop.staff)
    return [("master", f"master_new:{booking.pk}:0")]


def _moved_twice(shop: Shop) -> Rows:
    booking = shop.visit()
    for hour in (11, 12):
        by = in_the_chat(shop.client)
        reschedule_booking(booking_id=booking.pk, starts_at=at(hour), by=by, now=shop.now)
    return [(who, f"{who}_moved:{booking.pk}:{revision}") for revision in (1, 2) for who in ("client", "master")]


def _moved_by_the_master(shop: Shop) -> Rows:
    booking = shop.visit()
    reschedule_booking(booking_id=booking.pk, starts_at=at(11), by=in_the_chat(shop.master), now=shop.now)
    return [("client", f"client_moved:{booking.pk}:1")]


def _cancelled_by(actor: Callable[[Shop], Actor], *told: str) -> Callable[[Shop], Rows]:
    def cancelled(shop: Shop) -> Rows:
        booking = shop.visit()
        cancel_booking(booking_id=booking.pk, by=actor(shop), reason="врач", now=shop.now)
        return [(who, f"{who}_cancelled:{booking.pk}:0") for who in told]

    return cancelled


def _asked_to_confirm(shop: Shop) -> Rows:
    booking = shop.visit()
    Booking.objects.filter(pk=booking.pk).update(confirm_by=at(8))
    for _ in range(2):
        ask_to_confirm(now=at(7))
    return [("client", f"client_asked:{booking.pk}:0")]


def _released(shop: Shop) -> Rows:
    booking = shop.visit()
    Booking.objects.filter(pk=booking.pk).update(confirm_by=at(8), asked_at=shop.now)
    release_unconfirmed(now=at(8))
    return [("client", f"client_released:{booking.pk}:0"), ("master", f"master_cancelled:{booking.pk}:0")]


def _slot_offered(shop: Shop) -> Rows:
    let_work(shop.master, (10, 11), now=shop.now)
    walk_in = book_by_hand(shop.master, at(10), now=shop.now)
    entry = stand_in_line(shop.client, shop.master, shop.haircut, since=shop.now)
    cancel_booking(booking_id=walk_in.pk, by=in_the_chat(shop.master), reason="врач", now=shop.now)
    return [("client", f"client_slot_offered:offer:{entry.slot_offers.get().pk}")]


def _move_offered(shop: Shop) -> Rows:
    return [("client", f"client_move_offered:offer:{shop.asked().pk}")]


def _move_refused(shop: Shop) -> Rows:
    offer = shop.asked()
    shop.news()
    for _ in range(2):
        decline_offer(offer_id=offer.pk, by=in_the_chat(shop.client), now=shop.now)
    return [("master", f"master_move_refused:offer:{offer.pk}")]


TOLD: dict[str, Callable[[Shop], Rows]] = {
    "booked": _booked,
    "booked by the master": _booked_by_hand,
    "booked by staff": _booked_by_staff,
    "moved twice": _moved_twice,
    "moved by the master": _moved_by_the_master,
    "cancelled by the client": _cancelled_by(lambda shop: in_the_chat(shop.client), "client", "master"),
    "cancelled by the master": _cancelled_by(lambda shop: in_the_chat(shop.master), "client"),
    "cancelled by staff": _cancelled_by(lambda shop: shop.staff, "client", "master"),
    "asked to confirm": _asked_to_confirm,
    "released": _released,
    "a time offered": _slot_offered,
    "another time offered": _move_offered,
    "another time refused": _move_refused,
}


@pytest.mark.parametrize("cause", TOLD.values(), ids=TOLD)
def test_those_concerned_are_told_once_and_nobody_of_what_they_did_themselves(
    shop: Shop, cause: Callable[[Shop], Rows]
) -> None:
    expected = cause(shop)
    assert shop.news() == expected
    _assert_every_row_has_its_job()


def test_every_kind_is_told_by_something(shop: Shop) -> None:
    told = set()
    for cause in TOLD.values():
        with transaction.atomic():
            cause(shop)
            told |= set(Notification.objects.values_list("kind", flat=True))
            transaction.set_rollback(True)
    assert told == set(NotificationKind.values)


def _assert_every_row_has_its_job() -> None:
    jobs = ProcrastinateJob.objects.filter(task_name="bookings.tasks.deliver_notification")
    assert sorted(job.args["notification_id"] for job in jobs) == sorted(
        Notification.objects.values_list("pk", flat=True)
    )


# --- With its cause or not at all ---------------------------------------------------------------------------------


def test_row_points_at_what_it_is_about_and_its_job_carries_the_cause(shop: Shop) -> None:
    with correlated("tg-77000003"):
        offer = shop.asked()
    row = Notification.objects.get(kind="client_move_offered")
    assert (row.booking_id, row.slot_offer_id, row.status) == (offer.booking_id, offer.pk, "pending")
    assert row.correlation_id == "tg-77000003"
    job = ProcrastinateJob.objects.get(args__notification_id=row.pk)
    assert job.args["correlation_id"] == "tg-77000003"
    assert Notification.objects.filter(kind="client_confirmed").get().slot_offer_id is None


def test_what_is_rolled_back_was_never_told(shop: Shop) -> None:
    before = everything()
    with transaction.atomic():
        book(shop.client, shop.master, at(10), now=shop.now)
        assert Notification.objects.count() == ProcrastinateJob.objects.count() == 2
        transaction.set_rollback(True)
    assert everything() == before


def test_what_cant_be_told_isnt_done(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    with failing(monkeypatch, outbox, "enqueue", from_call=1):
        book(shop.client, shop.master, at(10), now=shop.now)


def test_master_who_is_a_client_too_gets_the_news_of_their_own_visit(shop: Shop, gleb: Master) -> None:
    booking = book(gleb.user, shop.master, at(10), now=shop.now)
    recipients = dict(Notification.objects.filter(booking=booking).values_list("kind", "recipient_id"))
    assert recipients == {"client_confirmed": gleb.user_id, "master_new": shop.master.user_id}


def test_without_waiting_for_confirmation_nobody_is_asked(shop: Shop, settings: Settings) -> None:
    shop.visit()
    assert ask_to_confirm(now=at(10) - 20 * HOUR) == 0
    assert shop.news() == []

"""A visit booked by hand for somebody who isn't in the bot: by a master for themselves, by staff for everybody."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from accounts.actors import Actor
from accounts.errors import AccessClosed, NotAllowed, PhoneInvalid
from accounts.models import AuditEvent, Channel, Role, User
from bookings.errors import NameRequired, ServiceUnavailable, SlotTaken, SlotUnavailable
from bookings.models import Booking, Service
from bookings.services import create_booking, create_manual_booking, reschedule_booking
from bookings.tests.factories import TUESDAY_10, BookingFactory, SlotOfferFactory
from bookings.tests.ledger import everything, refused, told, unchanged, unless_said_otherwise
from schedules.models import Master
from schedules.tests.factories import BlockFactory

HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
Book = Callable[..., Booking]


@pytest.fixture
def book(boris: Master, boris_himself: Actor, haircut: Service, now: dt.datetime) -> Book:
    """Boris books a haircut for Oleg on Tuesday at 10, but for what is said otherwise."""
    return unless_said_otherwise(
        create_manual_booking,
        master_id=boris.pk,
        service_ids=[haircut.pk],
        starts_at=TUESDAY_10,
        name="Олег",
        phone="",
        idempotency_key="tap-1",
        by=boris_himself,
        now=now,
    )


def test_master_books_a_visit_for_a_walk_in(book: Book, boris: Master, boris_himself: Actor) -> None:
    booking = Booking.objects.get(pk=book(phone="8 916 000-00-01").pk)
    assert (booking.client_id, booking.walk_in_name, booking.walk_in_phone) == (None, "Олег", "+79160000001")
    assert (booking.status, booking.source, booking.total_price) == ("confirmed", "master", Decimal(1500))
    assert (booking.master_id, booking.starts_at, booking.ends_at) == (boris.pk, TUESDAY_10, TUESDAY_10 + HOUR)
    assert booking.block is not None
    assert (booking.block.kind, booking.block.during.upper) == ("booking", TUESDAY_10 + HOUR)
    assert booking.confirm_by is None
    audit = AuditEvent.objects.get()
    assert (audit.action, audit.actor_id, audit.channel) == ("booking_created", boris_himself.user_id, "bot")


def test_master_is_not_told_what_they_did_themselves(book: Book) -> None:
    assert book().pk
    assert told() == []
    assert everything()["procrastinate_jobs"] == []


def test_master_is_told_what_staff_booked(book: Book, boris: Master, gleb: Master, irina: Actor) -> None:
    assert book(by=irina).source == "admin"
    assert book(by=irina, master_id=gleb.pk, idempotency_key="tap-2").source == "admin"
    assert told() == [("master_new", boris.user_id), ("master_new", gleb.user_id)]


def test_owner_books_as_staff(book: Book, administrator: User, irina: Actor) -> None:
    User.objects.filter(pk=administrator.pk).update(role=Role.OWNER, is_superuser=True)
    assert book(by=irina).source == "admin"


def test_master_moves_a_visit_booked_by_hand_and_nobody_is_told(
    book: Book, boris_himself: Actor, now: dt.datetime
) -> None:
    later = TUESDAY_10 + 5 * HOUR
    moved = reschedule_booking(booking_id=book().pk, starts_at=later, by=boris_himself, now=now)
    assert (moved.starts_at, moved.walk_in_name, moved.confirm_by) == (later, "Олег", None)
    assert told() == []


def test_name_and_phone_stay_out_of_trail_news_and_jobs(book: Book) -> None:
    book(phone="+79160000001")
    rows = everything()
    written = str([rows[name] for name in ("audit_events", "notifications", "procrastinate_jobs")])
    assert "booking_created" in written
    assert "Олег" not in written
    assert "9160000001" not in written


# --- For whom -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Олег \t Петров ", "Олег Петров"),
        ("Олег\x00\u202e\u2066", "Олег"),
        ("Я" * 64, "Я" * 64),
        ("\u200b" * 10_000 + "Олег", "Олег"),
    ],
)
def test_name_is_cleaned(book: Book, typed: str, stored: str) -> None:
    assert book(name=typed).walk_in_name == stored


@pytest.mark.parametrize("name", ["", "  \n", "\x00", "\u202e\u2066\u200b", "Я" * 65, "Я" * 10_000])
def test_name_is_required_and_at_most_64_characters_long(
    book: Book, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with refused(NameRequired, caplog, limit=64):
        book(name=name)


@pytest.mark.parametrize("phone", ["8 916 000-00-01", "+7 (916) 000-00-01", "9160000001", "\u202a+79160000001\u202c"])
def test_phone_is_kept_in_full(book: Book, phone: str) -> None:
    assert book(phone=phone).walk_in_phone == "+79160000001"


@pytest.mark.parametrize("phone", ["", "  ", "\n"])
def test_phone_may_be_left_out(book: Book, phone: str) -> None:
    assert book(phone=phone).walk_in_phone == ""


@pytest.mark.parametrize("phone", ["12345", "call me", "+7916000000", "8 916 000-00-01 доб. 5", "9" * 10_000, "\x00"])
def test_phone_that_can_not_be_called_is_refused(book: Book, phone: str, caplog: pytest.LogCaptureFixture) -> None:
    with refused(PhoneInvalid, caplog):
        book(phone=phone)


def test_same_person_may_have_several_visits_to_come(book: Book) -> None:
    for n in range(3):
        assert book(phone="+79160000001", idempotency_key=f"tap-{n}", starts_at=TUESDAY_10 + n * HOUR).pk
    assert Booking.objects.filter(status="confirmed", walk_in_phone="+79160000001").count() == 3


@pytest.mark.parametrize("source", ["master", "admin"])
def test_visit_that_staff_made_does_not_keep_a_client_from_booking(  # noqa: PLR0917 - fixtures
    book: Book, boris: Master, anna: User, haircut: Service, now: dt.datetime, source: str
) -> None:
    BookingFactory.create(client=anna, source=source)
    booking = create_booking(
        client_id=anna.pk,
        service_ids=[haircut.pk],
        master_id=boris.pk,
        starts_at=TUESDAY_10 + 4 * HOUR,
        idempotency_key="tap-1",
        now=now,
    )
    assert booking.client_id == anna.pk


# --- When -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [-HOUR, dt.timedelta(0), MINUTE, 29 * MINUTE])
def test_slot_that_has_just_begun_can_be_booked(book: Book, late: dt.timedelta) -> None:
    assert book(now=TUESDAY_10 + late).starts_at == TUESDAY_10


@pytest.mark.parametrize("late", [29 * MINUTE + dt.timedelta(microseconds=1), 30 * MINUTE, HOUR, 48 * HOUR])
def test_slot_that_began_before_can_not(book: Book, late: dt.timedelta, caplog: pytest.LogCaptureFixture) -> None:
    with refused(SlotUnavailable, caplog, reason="too_soon"):
        book(now=TUESDAY_10 + late)


def test_refused_time_comes_with_the_slots_that_can_be_booked_by_hand(book: Book, boris: Master) -> None:
    BlockFactory.create(master=boris, begins=TUESDAY_10 + 5 * HOUR)
    begun, at = TUESDAY_10 + 4 * HOUR, TUESDAY_10 + 4 * HOUR + 10 * MINUTE
    with pytest.raises(SlotTaken) as caught:
        book(starts_at=begun + HOUR / 2, now=at)
    assert caught.value.slots[0].starts_at == begun
    assert book(starts_at=begun, now=at).pk


@pytest.mark.parametrize("kind", ["booking", "time_off", "hold", "break"])
def test_conflicts_are_the_same_as_for_anybody(
    book: Book, boris: Master, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    begins = TUESDAY_10 - HOUR / 2
    if kind == "booking":
        BookingFactory.create(master=boris, starts_at=begins)
    elif kind == "hold":
        SlotOfferFactory.create(master=boris, starts_at=begins)
    else:
        BlockFactory.create(master=boris, kind=kind, begins=begins)
    with refused(SlotTaken, caplog, reason="time_taken"):
        book()


@pytest.mark.parametrize(
    ("shift", "reason"),
    [(HOUR / 4, "off_grid"), (3 * HOUR, "outside_shift"), (35 * 24 * HOUR, "beyond_horizon")],
)
def test_day_and_grid_are_the_same_as_for_anybody(
    book: Book, shift: dt.timedelta, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with refused(SlotUnavailable, caplog, reason=reason):
        book(starts_at=TUESDAY_10 + shift)


# --- By whom --------------------------------------------------------------------------------------------------------


def test_master_books_for_nobody_elses_day(
    book: Book, gleb: Master, boris_himself: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    with refused(NotAllowed, caplog, user_id=boris_himself.user_id, master_id=gleb.pk):
        book(master_id=gleb.pk)


def test_client_never_books_by_hand(book: Book, anna_herself: Actor, caplog: pytest.LogCaptureFixture) -> None:
    with refused(NotAllowed, caplog, user_id=anna_herself.user_id):
        book(by=anna_herself)


def test_master_demoted_a_moment_ago_may_no_more(book: Book, boris: Master, caplog: pytest.LogCaptureFixture) -> None:
    User.objects.filter(pk=boris.user_id).update(role=Role.CLIENT)
    with refused(NotAllowed, caplog):
        book()


def test_disabled_and_unknown_people_are_let_nowhere(
    book: Book, administrator: User, irina: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    User.objects.filter(pk=administrator.pk).update(is_active=False)
    for by in (irina, Actor(999_999, Channel.ADMIN)):
        with refused(AccessClosed, caplog, user_id=by.user_id):
            book(by=by)


def test_staff_book_for_no_master_who_is_away(
    book: Book, boris: Master, irina: Actor, haircut: Service, caplog: pytest.LogCaptureFixture
) -> None:
    Master.objects.filter(pk=boris.pk).update(is_active=False)
    for master_id in (boris.pk, 999_999):
        with refused(ServiceUnavailable, caplog, service_ids=[haircut.pk], master_id=master_id):
            book(by=irina, master_id=master_id)


# --- Twice ----------------------------------------------------------------------------------------------------------


def test_same_key_gives_the_same_booking(book: Book) -> None:
    first = book()
    with unchanged():
        assert book().pk == first.pk
        assert book(now=TUESDAY_10 + 2 * HOUR).pk == first.pk


def test_same_key_of_staff_or_of_the_master_as_a_client_is_another_booking(
    book: Book, boris: Master, irina: Actor, haircut: Service, now: dt.datetime
) -> None:
    first = book()
    second = book(by=irina, starts_at=TUESDAY_10 + HOUR)
    third = create_booking(
        client_id=boris.user_id,
        service_ids=[haircut.pk],
        master_id=boris.pk,
        starts_at=TUESDAY_10 + 2 * HOUR,
        idempotency_key="tap-1",
        now=now,
    )
    assert len({first.pk, second.pk, third.pk}) == 3

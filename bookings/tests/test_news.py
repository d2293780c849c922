"""What people are told about a visit and about times held for them, and what is not worth telling any more."""

import datetime as dt

import pytest

from accounts.actors import Actor
from accounts.callbacks import Menu
from accounts.models import Channel, User
from bookings import services
from bookings.callbacks import AskCancel, Come
from bookings.delivery import Message, prepare
from bookings.desk.callbacks import Visit
from bookings.models import Booking, Notification, Service, SlotOffer
from bookings.moving.callbacks import ChooseNewDay
from bookings.services import Conflicts
from bookings.tests.factories import BookingFactory, NotificationFactory
from bookings.tests.offer_factories import TUESDAY, at, book, book_by_hand, in_the_chat, stand_in_line
from bookings.waiting.callbacks import Accept, Decline, Leave
from schedules.models import Master

NASTY = "<b>Боб & Ко</b>"


def news(kind: str, *, now: dt.datetime) -> Message:
    """The one message of this kind, as it would be sent now."""
    message = prepare(Notification.objects.get(kind=kind, status="pending").pk, now=now)
    assert message is not None
    return message


def skipped(kind: str, *, now: dt.datetime) -> str:
    """Why the message of this kind is not sent now."""
    row = Notification.objects.filter(kind=kind).earliest("pk")
    assert prepare(row.pk, now=now) is None
    row.refresh_from_db()
    assert row.status == "skipped"
    return row.last_error


def buttons(message: Message) -> list[str | None]:
    return [button.callback_data for row in message.keyboard.inline_keyboard for button in row]


def test_a_master_opens_the_visit_from_every_news_of_it(anna: User, boris: Master, now: dt.datetime) -> None:
    visit = book(anna, boris, at(10), now=now)
    opens = [Visit(booking=visit.pk).pack(), Menu().pack()]
    assert buttons(news("master_new", now=now)) == opens
    services.reschedule_booking(booking_id=visit.pk, starts_at=at(12), by=Actor(anna.pk, Channel.BOT), now=now)
    assert buttons(news("master_moved", now=now)) == opens
    services.cancel_booking(booking_id=visit.pk, by=Actor(anna.pk, Channel.BOT), now=now)
    assert buttons(news("master_cancelled", now=now)) == opens


def give_no_shows(client: User, master: Master, count: int = 2) -> None:
    """So many visits that the client missed in the last days."""
    for days in range(1, count + 1):
        BookingFactory.create(
            client=client, master=master, starts_at=at(10) - dt.timedelta(days=7 + days), status="no_show"
        )


@pytest.fixture
def unsure(anna: User, boris: Master, now: dt.datetime) -> Booking:
    """Anna, who has missed visits, is booked for Wednesday noon and has to confirm."""
    give_no_shows(anna, boris)
    return book(anna, boris, at(12, day=TUESDAY + dt.timedelta(days=1)), now=now)


@pytest.fixture
def held(anna: User, boris: Master, haircut: Service, now: dt.datetime) -> SlotOffer:
    """A time of Tuesday is held for Anna, who waits for it."""
    stand_in_line(anna, boris, haircut, since=now)
    assert services.serve_waiting_list(now=now) == 1
    return SlotOffer.objects.get()


@pytest.fixture
def asked_to_move(anna: User, boris: Master, boris_himself: Actor, now: dt.datetime) -> SlotOffer:
    """Boris takes Tuesday off, where Anna is booked at noon; another time is held for her."""
    User.objects.filter(pk=anna.pk).update(phone="+79160000001")
    book(anna, boris, at(12), now=now)
    taken = services.take_time_off(
        master_id=boris.pk,
        starts_at=at(10),
        ends_at=at(20),
        reason="к врачу",
        by=boris_himself,
        now=now,
        conflicts=Conflicts.MOVE,
    )
    return taken.offers[0]


# --- Moved and cancelled ------------------------------------------------------------------------------------------


def test_both_sides_learn_the_new_time_and_nobody_the_old_one(
    anna: User, boris: Master, irina: Actor, now: dt.datetime
) -> None:
    booking = book(anna, boris, at(10), now=now)
    services.reschedule_booking(booking_id=booking.pk, starts_at=at(15), by=irina, now=now)
    assert "Ваша запись перенесена" in news("client_moved", now=now).text
    assert "вт, 3 марта, 15:00" in news("client_moved", now=now).text
    master = news("master_moved", now=now)
    assert "Анна" in master.text
    assert "15:00" in master.text
    assert skipped("client_confirmed", now=now) == "booking_moved"
    assert skipped("master_new", now=now) == "booking_moved"


def test_news_of_the_first_of_two_moves_is_skipped(anna: User, boris: Master, irina: Actor, now: dt.datetime) -> None:
    booking = book(anna, boris, at(10), now=now)
    for hour in (15, 16):
        services.reschedule_booking(booking_id=booking.pk, starts_at=at(hour), by=irina, now=now)
    assert skipped("client_moved", now=now) == "booking_moved"
    assert "16:00" in news("client_moved", now=now).text


def test_client_reads_why_the_master_cancelled_and_books_again(
    anna: User, boris: Master, boris_himself: Actor, now: dt.datetime
) -> None:
    booking = book(anna, boris, at(10), now=now)
    services.cancel_booking(booking_id=booking.pk, by=boris_himself, reason=f"заболел {NASTY}", now=now)
    message = news("client_cancelled", now=now)
    assert "Мастер отменил вашу запись" in message.text
    assert "Причина: заболел &lt;b&gt;Боб &amp; Ко&lt;/b&gt;" in message.text
    assert buttons(message) == ["1book"]
    assert not Notification.objects.filter(kind="master_cancelled").exists()


def test_master_reads_who_cancelled(anna: User, boris: Master, irina: Actor, now: dt.datetime) -> None:
    booking = book(anna, boris, at(10), now=now)
    services.cancel_booking(booking_id=booking.pk, by=in_the_chat(anna), now=now)
    assert "Отменил клиент." in news("master_cancelled", now=now).text
    Notification.objects.all().delete()
    booking = book(anna, boris, at(10), now=now)
    services.cancel_booking(booking_id=booking.pk, by=irina, reason="потоп", now=now)
    assert "Отменил администратор.\n\nПричина: потоп" in news("master_cancelled", now=now).text
    assert "Барбершоп отменил вашу запись" in news("client_cancelled", now=now).text


def test_names_of_walk_ins_and_clients_are_shown_as_they_were_typed(
    anna: User, boris: Master, irina: Actor, now: dt.datetime
) -> None:
    walk_in = book_by_hand(boris, at(10), by=irina, name=NASTY, now=now)
    assert "👤 &lt;b&gt;Боб &amp; Ко&lt;/b&gt;" in news("master_new", now=now).text
    services.cancel_booking(booking_id=walk_in.pk, by=irina, reason="передумал", now=now)
    assert "👤 &lt;b&gt;Боб" in news("master_cancelled", now=now).text
    assert not Notification.objects.filter(kind__startswith="client").exists()
    Notification.objects.all().delete()
    User.objects.filter(pk=anna.pk).update(name=NASTY)
    book(anna, boris, at(12), now=now)
    assert "👤 &lt;b&gt;Боб" in news("master_new", now=now).text


@pytest.mark.parametrize("kind", ["client_confirmed", "client_moved", "master_new", "master_moved"])
def test_news_of_a_visit_that_is_over_is_skipped(anna: User, boris: Master, now: dt.datetime, kind: str) -> None:
    booking = book(anna, boris, at(10), now=now)
    Notification.objects.all().delete()
    NotificationFactory.create(booking=booking, kind=kind)
    assert skipped(kind, now=at(11)) == "visit_over"


# --- To be confirmed ----------------------------------------------------------------------------------------------


def test_who_has_to_confirm_reads_so_at_once(unsure: Booking, now: dt.datetime) -> None:
    text = news("client_confirmed", now=now).text
    assert "Вы уже пропускали визиты" in text
    assert "Без ответа до ср, 4 марта, 10:00 время отдадим другим" in text


def test_nobody_else_reads_about_confirming(anna: User, boris: Master, now: dt.datetime) -> None:
    give_no_shows(anna, boris, count=1)
    book(anna, boris, at(12), now=now)
    assert "пропускали" not in news("client_confirmed", now=now).text


def test_question_names_the_deadline_the_reason_and_three_answers(unsure: Booking) -> None:
    asked = at(13)
    assert services.ask_to_confirm(now=asked) == 1
    message = news("client_asked", now=asked)
    assert "Придёте?" in message.text
    assert "вы уже пропускали визиты" in message.text
    assert "до <b>ср, 4 марта, 10:00</b>" in message.text
    assert "до <b>10:00</b>" in news("client_asked", now=at(9, day=TUESDAY + dt.timedelta(days=1))).text
    assert buttons(message) == [
        Come(booking=unsure.pk).pack(),
        ChooseNewDay(booking=unsure.pk).pack(),
        AskCancel(booking=unsure.pk).pack(),
    ]


def test_question_that_is_answered_is_not_asked(unsure: Booking, anna: User) -> None:
    services.ask_to_confirm(now=at(13))
    services.confirm_attendance(booking_id=unsure.pk, by=in_the_chat(anna), now=at(13))
    assert skipped("client_asked", now=at(13)) == "already_confirmed"


def test_question_about_another_time_is_not_asked(unsure: Booking, anna: User) -> None:
    services.ask_to_confirm(now=at(13))
    services.reschedule_booking(
        booking_id=unsure.pk, starts_at=unsure.starts_at + dt.timedelta(hours=2), by=in_the_chat(anna), now=at(13)
    )
    assert skipped("client_asked", now=at(13)) == "booking_moved"


def test_question_after_its_deadline_is_not_asked(unsure: Booking) -> None:
    services.ask_to_confirm(now=at(13))
    assert unsure.confirm_by is not None
    assert skipped("client_asked", now=unsure.confirm_by) == "too_late_to_confirm"


def test_who_did_not_confirm_reads_why_the_time_is_gone(unsure: Booking, boris: Master) -> None:
    assert unsure.confirm_by is not None
    services.ask_to_confirm(now=at(13))
    assert services.release_unconfirmed(now=unsure.confirm_by) == 1
    message = news("client_released", now=unsure.confirm_by)
    assert "Ваша запись отменена" in message.text
    assert "вовремя не подтвердили" in message.text
    assert buttons(message) == ["1book"]
    assert "Клиент не подтвердил её вовремя" in news("master_cancelled", now=unsure.confirm_by).text


# --- Held times ---------------------------------------------------------------------------------------------------


def test_who_waits_reads_what_is_held_and_until_when(held: SlotOffer, now: dt.datetime) -> None:
    message = news("client_slot_offered", now=now)
    assert "Освободилось время!" in message.text
    assert "✂️ Стрижка\n👤 Борис\n🗓 вт, 3 марта, 10:00\n💳 1 500 ₽" in message.text
    assert "до <b>12:15</b>" in message.text
    assert buttons(message) == [
        Accept(offer=held.pk).pack(),
        Decline(offer=held.pk).pack(),
        Leave(entry=held.waitlist_entry_id or 0).pack(),
    ]


def test_offer_that_is_over_is_not_made(held: SlotOffer, anna: User, now: dt.datetime) -> None:
    assert skipped("client_slot_offered", now=held.expires_at) == "offer_expired"


def test_offer_that_was_answered_is_not_made(held: SlotOffer, anna: User, now: dt.datetime) -> None:
    services.decline_offer(offer_id=held.pk, by=in_the_chat(anna), now=now)
    assert skipped("client_slot_offered", now=now) == "offer_closed"


def test_client_in_the_way_is_asked_whether_another_time_will_do(asked_to_move: SlotOffer, now: dt.datetime) -> None:
    message = news("client_move_offered", now=now)
    assert "Борис не сможет принять вас <b>вт, 3 марта, 12:00</b>" in message.text
    assert "🗓 пн, 2 марта, 19:00" in message.text
    assert "к врачу" not in message.text
    assert buttons(message) == [Accept(offer=asked_to_move.pk).pack(), Decline(offer=asked_to_move.pk).pack()]


@pytest.mark.parametrize(("answers", "words"), [(True, "оставил прежнее время"), (False, "не ответил")])
def test_master_reads_who_keeps_the_time_and_their_phone(
    asked_to_move: SlotOffer, anna: User, now: dt.datetime, *, answers: bool, words: str
) -> None:
    if answers:
        services.decline_offer(offer_id=asked_to_move.pk, by=in_the_chat(anna), now=now)
    else:
        services.expire_offers(now=asked_to_move.expires_at)
    text = news("master_move_refused", now=asked_to_move.expires_at).text
    assert words in text
    assert "Анна" in text
    assert "вт, 3 марта, 12:00" in text
    assert "Телефон: +79160000001" in text


def test_master_is_not_told_of_a_time_that_the_client_gave_up_after_all(
    asked_to_move: SlotOffer, anna: User, boris: Master, now: dt.datetime
) -> None:
    services.decline_offer(offer_id=asked_to_move.pk, by=in_the_chat(anna), now=now)
    services.reschedule_booking(
        booking_id=asked_to_move.booking_id or 0,
        starts_at=at(15, day=TUESDAY + dt.timedelta(days=1)),
        by=in_the_chat(anna),
        now=now,
    )
    assert skipped("master_move_refused", now=now) == "booking_moved"

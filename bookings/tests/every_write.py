"""Every public service of every app, called once: those that change a master's free time, and those that don't.

A scene prepares the shop and gives the call, which the test makes when somebody has read and kept what is free.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from accounts import services as accounts
from accounts.actors import THE_SHOP
from accounts.invites import create_invite
from accounts.models import Language, Role, User
from bookings import services as bookings
from bookings.models import Booking, Service, SlotOffer, WaitlistEntry
from bookings.selectors import ANY_MASTER
from bookings.tests.offer_factories import (
    HOUR,
    TUESDAY,
    at,
    book,
    book_by_hand,
    in_the_chat,
    let_work,
    open_offer,
    stand_in_line,
)
from schedules import services as schedules
from schedules.models import Master
from schedules.tests.factories import MONDAY

PHONE = "+79160000001"
Call = Callable[[], object]


@dataclass(frozen=True)
class Shop:
    """The cast: a master whose free time is read, a client, the service that both know."""

    master: Master
    client: User
    haircut: Service
    now: dt.datetime

    def visit(self) -> Booking:
        return book(self.client, self.master, at(10), now=self.now)

    def free(self, visit: Booking) -> None:
        bookings.cancel_booking(booking_id=visit.pk, by=in_the_chat(self.master), reason="врач", now=self.now)

    def full_day(self) -> Booking:
        """The only visit that the day has time for."""
        let_work(self.master, (10, 11), now=self.now)
        return book_by_hand(self.master, at(10), now=self.now)

    def waiting(self) -> WaitlistEntry:
        return stand_in_line(self.client, self.master, self.haircut, since=self.now)

    def held(self) -> SlotOffer:
        """A time that came free, for the client."""
        visit, entry = self.full_day(), self.waiting()
        self.free(visit)
        return open_offer(entry)

    def asked_to_move(self) -> SlotOffer:
        """Half of the client's hour is to be time off: they are offered another."""
        self.visit()
        result = bookings.take_time_off(
            master_id=self.master.pk,
            starts_at=at(10, 30),
            ends_at=at(11),
            reason="",
            by=in_the_chat(self.master),
            now=self.now,
            conflicts=bookings.Conflicts.MOVE,
        )
        return result.offers[0]

    def to_confirm(self) -> Booking:
        """A visit that is lost unless the client says by eight that they come."""
        visit = self.visit()
        Booking.objects.filter(pk=visit.pk).update(confirm_by=at(8), asked_at=self.now)
        return visit


Scene = Callable[[Shop], Call]


def create_booking(shop: Shop) -> Call:
    return shop.visit


def create_manual_booking(shop: Shop) -> Call:
    return lambda: book_by_hand(shop.master, at(10), now=shop.now)


def cancel_booking(shop: Shop) -> Call:
    visit = shop.visit()
    return lambda: shop.free(visit)


def reschedule_booking(shop: Shop) -> Call:
    by, visit = in_the_chat(shop.client), shop.visit()
    return lambda: bookings.reschedule_booking(booking_id=visit.pk, starts_at=at(11), by=by, now=shop.now)


def release_unconfirmed(shop: Shop) -> Call:
    shop.to_confirm()
    return lambda: bookings.release_unconfirmed(now=at(8))


def take_time_off(shop: Shop) -> Call:
    by = in_the_chat(shop.master)
    return lambda: bookings.take_time_off(
        master_id=shop.master.pk, starts_at=at(10), ends_at=at(12), reason="", by=by, now=shop.now
    )


def take_back_time_off(shop: Shop) -> Call:
    take_time_off(shop)()
    by = in_the_chat(shop.master)
    return lambda: bookings.take_back_time_off(
        master_id=shop.master.pk, starts_at=at(10), ends_at=at(11), by=by, now=shop.now
    )


def accept_offer(shop: Shop) -> Call:
    offer = shop.asked_to_move()
    return lambda: bookings.accept_offer(offer_id=offer.pk, by=in_the_chat(shop.client), now=shop.now)


def decline_offer(shop: Shop) -> Call:
    offer = shop.held()
    return lambda: bookings.decline_offer(offer_id=offer.pk, by=in_the_chat(shop.client), now=shop.now)


def erase_client(shop: Shop) -> Call:
    shop.held()
    return lambda: bookings.erase_client(user_id=shop.client.pk, by=in_the_chat(shop.client), now=shop.now)


def expire_offers(shop: Shop) -> Call:
    offer = shop.held()
    return lambda: bookings.expire_offers(now=offer.expires_at)


def leave_waiting_list(shop: Shop) -> Call:
    entry_id = shop.held().waitlist_entry_id or 0
    return lambda: bookings.leave_waiting_list(entry_id=entry_id, by=in_the_chat(shop.client), now=shop.now)


def serve_waiting_list(shop: Shop) -> Call:
    shop.full_day()
    shop.waiting()
    let_work(shop.master, (10, 12), now=shop.now)
    return lambda: bookings.serve_waiting_list(now=shop.now)


def update_master(shop: Shop) -> Call:
    return lambda: schedules.update_master(
        master_id=shop.master.pk, name=shop.master.name, is_active=False, by=THE_SHOP
    )


def set_rota(shop: Shop) -> Call:
    return lambda: schedules.set_rota(
        master_id=shop.master.pk,
        from_day=TUESDAY,
        cycle_days=1,
        cycle_anchor=TUESDAY,
        hours={0: [(dt.time(9), dt.time(12))]},
        by=THE_SHOP,
        now=shop.now,
    )


def set_day_hours(shop: Shop) -> Call:
    return lambda: let_work(shop.master, (9, 12), now=shop.now)


def clear_day_hours(shop: Shop) -> Call:
    let_work(shop.master, now=shop.now)
    return lambda: schedules.clear_day_hours(master_id=shop.master.pk, day=TUESDAY, by=THE_SHOP, now=shop.now)


def set_lunch(shop: Shop) -> Call:
    return lambda: schedules.set_lunch(
        master_id=shop.master.pk, lunch=None, from_day=MONDAY, one_day=False, by=THE_SHOP, now=shop.now
    )


def ask_to_confirm(shop: Shop) -> Call:
    Booking.objects.filter(pk=shop.to_confirm().pk).update(asked_at=None)
    return lambda: bookings.ask_to_confirm(now=shop.now)


def confirm_attendance(shop: Shop) -> Call:
    visit = shop.to_confirm()
    return lambda: bookings.confirm_attendance(booking_id=visit.pk, by=in_the_chat(shop.client), now=shop.now)


def complete_past_bookings(shop: Shop) -> Call:
    shop.visit()
    return lambda: bookings.complete_past_bookings(now=at(12))


def mark_no_show(shop: Shop) -> Call:
    visit = shop.visit()
    return lambda: bookings.mark_no_show(booking_id=visit.pk, by=in_the_chat(shop.master), now=at(10, 15))


def join_waiting_list(shop: Shop) -> Call:
    shop.full_day()
    return lambda: bookings.join_waiting_list(
        service_ids=[shop.haircut.pk], master_id=ANY_MASTER, day=TUESDAY, by=in_the_chat(shop.client), now=shop.now
    )


def share_contact(shop: Shop) -> Call:
    book_by_hand(shop.master, at(10), now=shop.now, phone=PHONE)
    contact = shop.client.telegram_id
    return lambda: bookings.share_contact(
        user_id=shop.client.pk, phone=PHONE, contact_user_id=contact, now=shop.now - HOUR
    )


def share_phone(shop: Shop) -> Call:
    contact = shop.client.telegram_id
    return lambda: accounts.share_phone(user=shop.client, phone=PHONE, contact_user_id=contact)


def create_master(shop: Shop) -> Call:
    return lambda: schedules.create_master(user_id=shop.client.pk, name="Анна", by=THE_SHOP)


def join_by_invite(shop: Shop) -> Call:
    _, token = create_invite(role=Role.MASTER, by=THE_SHOP, now=shop.now)
    return lambda: bookings.join_by_invite(user_id=shop.client.pk, token=token, now=shop.now)


def change_role(shop: Shop) -> Call:
    master = shop.master.user_id
    return lambda: bookings.change_role(user_id=master, role=Role.CLIENT, by=THE_SHOP, now=shop.now)


def change_access(shop: Shop) -> Call:
    master = shop.master.user_id
    return lambda: bookings.change_access(user_id=master, is_active=False, by=THE_SHOP, now=shop.now)


CHANGE_FREE_TIME: dict[str, Scene] = {
    "bookings.accept_offer": accept_offer,
    "bookings.cancel_booking": cancel_booking,
    "bookings.change_access": change_access,
    "bookings.change_role": change_role,
    "bookings.create_booking": create_booking,
    "bookings.create_manual_booking": create_manual_booking,
    "bookings.decline_offer": decline_offer,
    "bookings.erase_client": erase_client,
    "bookings.expire_offers": expire_offers,
    "bookings.leave_waiting_list": leave_waiting_list,
    "bookings.release_unconfirmed": release_unconfirmed,
    "bookings.reschedule_booking": reschedule_booking,
    "bookings.serve_waiting_list": serve_waiting_list,
    "bookings.take_back_time_off": take_back_time_off,
    "bookings.take_time_off": take_time_off,
    "schedules.clear_day_hours": clear_day_hours,
    "schedules.set_day_hours": set_day_hours,
    "schedules.set_lunch": set_lunch,
    "schedules.set_rota": set_rota,
    "schedules.update_master": update_master,
}
LEAVE_FREE_TIME: dict[str, Scene] = {
    "accounts.create_owner": lambda shop: lambda: accounts.create_owner(username="olga", password="not-a-secret"),
    "accounts.identify_telegram_user": lambda shop: (
        lambda: accounts.identify_telegram_user(telegram_id=1999, name="Новый", language_code="ru")
    ),
    "accounts.set_language": lambda shop: lambda: accounts.set_language(user=shop.client, language=Language.EN),
    "accounts.set_time_zone": lambda shop: lambda: accounts.set_time_zone(user=shop.client, time_zone="Asia/Omsk"),
    "accounts.share_phone": share_phone,
    "bookings.ask_to_confirm": ask_to_confirm,
    "bookings.complete_past_bookings": complete_past_bookings,
    "bookings.confirm_attendance": confirm_attendance,
    "bookings.export_client": lambda shop: (
        lambda: bookings.export_client(user_id=shop.client.pk, by=in_the_chat(shop.client), now=shop.now)
    ),
    "bookings.join_by_invite": join_by_invite,
    "bookings.join_waiting_list": join_waiting_list,
    "bookings.mark_no_show": mark_no_show,
    "bookings.share_contact": share_contact,
    "schedules.create_master": create_master,
}
WRITE_NOTHING = {"accounts.clean_name", "accounts.language_of", "accounts.language_with", "bookings.manual_key"}
# Shared by the modules of a package of services; their callers hold the lock, and are tried above.
WITHIN_A_PACKAGE = {
    "bookings.cancel_and_pass_on",
    "bookings.cancel_locked",
    "bookings.check_active",
    "bookings.check_erasable",
    "bookings.give_up",
    "bookings.move_locked",
    "bookings.taken_minutes",
}

"""Who is not told, nor forgotten: whom the shop expects, who works here, and whoever asks for somebody else."""

import datetime as dt

import pytest

from accounts.actors import THE_SHOP
from accounts.errors import NotAllowed, PersonUnknown, WorksHere
from accounts.models import User
from bookings.errors import VisitToCome
from bookings.services import erase_client, export_client
from bookings.tests.offer_factories import MINUTE, at, book, book_by_hand, in_the_chat, refused
from schedules.models import Master

PHONE = "+79160000077"


def erase(user: User, now: dt.datetime) -> None:
    erase_client(user_id=user.pk, by=in_the_chat(user), now=now)


def test_nobody_is_erased_whom_the_shop_expects(anna: User, boris: Master, now: dt.datetime) -> None:
    visit = book(anna, boris, at(10), now=now)
    with refused(VisitToCome) as caught:
        erase(anna, now)
    assert caught.value.booking == visit
    with refused(VisitToCome):
        erase(anna, visit.ends_at - MINUTE)
    erase(anna, visit.ends_at)
    assert User.objects.get(pk=anna.pk).telegram_id is None


def test_nobody_is_erased_whose_phone_was_booked_by_hand(anna: User, boris: Master, now: dt.datetime) -> None:
    User.objects.filter(pk=anna.pk).update(phone=PHONE)
    book_by_hand(boris, at(10), phone=PHONE, name="Аня", now=now)
    with refused(VisitToCome):
        erase(anna, now)


def test_whoever_works_here_is_not_erased(boris: Master, administrator: User, now: dt.datetime) -> None:
    for person in (boris.user, administrator):
        with refused(WorksHere):
            erase_client(user_id=person.pk, by=THE_SHOP, now=now)


def test_who_was_a_master_once_is_not_erased(boris: Master, now: dt.datetime) -> None:
    User.objects.filter(pk=boris.user_id).update(role="client")
    with refused(WorksHere):
        erase_client(user_id=boris.user_id, by=THE_SHOP, now=now)


def test_clients_and_masters_ask_for_themselves_only(anna: User, viktor: User, boris: Master, now: dt.datetime) -> None:
    for somebody in (viktor, boris.user):
        for service in (export_client, erase_client):
            with refused(NotAllowed):
                service(user_id=anna.pk, by=in_the_chat(somebody), now=now)


def test_staff_ask_for_anybody(anna: User, administrator: User, now: dt.datetime) -> None:
    assert export_client(user_id=anna.pk, by=in_the_chat(administrator), now=now)["person"]["id"] == anna.pk
    erase_client(user_id=anna.pk, by=in_the_chat(administrator), now=now)
    assert not User.objects.filter(pk=anna.pk).exists()


def test_who_is_unknown_can_be_neither_told_nor_erased(db: None, now: dt.datetime) -> None:
    for service in (export_client, erase_client):
        with pytest.raises(PersonUnknown):
            service(user_id=404, by=THE_SHOP, now=now)

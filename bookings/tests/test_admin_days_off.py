"""Time off in admin: given with what becomes of the bookings in the way, taken back by an action."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEvent, User
from bookings.models import Booking, SlotOffer
from bookings.tests.admin_pages import TIME_OFF, browser_of, time_off
from bookings.tests.ledger import everything
from bookings.tests.offer_factories import DAY, HOUR, at, book, book_by_hand, take_off, time_off_of
from schedules.models import AvailabilityBlock, BlockKind, Master
from schedules.tests.admin_pages import error_beside, said
from schedules.tests.factories import BlockFactory

ADD = f"{TIME_OFF}add/"


@pytest.fixture
def staff(administrator: User, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The administrator's browser, with every permission on time off, at `now`."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    return browser_of(administrator, "view_availabilityblock", "add_availabilityblock", "change_availabilityblock")


def test_time_off_is_given(staff: Client, administrator: User, boris: Master) -> None:
    answer = staff.post(ADD, time_off(boris, reason="врач"))
    assert (answer.status_code, answer["Location"]) == (302, TIME_OFF)
    assert time_off_of(boris) == [(at(10), at(12))]
    assert AvailabilityBlock.objects.get().reason == "врач"
    event = AuditEvent.objects.get()
    assert (event.actor_id, event.channel) == (administrator.pk, "admin")


def test_bookings_in_the_way_are_listed_beside_the_choice(
    staff: Client, anna: User, boris: Master, now: dt.datetime
) -> None:
    book(anna, boris, at(10), now=now)
    book_by_hand(boris, at(11), now=now, name="Олег")
    before = everything()
    (words,) = error_beside(staff.post(ADD, time_off(boris)), "conflicts")
    assert "вт, 3 марта, 10:00, Анна" in words
    assert "вт, 3 марта, 11:00, Олег" in words
    assert everything() == before


def test_bookings_in_the_way_are_cancelled_for_one_reason(
    staff: Client, anna: User, boris: Master, now: dt.datetime
) -> None:
    book(anna, boris, at(10), now=now)
    book_by_hand(boris, at(11), now=now)
    answer = staff.post(ADD, time_off(boris, conflicts="cancel", cancel_reason="болезнь"))
    assert answer.status_code == 302
    rows = set(Booking.objects.values_list("status", "cancelled_by", "cancel_reason"))
    assert rows == {("cancelled", "admin", "болезнь")}
    assert any("Отменено 2 записи" in words for words in said(answer))


def test_cancelling_without_a_reason_is_an_error_beside_it(
    staff: Client, anna: User, boris: Master, now: dt.datetime
) -> None:
    book(anna, boris, at(10), now=now)
    before = everything()
    assert len(error_beside(staff.post(ADD, time_off(boris, conflicts="cancel")), "cancel_reason")) == 1
    assert everything() == before


def test_clients_are_offered_another_time_and_whom_to_call_is_said(
    staff: Client, anna: User, boris: Master, now: dt.datetime
) -> None:
    booking = book(anna, boris, at(10), now=now)
    book_by_hand(boris, at(11), now=now, name="Олег", phone="+79160000001")
    answer = staff.post(ADD, time_off(boris, conflicts="move"))
    assert answer.status_code == 302
    assert SlotOffer.objects.get().booking_id == booking.pk
    (warning,) = [words for words in said(answer) if words.startswith("warning")]
    assert "Олег +79160000001" in warning
    assert "Анна" not in warning


def test_no_time_to_offer_is_an_error_beside_the_choice_with_the_booking(
    staff: Client, anna: User, boris: Master, now: dt.datetime
) -> None:
    book(anna, boris, at(10), now=now)
    before = everything()
    form = time_off(boris, at(10) - DAY, at(10) + 60 * DAY, conflicts="move")
    (words,) = error_beside(staff.post(ADD, form), "conflicts")
    assert "Анна" in words
    assert everything() == before


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"ends_at_1": "09:00"}, "ends_at"),
        ({"ends_at_0": "03.03.2028"}, "ends_at"),
        ({"starts_at_0": "01.03.2026", "ends_at_0": "01.03.2026"}, "ends_at"),
        ({"starts_at_0": "01.01.0001", "ends_at_0": "01.01.0001"}, "ends_at"),
        ({"starts_at_0": "31.12.9999", "starts_at_1": "23:00", "ends_at_0": "01.01.0001"}, "ends_at"),
        ({"starts_at_0": ""}, "starts_at"),
        ({"ends_at_1": "later"}, "ends_at"),
        ({"master": ""}, "master"),
        ({"master": 404}, "master"),
        ({"reason": "я" * 501}, "reason"),
        ({"cancel_reason": "я" * 501}, "cancel_reason"),
        ({"conflicts": "forget"}, "conflicts"),
        ({"conflicts": ""}, "conflicts"),
    ],
)
def test_refused_time_off_is_an_error_beside_its_field(
    staff: Client, boris: Master, fields: dict[str, Any], field: str
) -> None:
    before = everything()
    answer = staff.post(ADD, time_off(boris, **fields))
    assert len(error_beside(answer, field)) == 1
    assert len(answer.context["adminform"].form.errors) == 1
    assert everything() == before


def test_time_off_is_taken_back_by_an_action(staff: Client, boris: Master, gleb: Master, now: dt.datetime) -> None:
    for master in (boris, gleb):
        take_off(master, now=now)
    take_off(boris, at(15), at(16), now=now)
    chosen = list(AvailabilityBlock.objects.filter(starts_at=at(10)).values_list("pk", flat=True))
    answer = staff.post(TIME_OFF, {"action": "take_back", "_selected_action": chosen})
    assert said(answer) == ["success: Отменено 2 выходных."]
    assert (time_off_of(boris), time_off_of(gleb)) == ([(at(15), at(16))], [])


def test_time_off_that_is_over_is_not_taken_back_and_the_rest_is(
    staff: Client, boris: Master, now: dt.datetime
) -> None:
    past = BlockFactory.create(master=boris, begins=now - 3 * HOUR, ends=now - HOUR)
    begun = BlockFactory.create(master=boris, begins=now - HOUR, ends=now + HOUR)
    answer = staff.post(TIME_OFF, {"action": "take_back", "_selected_action": [past.pk, begun.pk]})
    assert [words.split(":")[0] for words in said(answer)] == ["error", "success"]
    assert time_off_of(boris) == [(now - 3 * HOUR, now - HOUR), (now - HOUR, now)]


@pytest.mark.leaves_broken("blocks_without_booking", "expired_holds")
def test_other_blocks_are_not_shown_and_not_taken_back(staff: Client, boris: Master) -> None:
    kinds = (BlockKind.BOOKING, BlockKind.BREAK, BlockKind.HOLD)
    others = [
        BlockFactory.create(master=boris, kind=kind, begins=at(10 + n), ends=at(11 + n)) for n, kind in enumerate(kinds)
    ]
    page = staff.get(TIME_OFF)
    assert page.context["cl"].result_count == 0
    before = everything()
    staff.post(TIME_OFF, {"action": "take_back", "_selected_action": [block.pk for block in others]})
    for block in others:
        assert staff.get(f"{TIME_OFF}{block.pk}/change/").status_code == 302
    assert everything() == before


def test_list_shows_whose_it_is_when_and_why_and_filters_by_master(
    staff: Client, boris: Master, gleb: Master, now: dt.datetime
) -> None:
    for master, reason in ((boris, "врач"), (gleb, "отпуск")):
        take_off(master, reason=reason, now=now)
    page = staff.get(TIME_OFF).content.decode()
    assert all(words in page for words in ("Борис", "врач", "Глеб", "отпуск"))
    filtered = staff.get(TIME_OFF, {"master__id__exact": gleb.pk})
    assert [block.reason for block in filtered.context["cl"].result_list] == ["отпуск"]


def test_row_of_time_off_is_only_looked_at(staff: Client, boris: Master, now: dt.datetime) -> None:
    take_off(boris, reason="врач", now=now)
    block = AvailabilityBlock.objects.get()
    before = everything()
    page = staff.get(f"{TIME_OFF}{block.pk}/change/")
    assert "врач" in page.content.decode()
    assert staff.post(f"{TIME_OFF}{block.pk}/change/", {"reason": "другое"}).status_code == 403
    assert staff.post(f"{TIME_OFF}{block.pk}/delete/", {"post": "yes"}).status_code == 403
    assert everything() == before

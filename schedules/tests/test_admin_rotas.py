"""Rotas in admin: given from a day on with their shifts, refused beside the field, given back by an action."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEvent, User
from schedules.models import Master, Rota
from schedules.tests.admin_pages import ROTA, TUESDAY, UNCHANGED, error_beside, rota, said
from schedules.tests.changes import DAY, NINE_TO_ONE, TEN_TO_SIX, TWO_TO_EIGHT, booked, hours_on, plan_of, tables
from schedules.tests.factories import MONDAY


def test_week_is_given_from_a_day_on(staff: Client, administrator: User, boris: Master) -> None:
    rows = [(day, "10:00", "18:00") for day in range(4)] + [(4, "09:00", "13:00"), (4, "14:00", "20:00")]
    answer = staff.post(f"{ROTA}add/", rota(boris, *rows))
    assert answer.status_code == 302, answer.context["errors"]
    plan = plan_of(boris, MONDAY, MONDAY + 6 * DAY)
    assert plan.hours(MONDAY) == ((dt.time(10), dt.time(20)),)
    assert [plan.hours(MONDAY + n * DAY) for n in (1, 4, 5)] == [(TEN_TO_SIX,), (NINE_TO_ONE, TWO_TO_EIGHT), ()]
    event = AuditEvent.objects.get()
    assert (event.actor_id, event.channel, event.action) == (administrator.pk, "admin", "rota_changed")


def test_one_day_needs_no_cycle_and_no_day_of_it(staff: Client, boris: Master) -> None:
    form = rota(boris, ("", "09:00", "13:00"), one_day="on", cycle_days="", cycle_anchor="")
    assert staff.post(f"{ROTA}add/", form).status_code == 302
    assert (hours_on(boris, TUESDAY), hours_on(boris, TUESDAY + DAY)) == (
        (NINE_TO_ONE,),
        ((dt.time(10), dt.time(20)),),
    )


def test_one_day_without_shifts_is_a_day_off(staff: Client, boris: Master) -> None:
    assert staff.post(f"{ROTA}add/", rota(boris, ("", "", ""), one_day="on")).status_code == 302
    assert hours_on(boris, TUESDAY) == ()


def test_rota_from_the_same_day_takes_the_place_of_the_first(staff: Client, boris: Master) -> None:
    for ends in ("17:00", "18:00"):
        assert staff.post(f"{ROTA}add/", rota(boris, (1, "10:00", ends))).status_code == 302
    assert hours_on(boris, TUESDAY) == (TEN_TO_SIX,)
    assert Rota.objects.filter(master=boris, from_day=TUESDAY).count() == 1


@pytest.mark.parametrize(
    ("fields", "rows", "field", "row"),
    [
        ({"from_day": MONDAY - DAY}, [], "from_day", None),
        ({"from_day": MONDAY + 400 * DAY}, [], "from_day", None),
        ({"from_day": "someday"}, [], "from_day", None),
        ({"from_day": ""}, [], "from_day", None),
        ({"cycle_days": 57}, [], "cycle_days", None),
        ({"cycle_days": 0}, [], "cycle_days", None),
        ({"cycle_days": -1}, [], "cycle_days", None),
        ({"cycle_days": ""}, [], "cycle_days", None),
        ({"cycle_anchor": ""}, [], "cycle_anchor", None),
        ({"master": 404}, [], "master", None),
        ({}, [(1, "10:00", "18:00"), (7, "10:00", "18:00")], "cycle_day", 1),
        ({}, [("", "10:00", "18:00")], "cycle_day", 0),
        ({"one_day": "on"}, [(1, "10:00", "18:00")], "cycle_day", 0),
        ({}, [(1, "10:00", "10:00")], "ends", 0),
        ({}, [(1, "10:00:30", "18:00")], "starts", 0),
        ({}, [(1, "10:00", "18:00"), (2, "10:00", "18:00"), (1, "17:00", "20:00")], "starts", 2),
        ({}, [(1, "10:00", "18:00"), (1, "10:00", "18:00")], "starts", 1),
        ({}, [(1, "10:00", "")], "ends", 0),
    ],
)
def test_refused_rota_is_an_error_beside_its_field(
    *, staff: Client, boris: Master, fields: dict[str, Any], rows: list[Any], field: str, row: int | None
) -> None:
    before = tables()
    answer = staff.post(f"{ROTA}add/", rota(boris, *rows, **fields))
    assert len(error_beside(answer, field, row)) == 1
    forms = [answer.context["adminform"].form, *answer.context["inline_admin_formsets"][0].formset.forms]
    assert sum(len(errors) for form in forms for errors in form.errors.values()) == 1
    after = tables()
    assert [after[table] for table in UNCHANGED] == [before[table] for table in UNCHANGED]


@pytest.mark.leaves_broken("blocks_without_booking")
def test_bookings_in_the_way_are_counted_in_a_warning_by_the_shops_clock(staff: Client, boris: Master) -> None:
    for day in (3, 5):
        booked(boris, dt.datetime(2026, 3, day, 16, tzinfo=dt.UTC))
    answer = staff.post(f"{ROTA}add/", rota(boris, (1, "10:00", "18:00")))
    (warning,) = [words for words in said(answer) if words.startswith("warning")]
    assert "2" in warning
    assert "3 марта 19:00" in warning
    assert "5 марта 19:00" in warning


def test_list_says_the_hours_of_the_cycle_with_their_days(staff: Client, boris: Master) -> None:
    rows = [(0, "10:00", "18:00"), (1, "09:00", "13:00"), (1, "14:00", "20:00"), (4, "10:00", "18:00")]
    staff.post(f"{ROTA}add/", rota(boris, *rows))
    page = staff.get(ROTA).content.decode()
    assert "0, 4: 10:00–18:00; 1: 09:00–13:00, 14:00–20:00" in page
    assert "0, 1, 2, 3, 4: 10:00–20:00" in page


def test_rotas_that_are_there_are_only_looked_at(staff: Client, boris: Master) -> None:
    row = Rota.objects.get(master=boris)
    page = staff.get(f"{ROTA}{row.pk}/change/")
    assert page.status_code == 200
    assert 'name="cycle_days"' not in page.content.decode()
    assert 'name="shifts-0-starts"' not in page.content.decode()
    assert "20:00" in page.content.decode()
    before = tables()
    assert staff.post(f"{ROTA}{row.pk}/change/", rota(boris, (1, "10:00", "18:00"))).status_code == 403
    assert staff.post(f"{ROTA}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert tables() == before


def test_single_days_are_given_back_to_the_cycle_by_an_action(staff: Client, boris: Master) -> None:
    staff.post(f"{ROTA}add/", rota(boris, one_day="on"))
    answer = staff.post(
        ROTA,
        {"action": "let_the_cycle_decide", "_selected_action": [row.pk for row in Rota.objects.filter(master=boris)]},
    )
    assert answer.status_code == 302
    assert hours_on(boris, TUESDAY) == ((dt.time(10), dt.time(20)),)
    assert Rota.objects.filter(master=boris).count() == 1


def test_action_on_a_past_day_is_refused_and_undoes_nothing(staff: Client, boris: Master) -> None:
    staff.post(f"{ROTA}add/", rota(boris, one_day="on"))
    past = Rota.objects.create(
        master=boris, from_day=MONDAY - DAY, one_day=True, cycle_days=1, cycle_anchor=MONDAY - DAY
    )
    before = tables()
    chosen = [past.pk, *Rota.objects.filter(master=boris).values_list("pk", flat=True)]
    answer = staff.post(ROTA, {"action": "let_the_cycle_decide", "_selected_action": chosen})
    assert [words.split(":")[0] for words in said(answer)][-1] == "error"
    assert tables() == before

"""What is stored about a client: all of it is in the export, and nothing of it is left after an erasure."""

import datetime as dt
import json
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.test.utils import isolate_apps

from accounts import personal_data as account
from accounts.actors import THE_SHOP
from accounts.models import AuditEvent, User
from accounts.services import identify_telegram_user
from accounts.tests.factories import UserFactory
from bookings.models import Booking, Notification, Service, SlotOffer, WaitlistEntry
from bookings.personal_data import REGISTER, Fate, personal_data
from bookings.privacy.documents import as_document
from bookings.services import erase_client, export_client
from bookings.tests.offer_factories import (
    MINUTE,
    everything,
    in_the_chat,
    open_offer,
    stand_in_line,
    status_of,
    told,
)
from bookings.tests.whole_lives import foreign_keys, live, offer_of_full_day, places_of, pointing_at_people, words_of
from schedules.models import Master

PHONE = "+79160000077"
# A name that JSON and HTML both have to take care of, and an id that no sequence comes to.
NAME, TELEGRAM_ID = 'Зяблик "Зю" <b>', 770_077_007_700


@pytest.fixture
def finch(boris: Master, haircut: Service, now: dt.datetime) -> User:
    """A client of whom everything is known."""
    user = UserFactory.create(
        name=NAME, phone=PHONE, telegram_id=TELEGRAM_ID, username="zyablik770077007700", time_zone="Asia/Omsk"
    )
    live(user, boris, haircut, number=1, now=now)
    offer_of_full_day(user, boris, haircut, now=now)
    return user


@pytest.fixture
def heron(finch: User, boris: Master, haircut: Service, now: dt.datetime) -> User:
    """Another one."""
    user = UserFactory.create(name="Цапля Серая", phone="+79160000088", telegram_id=880_088_008_800)
    return live(user, boris, haircut, number=2, now=now)


def erase(user: User, now: dt.datetime) -> None:
    erase_client(user_id=user.pk, by=in_the_chat(user), now=now)


# --- The register ---------------------------------------------------------------------------------------------------


def test_every_foreign_key_to_a_person_or_a_booking_is_in_the_register() -> None:
    assert pointing_at_people() == set(REGISTER)


@isolate_apps("bookings")
def test_a_new_model_that_points_at_a_person_is_found() -> None:
    class Tip(models.Model):
        giver = models.ForeignKey(User, on_delete=models.PROTECT)
        visit = models.OneToOneField(Booking, on_delete=models.PROTECT)

        class Meta:
            app_label = "bookings"

        def __str__(self) -> str:
            return "tip"

    assert foreign_keys([Tip]) == {"bookings.Tip.giver", "bookings.Tip.visit"}
    assert not foreign_keys([Tip]) & set(REGISTER)


def test_every_column_of_a_person_is_blanked_or_kept_on_purpose() -> None:
    columns = {field.name for field in User._meta.concrete_fields}
    assert set(account.BLANK) | account.KEPT == columns
    assert not set(account.BLANK) & account.KEPT


def test_the_register_says_where_each_is_told_and_what_becomes_of_it(finch: User, now: dt.datetime) -> None:
    """Of each there is a row before, so that what is said of it afterwards is about something."""
    data = personal_data(finch)
    before = {place: _rows(place, finch) for place in REGISTER}
    assert {place for place, number in before.items() if not number} == {"schedules.Master.user"}
    assert {held.section for held in REGISTER.values()} <= set(data)
    assert [section for section in data if not data[section]] == ["master"]
    erase(finch, now)
    for place, held in REGISTER.items():
        assert _rows(place, finch) == (before[place] if held.fate == Fate.KEPT else 0), place


def _rows(place: str, user: User) -> int:
    """How many rows point at the person, or at a visit of theirs."""
    label, _, name = place.rpartition(".")
    model: Any = apps.get_model(label)
    target = model._meta.get_field(name).related_model
    wanted = {name: user} if target is User else {f"{name}__client": user}
    return int(model._base_manager.filter(**wanted).count())


# --- The export -----------------------------------------------------------------------------------------------------


def test_an_export_has_everything_about_the_person_and_nothing_about_anybody_else(
    finch: User, heron: User, now: dt.datetime
) -> None:
    document = as_document(export_client(user_id=finch.pk, by=in_the_chat(finch), now=now))
    assert NAME in json.loads(document)["person"]["name"]
    assert [word for word in words_of(finch)[2:] if word not in document] == []
    assert [word for word in words_of(heron) if word in document] == []


def test_an_export_has_every_column_but_the_password(finch: User) -> None:
    person = personal_data(finch)["person"]
    columns = {field.attname for field in User._meta.concrete_fields} - {"password"}
    assert set(person) == columns | {"groups", "permissions"}
    assert person["phone"] == PHONE
    assert finch.password not in person.values()


def test_an_export_tells_of_visits_with_their_services_and_master(finch: User) -> None:
    visits = personal_data(finch)["visits"]
    assert {visit["status"] for visit in visits} == {"completed", "cancelled", "no_show"}
    done = next(visit for visit in visits if visit["status"] == "completed")
    assert done["master"] == "Борис"
    assert [line["service"] for line in done["services"]] == ["Стрижка"]
    by_hand = next(visit for visit in visits if visit["status"] == "no_show")
    assert by_hand["walk_in_name"] == NAME


def test_the_reason_of_a_masters_time_off_is_not_the_clients_to_know(finch: User) -> None:
    assert {"time_off", "time_off_reason"} & {key for row in personal_data(finch)["held_times"] for key in row} == set()


def test_the_visits_of_a_phone_that_two_people_have_are_nobodys(finch: User, outsider: User, now: dt.datetime) -> None:
    User.objects.filter(pk=outsider.pk).update(phone=PHONE)
    assert {visit["status"] for visit in personal_data(finch)["visits"]} == {"completed", "cancelled"}
    erase(finch, now)
    assert Booking.objects.get(walk_in_phone=PHONE).walk_in_name == NAME


def test_whoever_works_here_takes_no_names_of_clients_along(finch: User, boris: Master) -> None:
    document = as_document(personal_data(boris.user))
    assert "Борис" in document
    assert [word for word in words_of(finch) if word in document] == []


def test_that_an_export_was_made_is_in_the_trail(finch: User, now: dt.datetime) -> None:
    export_client(user_id=finch.pk, by=THE_SHOP, now=now)
    event = AuditEvent.objects.get(action="client_exported")
    assert (event.object_id, event.actor_id, event.before, event.after) == (finch.pk, None, {}, {})


# --- The erasure ----------------------------------------------------------------------------------------------------


def test_nothing_of_the_person_is_left_in_any_column_of_any_table(finch: User, heron: User, now: dt.datetime) -> None:
    others = places_of(*words_of(heron))
    assert len(places_of(*words_of(finch))) > 10
    erase(finch, now)
    assert places_of(*words_of(finch), "zyablik") == set()
    assert places_of(*words_of(heron)) == others


@pytest.mark.parametrize(
    ("step", "left"),
    [
        ("accounts.personal_data.forget_input", {"expected_inputs.data"}),
        ("accounts.personal_data._forget_updates", {"telegram_updates.payload", "telegram_updates.lane"}),
        (
            "accounts.personal_data._forget_in_admin",
            {"django_admin_log.object_repr", "django_admin_log.change_message"},
        ),
        ("bookings.services.privacy._forget_reasons", {"bookings.cancel_reason", "slot_offers.time_off_reason"}),
        ("bookings.services.privacy._forget_walk_ins", {"bookings.walk_in_name", "bookings.walk_in_phone"}),
    ],
)
def test_each_step_is_needed(
    step: str, left: set[str], finch: User, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, lambda *_args, **_kwargs: None)
    erase(finch, now)
    assert places_of(*words_of(finch), "zyablik") == left


@pytest.mark.parametrize("column", ["name", "phone", "telegram_id", "username"])
def test_each_column_of_the_person_is_needed(
    column: str, finch: User, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account, "BLANK", {key: blank for key, blank in account.BLANK.items() if key != column})
    erase(finch, now)
    assert places_of(*words_of(finch), "zyablik") == {f"users.{column}"}


def test_visits_stay_with_what_was_done_and_paid(finch: User, now: dt.datetime) -> None:
    before = list(Booking.objects.order_by("pk").values_list("pk", "status", "total_price", "starts_at", "client_id"))
    erase(finch, now)
    after = list(Booking.objects.order_by("pk").values_list("pk", "status", "total_price", "starts_at", "client_id"))
    assert after == before
    finch.refresh_from_db()
    assert account.is_blank(finch)
    assert str(finch) == f"#{finch.pk}"


def test_who_is_in_no_book_leaves_no_row(anna: User, now: dt.datetime) -> None:
    erase(anna, now)
    assert not User.objects.filter(pk=anna.pk).exists()
    assert AuditEvent.objects.filter(action="client_erased", object_id=anna.pk).count() == 1


def test_what_waits_to_be_told_is_told_no_more(finch: User, now: dt.datetime) -> None:
    erase(finch, now)
    own = Notification.objects.filter(recipient=finch)
    assert set(own.values_list("status", "last_error")) == {("skipped", "recipient_erased")}


def test_a_time_that_was_held_for_them_is_the_next_ones(
    finch: User, boris: Master, viktor: User, haircut: Service, now: dt.datetime
) -> None:
    held = SlotOffer.objects.get(client=finch, status="open")
    behind = stand_in_line(viktor, boris, haircut, since=now + MINUTE)
    erase(finch, now)
    held.refresh_from_db()
    assert held.status == "declined"
    assert set(WaitlistEntry.objects.filter(client=finch).values_list("status", flat=True)) == {"given_up"}
    assert (status_of(behind), open_offer(behind).starts_at) == ("offered", held.starts_at)
    assert told("client_slot_offered")[-1] == viktor.pk


def test_they_leave_a_line_in_which_nothing_was_offered(anna: User, boris: Master, now: dt.datetime) -> None:
    entry = stand_in_line(anna, boris, since=now)
    erase(anna, now)
    assert status_of(entry) == "given_up"


def test_erasing_twice_changes_nothing_the_second_time(finch: User, now: dt.datetime) -> None:
    erase(finch, now)
    before = everything()
    erase(finch, now)
    assert everything() == before


def test_who_writes_again_is_somebody_new(finch: User, now: dt.datetime) -> None:
    erase(finch, now)
    somebody = identify_telegram_user(telegram_id=TELEGRAM_ID, name="Зяблик", language_code="en")
    assert somebody.pk != finch.pk
    assert (somebody.phone, somebody.time_zone, somebody.language) == ("", "", "en")
    assert personal_data(somebody)["visits"] == []


def test_an_update_in_hand_does_not_bring_the_name_back(finch: User, now: dt.datetime) -> None:
    """Who taps under a new name while an operator erases them: their row was read before."""
    erasing = iter([finch])

    def erase_after_the_first(execute: Any, *call: Any) -> Any:
        result = execute(*call)
        for user in erasing:
            erase(user, now)
        return result

    with connection.execute_wrapper(erase_after_the_first):
        identify_telegram_user(telegram_id=TELEGRAM_ID, name="Новое имя", language_code="ru")
    assert account.is_blank(User.objects.get(pk=finch.pk))
    assert places_of("Новое имя") == set()

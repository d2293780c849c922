"""What people say of themselves in the chat: their phone and their time zone."""

import pytest
from django.db import connection, transaction

from accounts.errors import NotOwnContact, PhoneInvalid, UnknownTimeZone
from accounts.models import AuditEvent, Channel, Language, User
from accounts.personal_data import BLANK, is_blank
from accounts.services import set_language, set_time_zone, share_phone

pytestmark = pytest.mark.django_db

MOSCOW = "+74950000000"
LONDON = "+442079460123"


def stored(user: User) -> User:
    return User.objects.get(pk=user.pk)


# --- Phone --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phone", ["+74950000000", "74950000000", "+7 495 000 00 00", " 7 (495) 000-00-00 "])
def test_shared_phone_is_kept_in_international_form(anna: User, phone: str) -> None:
    assert share_phone(user=anna, phone=phone, contact_user_id=1001).phone == MOSCOW
    assert stored(anna).phone == MOSCOW


def test_telegrams_number_is_international_also_without_its_plus(anna: User) -> None:
    share_phone(user=anna, phone=LONDON.removeprefix("+"), contact_user_id=1001)
    assert stored(anna).phone == LONDON


def test_shared_phone_is_in_the_trail_without_its_digits(anna: User) -> None:
    share_phone(user=anna, phone=MOSCOW, contact_user_id=1001)
    event = AuditEvent.objects.get()
    assert (event.actor_id, event.channel, event.action) == (anna.pk, Channel.BOT, "phone_shared")
    assert (event.object_type, event.object_id) == ("user", anna.pk)
    assert (event.before, event.after) == ({}, {"fields": ["phone"]})


def test_same_phone_shared_twice_is_one_event_and_another_one_is_two(anna: User) -> None:
    for phone in (MOSCOW, "7 495 000-00-00"):
        share_phone(user=anna, phone=phone, contact_user_id=1001)
    assert AuditEvent.objects.count() == 1
    share_phone(user=anna, phone=LONDON, contact_user_id=1001)
    assert AuditEvent.objects.count() == 2
    assert stored(anna).phone == LONDON


def test_phone_goes_to_the_row_and_not_to_what_was_read_of_it_before(anna: User) -> None:
    share_phone(user=User.objects.get(pk=anna.pk), phone=MOSCOW, contact_user_id=1001)
    assert share_phone(user=anna, phone=MOSCOW, contact_user_id=1001).phone == MOSCOW
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize("contact_user_id", [1002, None, 0])
def test_contact_of_somebody_else_is_refused(anna: User, contact_user_id: int | None) -> None:
    with pytest.raises(NotOwnContact):
        share_phone(user=anna, phone=MOSCOW, contact_user_id=contact_user_id)
    assert (stored(anna).phone, AuditEvent.objects.count()) == ("", 0)


def test_person_without_telegram_owns_no_contact(administrator: User) -> None:
    with pytest.raises(NotOwnContact):
        share_phone(user=administrator, phone=MOSCOW, contact_user_id=None)
    assert stored(administrator).phone == ""


@pytest.mark.parametrize("phone", ["", "+", "nobody", "+888 0000 0000", "74950000000x5"])
def test_contact_without_a_number_to_call_is_refused(anna: User, phone: str) -> None:
    with pytest.raises(PhoneInvalid):
        share_phone(user=anna, phone=phone, contact_user_id=1001)
    assert (stored(anna).phone, AuditEvent.objects.count()) == ("", 0)


def test_phone_is_taken_back_with_the_callers_transaction(anna: User) -> None:
    @transaction.atomic
    def share_and_fail() -> None:
        share_phone(user=anna, phone=MOSCOW, contact_user_id=1001)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        share_and_fail()
    assert (stored(anna).phone, AuditEvent.objects.count()) == ("", 0)


# --- Time zone ----------------------------------------------------------------------------------------------------


def test_person_lives_by_the_shops_zone_until_they_say_otherwise(anna: User) -> None:
    assert stored(anna).time_zone == ""
    assert set_time_zone(user=anna, time_zone="Asia/Omsk").time_zone == "Asia/Omsk"
    assert stored(anna).time_zone == "Asia/Omsk"
    set_time_zone(user=anna, time_zone="")
    assert stored(anna).time_zone == ""


@pytest.mark.parametrize(
    "time_zone", ["Mars/Olympus", "asia/omsk", "localtime", "../../../etc/passwd", " ", "Asia", "UTC+3", "x" * 65]
)
def test_zone_that_does_not_exist_is_refused(anna: User, time_zone: str) -> None:
    set_time_zone(user=anna, time_zone="Asia/Omsk")
    with pytest.raises(UnknownTimeZone):
        set_time_zone(user=anna, time_zone=time_zone)
    assert anna.time_zone == stored(anna).time_zone == "Asia/Omsk"


def test_release_before_the_zones_still_adds_people() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO users (password, is_superuser, name, phone, role, language, is_active, created_at)"
            " VALUES ('!', false, 'Old', '', 'client', 'ru', true, now()) RETURNING time_zone"
        )
        assert cursor.fetchone() == ("",)


# --- Erased meanwhile ---------------------------------------------------------------------------------------------


def test_nothing_is_kept_of_who_was_erased_since_the_tap_began(anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(**BLANK)
    share_phone(user=anna, phone=MOSCOW, contact_user_id=1001)
    set_time_zone(user=anna, time_zone="Asia/Omsk")
    set_language(user=anna, language=Language.EN)
    assert is_blank(stored(anna))
    assert not AuditEvent.objects.exists()

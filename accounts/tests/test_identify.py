"""Who is behind a Telegram id: found or made, named as Telegram names them."""

import unicodedata
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accounts.models import Language, Role, User
from accounts.services import clean_name, create_owner, identify_telegram_user, language_of, set_language
from accounts.tests.factories import UserFactory
from observability.tests.at_once import run_at_once

_DIRECTION = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_MARKS = {"\u200e", "\u200f", "\u061c"}


@pytest.mark.django_db
def test_stranger_becomes_a_client() -> None:
    user = identify_telegram_user(telegram_id=42, name="Анна", language_code="en")
    user.refresh_from_db()
    assert (user.telegram_id, user.name, user.role, user.language) == (42, "Анна", Role.CLIENT, Language.EN)
    assert (user.is_active, user.is_staff, user.username, user.phone) == (True, False, None, "")
    assert not user.has_usable_password()


@pytest.mark.django_db
def test_person_is_found_again_and_renamed_as_telegram_says(anna: User) -> None:
    again = identify_telegram_user(telegram_id=1001, name="Анна Каренина", language_code="ru")
    assert (again.pk, again.name) == (anna.pk, "Анна Каренина")
    anna.refresh_from_db()
    assert anna.name == "Анна Каренина"
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.MASTER, Role.ADMIN])
def test_name_of_staff_is_the_shops_to_choose(role: Role) -> None:
    UserFactory.create(telegram_id=2001, name="Борис", role=role)
    assert identify_telegram_user(telegram_id=2001, name="xX_boris_Xx", language_code="ru").name == "Борис"


@pytest.mark.django_db
def test_language_is_telegrams_at_first_sight_and_the_persons_own_from_then_on() -> None:
    user = identify_telegram_user(telegram_id=42, name="Ann", language_code="en")
    set_language(user=user, language=Language.RU)
    assert identify_telegram_user(telegram_id=42, name="Ann", language_code="en").language == Language.RU


@pytest.mark.django_db
def test_known_person_with_the_same_name_costs_one_query(anna: User, django_assert_num_queries: object) -> None:
    assert callable(django_assert_num_queries)
    with django_assert_num_queries(1):
        identify_telegram_user(telegram_id=1001, name="Анна", language_code="ru")


@pytest.mark.django_db(transaction=True)
def test_first_two_taps_at_once_make_one_person() -> None:
    tap = partial(identify_telegram_user, telegram_id=42, name="Анна", language_code="ru")
    people = run_at_once([tap] * 8, connections=8)
    assert [type(person) for person in people] == [User] * 8
    assert len({person.pk for person in people if isinstance(person, User)}) == User.objects.count() == 1


@pytest.mark.parametrize(
    ("code", "language"),
    [
        (None, "ru"),
        ("", "ru"),
        ("ru", "ru"),
        ("ru-RU", "ru"),
        ("UK", "ru"),
        ("be", "ru"),
        ("kk", "ru"),
        ("en", "en"),
        ("en-GB", "en"),
        ("de", "en"),
        ("rus", "en"),
        ("-", "en"),
    ],
)
def test_language_follows_the_code_of_the_client_app(code: str | None, language: str) -> None:
    assert language_of(code) == language


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Анна", "Анна"),
        ("  Анна \t\n Каренина ", "Анна Каренина"),
        ("Ann\x00a", "Ann a"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("Ann\ud800a", "Ann a"),
        ("\u061cAnna", "Anna"),
        ("\u200b\u2060\ufeff", ""),
        ("", ""),
        ("Жан-Поль О'Нил 👨🏽", "Жан-Поль О'Нил 👨🏽"),
    ],
)
def test_name_is_kept_without_what_can_not_be_seen(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@settings(derandomize=True, database=None)
@given(st.text(st.characters(exclude_categories=()), max_size=300))
@example("\ud83d\ude00" + "я" * 10_000 + "\x00\u202e")
def test_name_is_always_fit_to_store_and_show(typed: str) -> None:
    name = clean_name(typed)
    assert len(name) <= 128
    assert name == name.strip()
    name.encode()  # no lone surrogate
    for character in name:
        assert unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"}
        assert unicodedata.bidirectional(character) not in _DIRECTION
        assert character not in _MARKS


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", ["я" * 10_000, "\ud800\udfff", "\x00", "\u202e" * 500, "Robert'); DROP TABLE users;--"]
)
def test_any_name_that_telegram_can_send_is_stored(name: str) -> None:
    user = identify_telegram_user(telegram_id=42, name=name, language_code="x" * 100)
    user.refresh_from_db()
    assert user.name == clean_name(name)
    assert identify_telegram_user(telegram_id=42, name=name, language_code=None).pk == user.pk


@pytest.mark.django_db
def test_owner_is_made_once_and_can_sign_in() -> None:
    owner, made = create_owner(username="owner", password="correct horse battery staple")
    again, made_again = create_owner(username="owner", password="another one")
    assert (made, made_again, again.pk) == (True, False, owner.pk)
    again.refresh_from_db()
    assert (again.role, again.is_superuser, again.is_staff) == (Role.OWNER, True, True)
    assert again.check_password("correct horse battery staple")

"""Which menu of commands a person's chat should show, and what is published of the bot."""

from unittest.mock import AsyncMock

import pytest
from django.utils import translation

from accounts.models import Language, Role, User
from accounts.personal_data import BLANK, is_blank
from accounts.tests.factories import UserFactory
from accounts.threads import in_thread
from barbershop.access import RULES
from barbershop.menus import EVERYBODYS, commands, description, keep_menu, menu_for, short_description

DESK = ["schedule", "new", "dayoff", "lunch"]
FOR_ALL = ["start", "book", "my", "language", "privacy", "help"]


def test_every_role_has_all_commands_of_the_roles_below() -> None:
    names = {role: [each.command for each in commands(role)] for role in Role}
    assert names[Role.CLIENT] == FOR_ALL
    assert names[Role.MASTER] == names[Role.ADMIN] == names[Role.OWNER] == DESK + FOR_ALL


@pytest.mark.parametrize("role", Role)
def test_a_command_is_shown_exactly_to_whom_the_table_lets_it(role: Role) -> None:
    of_the_table = {
        key[1:] for key, rule in RULES.items() if isinstance(key, str) and key.startswith("/") and role in rule.roles
    }
    assert {each.command for each in commands(role)} == of_the_table


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("role", Role)
def test_descriptions_fit_into_what_telegram_takes(role: Role, language: Language, settings: object) -> None:
    with translation.override(language):
        assert all(1 <= len(each.description) <= 256 for each in commands(role))
        settings.SHOP_NAME = "Б" * 600  # type: ignore[attr-defined] # pytest-django's settings
        assert len(description()) <= 512
        assert len(short_description()) <= 120


@pytest.mark.parametrize(
    ("role", "chosen", "app", "begins"),
    [
        ("client", "ru", "ru", EVERYBODYS),
        ("client", "ru", None, EVERYBODYS),
        ("client", "ru", "uk", EVERYBODYS),
        ("client", "en", "en-GB", EVERYBODYS),
        ("client", "en", "de", "client-en-"),
        ("client", "en", "ru", "client-en-"),
        ("client", "ru", "en", "client-ru-"),
        ("master", "ru", "ru", "master-ru-"),
        ("master", "en", "en", "master-en-"),
        ("admin", "ru", "ru", "master-ru-"),
        ("owner", "ru", "ru", "master-ru-"),
    ],
)
def test_a_chat_has_a_menu_of_its_own_where_telegram_would_show_another(
    role: str, chosen: str, app: str | None, begins: str
) -> None:
    wanted = menu_for(UserFactory.build(role=role, language=chosen), app)
    assert wanted.startswith(begins)
    assert bool(wanted) == bool(begins)
    assert len(wanted) <= 24


def test_whose_access_is_closed_has_everybodys_menu() -> None:
    assert menu_for(UserFactory.build(role="master", is_active=False), "ru") == EVERYBODYS


@pytest.mark.django_db(transaction=True)
async def test_the_tap_that_erased_a_person_writes_no_menu_into_what_is_left() -> None:
    anna = await in_thread(UserFactory.create, language="en")
    await in_thread(User.objects.filter(pk=anna.pk).update, **BLANK)
    bot = AsyncMock()
    await keep_menu(bot, anna, "ru")
    bot.set_my_commands.assert_awaited_once()
    assert is_blank(await in_thread(User.objects.get, pk=anna.pk))

"""The table of access: every handler has a rule, every rule a handler; who asks for more is refused and counted."""

from collections.abc import Iterator

import pytest
from aiogram import Router
from aiogram.dispatcher.event.handler import HandlerObject
from aiogram.filters import Command
from aiogram.types import Message

from accounts.access import AT_THE_DESK, EVERYBODY, STAFF_ONLY, Rule, refusal
from accounts.callbacks import Menu
from accounts.models import Role, User
from accounts.tests.factories import UserFactory
from barbershop import access
from barbershop.bot import build_dispatcher
from bookings import callbacks
from bookings.desk import callbacks as desk


def handlers_of(router: Router) -> Iterator[HandlerObject]:
    """Whatever answers somebody, in this router and below: not errors, nor what hands updates on to the rest."""
    for each in router.chain_tail:
        for name, observer in each.observers.items():
            if name not in {"error", "update"}:
                yield from observer.handlers


def unruled(router: Router) -> list[str]:
    return [str(handler.callback) for handler in handlers_of(router) if access.key_of(handler) not in access.RULES]


def test_every_handler_has_a_rule_and_every_rule_a_handler() -> None:
    dispatcher = build_dispatcher()
    assert unruled(dispatcher) == []
    assert {access.key_of(handler) for handler in handlers_of(dispatcher)} == set(access.RULES)


def test_a_handler_without_a_rule_is_found() -> None:
    async def on_backdoor(_message: Message) -> None: ...

    router = Router()
    router.message.register(on_backdoor, Command("backdoor"))
    router.message.register(on_backdoor)
    assert len(unruled(router)) == 2


def test_whatever_names_a_row_has_to_be_ones_own() -> None:
    """A button with the id of a booking, an offer or a place in line says whose it must be."""
    fields = {"booking", "offer", "entry", "master"}
    naming = {key for key in access.RULES if not isinstance(key, str) and fields & set(key.model_fields)}
    free = {key for key in naming if access.RULES[key].own is None}
    assert free == CHOOSE_AMONG_MASTERS


CHOOSE_AMONG_MASTERS = {
    key
    for key in access.RULES
    if not isinstance(key, str) and "master" in key.model_fields and access.RULES[key].roles == EVERYBODY
}


def test_all_of_the_desk_is_for_masters_and_staff() -> None:
    of_the_desk = [rule for key, rule in access.RULES.items() if getattr(key, "__module__", "") == desk.__name__]
    assert len(of_the_desk) > 20
    assert {rule.roles <= AT_THE_DESK for rule in of_the_desk} == {True}


@pytest.mark.parametrize("role", Role)
def test_a_role_opens_what_is_for_it_only(role: Role) -> None:
    user = UserFactory.build(role=role)
    for rule, open_to in (
        (Rule("x"), EVERYBODY),
        (Rule("x", AT_THE_DESK), AT_THE_DESK),
        (Rule("x", STAFF_ONLY), STAFF_ONLY),
    ):
        assert (refusal(rule, user, resource_id=None) is None) == (role in open_to)


def test_whose_access_is_closed_may_not_even_go_home(anna: User) -> None:
    anna.is_active = False
    refused = refusal(access.RULES[Menu], anna, resource_id=None)
    assert refused is not None
    assert refused.reason_code == "user_disabled"


@pytest.mark.parametrize(
    ("update", "command"),
    [
        ({"message": {"text": "/book"}}, "book"),
        ({"message": {"text": "/book@shop_bot now"}}, "book"),
        ({"message": {"text": "/nothing"}}, "words"),
        ({"message": {"text": "привет"}}, "words"),
        ({"message": {"photo": []}}, "words"),
        ({"message": {"contact": {}}}, "contact"),
        ({"message": "no message"}, "other"),
        ({"poll": {}}, "other"),
        ({"callback_query": {"data": callbacks.Cancel(booking=7).pack()}}, "cancel"),
        ({"callback_query": {"data": "forged:1"}}, "old_button"),
        ({"callback_query": {}}, "old_button"),
        ({"callback_query": {"data": None}}, "old_button"),
    ],
)
def test_what_a_raw_update_asks_for_has_one_of_the_known_names(update: dict[str, object], command: str) -> None:
    assert access.command_of(update) == command
    assert command in {*access.COMMANDS, "other"}

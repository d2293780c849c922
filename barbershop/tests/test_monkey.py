"""Monkeys of all roles at the buttons: whatever they do, nothing breaks, nobody gets lost, and the books are right."""

import asyncio
import os
import random
from collections import Counter
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Language, Role, TelegramUpdate, UpdateStatus, User
from accounts.threads import in_thread
from barbershop.sandbox.client import Message, SandboxClient
from barbershop.tests.conftest import Guest, eventually
from barbershop.tests.monkey import Monkey, leads_home
from observability.integrity import violations

SEED = 20_261_120
PEOPLE = {
    1001: ("Анна", Role.CLIENT, Language.RU),
    1002: ("Viktor <b>&", Role.CLIENT, Language.EN),
    1003: ("Пётр", Role.CLIENT, Language.RU),
    2001: ("Борис", Role.MASTER, Language.RU),
    2002: ("Глеб", Role.MASTER, Language.EN),
    3001: ("Ирина", Role.ADMIN, Language.RU),
}
# A button that leads to where one is already: no error by the rules of the conversation.
NOT_MODIFIED = "message is not modified"
ROUNDS_IN_SOAK = 200 if os.environ.get("QUICK") == "1" else 1000


async def troop(telegram: SandboxClient, dice: random.Random) -> list[Monkey]:
    """One monkey for each of the people, who are known to the shop already."""
    monkeys = []
    for telegram_id, (name, role, language) in PEOPLE.items():
        person = await telegram.person(telegram_id, first_name=name, language_code=language.value)
        guest = Guest(telegram, person)
        await guest.types("/start", lambda message: bool(message.buttons))
        await in_thread(User.objects.filter(telegram_id=telegram_id).update, role=role, language=language)
        monkeys.append(Monkey(guest, random.Random(dice.random())))
    return monkeys


def nothing_pending() -> bool:
    return not TelegramUpdate.objects.filter(status=UpdateStatus.PENDING).exists()


async def play(telegram: SandboxClient, monkeys: list[Monkey], *, rounds: int) -> Counter[str]:
    """Let everybody act at once, round by round, and look at every screen; how many acts of each kind."""
    lost: list[Message] = []
    for _ in range(rounds):
        await asyncio.gather(*(monkey.act() for monkey in monkeys))
        await telegram.wait_until(lambda now: now["pending_updates"] == 0 and now["unanswered"] == 0)
        await eventually(nothing_pending)
        lost = [screen for monkey in monkeys if not await finds_home(monkey.guest, screen := await shown(monkey.guest))]
        assert not lost
    return sum((monkey.acts for monkey in monkeys), Counter())


async def shown(guest: Guest) -> Message:
    """What the person looks at; a file has no buttons, and is no screen."""
    messages = await guest.chat.history(guest.person)
    return [message for message in messages if message.from_bot and message.document is None][-1]


async def finds_home(guest: Guest, screen: Message) -> bool:
    """Whether the menu is near: below this, or below what its first button opens (a notification has one or two)."""
    if leads_home(screen):
        return True
    if not screen.buttons:
        return False
    opened = await guest.chat.tap_and_wait(guest.person, str(screen.buttons[-1][0].data), lambda _: True)
    return leads_home(opened)


async def assert_sound(telegram: SandboxClient, caplog: pytest.LogCaptureFixture) -> None:
    counters = await telegram.wait_until(lambda now: now["unanswered"] == 0 and now["pending_updates"] == 0)
    assert [error for error in counters["errors"] if NOT_MODIFIED not in error] == []
    assert not counters["unknown_methods"]
    assert not counters["complaints"]
    failed = await in_thread(lambda: list(TelegramUpdate.objects.exclude(status=UpdateStatus.HANDLED)))
    assert [(update.status, update.error) for update in failed] == []
    assert [record.getMessage() for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}] == []
    assert not any((await in_thread(violations, now=timezone.now())).values())


@pytest.mark.usefixtures("bot", "worker")
@pytest.mark.parametrize(
    "rounds", [25, pytest.param(ROUNDS_IN_SOAK, marks=[pytest.mark.soak, pytest.mark.timeout(1200)])]
)
async def test_monkeys_break_nothing_and_find_home(
    rounds: int, telegram: SandboxClient, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.THROTTLE_USER_BURST, settings.THROTTLE_USER_PER_MINUTE = 10_000, 60_000
    settings.THROTTLE_ALL_PER_SECOND = 10_000
    monkeys = await troop(telegram, random.Random(SEED))
    acts = await play(telegram, monkeys, rounds=rounds)
    assert acts.total() == rounds * len(PEOPLE)
    assert min(acts[kind] for kind in ("fresh", "stale", "forge", "mangle", "type")) > 0
    await assert_sound(telegram, caplog)

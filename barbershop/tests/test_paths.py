"""Every path of the conversation, walked from the first tap to the last one: each role, language and transport."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import pytest
from aiogram.dispatcher.event.handler import HandlerObject

from accounts.access import AT_THE_DESK, EVERYBODY
from accounts.models import Role
from accounts.threads import in_thread
from barbershop import access
from barbershop.sandbox.client import SandboxClient
from barbershop.tests.paths import administrator, client, days, master, person, visits, waiting
from barbershop.tests.paths.desk import Desk
from barbershop.tests.paths.stage import BORIS, GLEB, Stage
from bookings.models import Notification, NotificationKind, NotificationStatus

pytestmark = pytest.mark.usefixtures("bot", "worker")

Where = TypeVar("Where")


def in_soak(language: str, transport: str) -> Any:
    """Once more another way: for the long run."""
    return pytest.param(language, transport, marks=pytest.mark.soak)


SHOPS = {"ru": ("Бородач", "ул. Примерная, 1"), "en": ("The Bearded", "1 Example Street")}
# Nothing that somebody in the private chat could tap or type.
ELSEWHERE = {"my_chat_member", "inline_query", "second_hand"}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[access.Key]:
    """The rows of the table of access that somebody has asked for."""
    found: set[access.Key] = set()
    original = access.key_of

    def noted(handler: HandlerObject) -> access.Key:
        found.add(original(handler))
        return original(handler)

    monkeypatch.setattr(access, "key_of", noted)
    return found


@pytest.fixture
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def stage(telegram: SandboxClient, bot: object, transport: str, language: str, settings: Any) -> Stage:
    """The shop is open, and its masters are in the chat."""
    settings.SHOP_NAME, settings.SHOP_ADDRESS = SHOPS[language]
    opened = Stage(telegram, language)
    await opened.opens()
    for each in (BORIS, GLEB):
        await opened.master(each)
    assert bool((await telegram.counters())["webhook"]) == (transport == "webhook")
    return opened


async def walk(stage: Stage, where: Where, paths: Iterable[Callable[[Where], Awaitable[None]]]) -> None:
    """One path after the other; each leaves the sandbox nothing to complain of."""
    for path in paths:
        try:
            await path(where)
            await stage.is_clean()
        except BaseException as error:
            error.add_note(f"while somebody {path.__name__.replace('_', ' ')}")
            raise


def kinds_sent() -> set[str]:
    return set(Notification.objects.filter(status=NotificationStatus.SENT).values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("language", "transport"), [("ru", "polling"), ("en", "polling"), in_soak("ru", "webhook")], indirect=True
)
async def test_every_path_of_a_client(stage: Stage, asked: set[access.Key]) -> None:
    await walk(stage, stage, [*client.PATHS, *waiting.PATHS, *person.PATHS])
    for_all = {key for key, rule in access.RULES.items() if rule.roles == EVERYBODY}
    assert for_all - asked == ELSEWHERE
    to_clients = {kind for kind in NotificationKind if kind.startswith("client_")}
    assert to_clients <= await in_thread(kinds_sent)


@pytest.mark.parametrize(
    ("language", "transport"), [("ru", "polling"), in_soak("en", "polling"), ("en", "webhook")], indirect=True
)
async def test_every_path_of_a_master(stage: Stage, asked: set[access.Key]) -> None:
    desk = Desk(stage, await stage.master(BORIS), "Борис", is_own=True)
    await walk(stage, desk, [*master.PATHS, *visits.PATHS, *days.PATHS])
    at_the_desk = {key for key, rule in access.RULES.items() if rule.roles == AT_THE_DESK}
    assert at_the_desk - asked == set()
    to_masters = {kind for kind in NotificationKind if kind.startswith("master_")}
    assert to_masters <= await in_thread(kinds_sent)


@pytest.mark.parametrize(("language", "transport"), [("ru", "polling"), in_soak("en", "polling")], indirect=True)
async def test_every_path_of_the_shop(stage: Stage, asked: set[access.Key]) -> None:
    """Everything that a master can do, for a master who is not there; and what only the shop can."""
    desk = Desk(stage, await stage.staff(Role.ADMIN), "Глеб", is_own=False)
    await walk(stage, desk, [*administrator.PATHS, *visits.PATHS, *days.PATHS])
    theirs = {key for key, rule in access.RULES.items() if rule.roles != EVERYBODY}
    assert theirs - asked == set()

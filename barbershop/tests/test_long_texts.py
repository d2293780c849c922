"""Every screen in a shop of hostile and endless words: Telegram takes it, and shows people what they typed.

Each button and question of the access table is played, and each function that makes words has to be met on the way:
a new one is looked at without being named here.
"""

import datetime as dt
import importlib
import itertools
import pkgutil
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from types import FunctionType, ModuleType
from typing import Any, get_args, get_type_hints

import pytest
from aiogram.filters.callback_data import CallbackData
from django.utils import translation
from pydantic import ValidationError

import accounts
import bookings
from accounts.callbacks import Menu
from accounts.models import ExpectedInput, Language, Role
from accounts.threads import in_thread
from barbershop.access import RULES
from barbershop.menus import publish_profile
from barbershop.sandbox.entities import parse_html
from barbershop.sandbox.state import Message
from barbershop.tests.long_world import CLIENT, MASTER, NEWCOMER, OWNER, LongWorld, build, nasty, people, speak
from barbershop.tests.straight import Stage, words_on_buttons
from bookings.callbacks import Summary, pack_services
from bookings.desk import callbacks as desk
from bookings.desk.callbacks import Section
from bookings.models import Booking, NotificationKind
from bookings.news import texts as news
from bookings.privacy.callbacks import AskErase
from bookings.tests.factories import NotificationFactory
from bookings.tests.offer_factories import DAY, TUESDAY, at
from schedules.calendar import to_minute

LONGEST_BUTTON, LONGEST_TEXT = 64, 4096
# All that some functions take; what people typed is none of these.
SIMPLE: dict[Any, list[Any]] = {bool: [False, True], int: [1, 2, 5], Role: list(Role), Section: list(get_args(Section))}
# They take what only the code writes.
NAMELESS = {"accounts.texts.failed", "accounts.texts.invite_made"}
ESCAPES = re.compile(r"&(?:lt|gt|amp|quot|#x27);")
NOT_MODIFIED = "message is not modified"
COMMANDS = [key for key in RULES if isinstance(key, str) and key.startswith("/")]
KINDS: list[type[CallbackData]] = [key for key in RULES if not isinstance(key, str)]
EVERYBODY = (CLIENT, OWNER, MASTER)


def variants(world: LongWorld, now: dt.datetime) -> dict[str, list[Any]]:
    """What the fields of buttons are filled with."""
    return {
        "booking": [world.visit.pk, world.walk_in.pk, world.past.pk],
        "entry": [world.entry.pk],
        "offer": [world.freed.pk, world.instead.pk],
        "master": [world.master.pk, 0],
        "services": [pack_services(service.pk for service in world.services[:3])],
        "day": [TUESDAY.toordinal(), (TUESDAY + 6 * DAY).toordinal()],
        "first": [0, TUESDAY.toordinal()],
        "minute": [to_minute(at(12, day=TUESDAY + 6 * DAY)), to_minute(now)],
        "begins": [to_minute(at(0))],
        "ends": [to_minute(at(0, day=TUESDAY + 5 * DAY))],
        "page": [0, 1],
        "key": ["AAAAAA"],
        "pool": [False],
        "kind": ["day", "span", "part"],
        "section": ["schedule", "new", "dayoff", "lunch"],
        "reason": [0, 1],
        "sure": [False, True],
        "hour": [15],
        "code": ["ru"],
        "zone": ["Asia/Kamchatka"],
    }


# What changes the book is tapped when everything else was seen, in this order.
CHANGES = [
    *("SetTimeZone", "SetLanguage", "InviteMaster", "InviteAdmin", "NoShow", "Come", "Join", "Leave", "Decline"),
    *("Accept", "AskMove", "Move", "MoveTo", "Confirm", "SetLunch", "OffTake", "OffMove", "OffAskCancel"),
    *("OffCancel", "OffBack", "CancelFor", "Cancel", "Erase"),
]


def harmless_first(kinds: list[type[CallbackData]]) -> list[type[CallbackData]]:
    return sorted(kinds, key=lambda kind: CHANGES.index(kind.__name__) if kind.__name__ in CHANGES else -1)


def filled(kind: type[CallbackData], values: dict[str, list[Any]]) -> Iterator[str]:
    """The button with each of the values at least once."""
    fields = {name: values[name] for name in kind.model_fields}
    for turn in range(max(map(len, fields.values()), default=1)):
        with suppress(ValidationError):  # not every button takes "any master"
            yield kind(**{name: options[turn % len(options)] for name, options in fields.items()}).pack()


# --- What is met on the way ---------------------------------------------------------------------------------------


def modules_of_words() -> Iterator[ModuleType]:
    """Those that make what the chat shows; words of admin are no HTML of Telegram's."""
    for package in (accounts, bookings):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            name = found.name.rpartition(".")[2]
            if (name in {"texts", "labels"} or name.endswith("_texts")) and ".admin." not in found.name:
                yield importlib.import_module(found.name)


def functions_of_words() -> dict[str, FunctionType]:
    found = {}
    for module in modules_of_words():
        for name, function in vars(module).items():
            if isinstance(function, FunctionType) and function.__module__ == module.__name__ and name[0] != "_":
                found[f"{module.__name__}.{name}"] = function
    return found


def simple_calls(function: FunctionType) -> list[dict[str, Any]]:
    """Arguments for a function that takes nothing that somebody typed; none for another."""
    hints = {name: hint for name, hint in get_type_hints(function).items() if name != "return"}
    if any(hint not in SIMPLE for hint in hints.values()):
        return []
    return [dict(zip(hints, values, strict=True)) for values in itertools.product(*(SIMPLE[h] for h in hints.values()))]


def is_of_a_button(name: str) -> bool:
    module, _, function = name.rpartition(".")
    return module.endswith("labels") or function.startswith("button")


def watch(function: FunctionType, note: Callable[[], object], patch: pytest.MonkeyPatch) -> None:
    """Note the function's calls, whoever has imported it: its code is exchanged for a call of what it was."""
    original = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    original.__kwdefaults__ = function.__kwdefaults__

    def noted(*args: Any, **options: Any) -> Any:
        note()
        return original(*args, **options)

    place = f"_watched_{function.__name__}"
    made: dict[str, Any] = {}
    exec(f"def stand_in(*args, **options): return {place}(*args, **options)", made)
    patch.setitem(function.__globals__, place, noted)
    patch.setattr(function, "__code__", made["stand_in"].__code__)


@pytest.fixture
def met(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The functions of words that have been called, by their names."""
    found: set[str] = set()
    for name, function in functions_of_words().items():
        watch(function, partial(found.add, name), monkeypatch)
    return found


# --- What is said -------------------------------------------------------------------------------------------------


@pytest.fixture
def world(transactional_db: None, monkeypatch: pytest.MonkeyPatch, settings: Any, now: dt.datetime) -> LongWorld:
    ticks = itertools.count()
    monkeypatch.setattr("django.utils.timezone.now", lambda: now + next(ticks) * dt.timedelta(milliseconds=1))
    settings.SHOP_NAME, settings.SHOP_ADDRESS = nasty(128), nasty(256)
    return build(now)


def check(message: Message) -> None:
    """It reads as it was typed: escaped once, no more and, as it was parsed, no less."""
    assert not ESCAPES.search(message.text), message.text
    for words in words_on_buttons(message):
        assert not ESCAPES.search(words), words
        assert len(words) <= LONGEST_BUTTON, words


async def play(stage: Stage, telegram_id: int, acts: list[str], *, speak: bool = False) -> None:
    for act in acts:
        check(await (stage.says if speak else stage.taps)(telegram_id, act))


async def answers(stage: Stage, telegram_id: int, question: CallbackData, *words: str) -> None:
    """Tap what asks, and answer with words; each is an answer to a question."""
    asked = await stage.taps(telegram_id, question.pack())
    check(asked)
    for each in words:
        assert await in_thread(ExpectedInput.objects.filter(user__telegram_id=telegram_id).exists), asked.text
        check(await stage.says(telegram_id, each))


def taps_of(telegram_id: int, world: LongWorld, now: dt.datetime) -> list[str]:
    """Every button that is theirs: a client's all, of those at the desk what only they have."""
    values = variants(world, now)
    if telegram_id != CLIENT:
        values["booking"] = [world.walk_in.pk, world.visit.pk, world.begun.pk]
    is_clients = [len(RULES[kind].roles) > 3 for kind in KINDS]
    kinds = [kind for kind, theirs in zip(KINDS, is_clients, strict=True) if theirs is (telegram_id == CLIENT)]
    return list(itertools.chain.from_iterable(filled(kind, values) for kind in harmless_first(kinds)))


async def test_every_screen_takes_the_longest_and_the_most_hostile_words(
    world: LongWorld, now: dt.datetime, met: set[str]
) -> None:
    stage = Stage(*people())
    await publish_profile(stage.bot)
    await come_for_the_first_time(stage, world)
    for telegram_id in EVERYBODY:
        for language in ["ru"] if telegram_id == MASTER else ["en", "ru"]:
            await in_thread(speak, telegram_id, language)
            await play(stage, telegram_id, [*COMMANDS, "what?"], speak=True)
            await play(stage, telegram_id, [tap for tap in taps_of(telegram_id, world, now) if not changes(tap)])
        if telegram_id == OWNER:
            await ask_everything(stage, world)
        await play(stage, telegram_id, [tap for tap in taps_of(telegram_id, world, now) if changes(tap)])
    await in_thread(tell_everything, world, now)
    assert [refused for refused in stage.refused if NOT_MODIFIED not in refused] == []
    assert {name for name, function in functions_of_words().items() if not simple_calls(function)} - met <= NAMELESS


@pytest.mark.parametrize("language", Language)
def test_words_that_are_about_nobody_are_good_html_and_short_on_buttons(language: Language) -> None:
    with translation.override(language):
        for name, function in functions_of_words().items():
            for arguments in simple_calls(function):
                said = str(function(**arguments))
                assert said == parse_html(said).text or "<b>" in said, name
                assert len(said) <= (LONGEST_BUTTON if is_of_a_button(name) else LONGEST_TEXT), name


async def come_for_the_first_time(stage: Stage, world: LongWorld) -> None:
    """As somebody without a booking, who can make one."""
    services = pack_services(service.pk for service in world.services[:3])
    choice = Summary(services=services, master=world.master.pk, minute=to_minute(at(15, day=TUESDAY + 7 * DAY)))
    await play(stage, NEWCOMER, ["/start"], speak=True)
    await play(stage, NEWCOMER, [choice.pack(), AskErase().pack(), Menu().pack()])


async def ask_everything(stage: Stage, world: LongWorld) -> None:
    """Each question, answered at its longest; too long, or by what are no words, at first."""
    master, visit = world.master.pk, world.walk_in.pk
    services = pack_services(service.pk for service in world.services[:3])
    stretch = {"master": master, "begins": to_minute(at(0)), "ends": to_minute(at(0, day=TUESDAY + 5 * DAY))}
    free = {"begins": to_minute(at(14, day=TUESDAY + 9 * DAY)), "ends": to_minute(at(15, day=TUESDAY + 9 * DAY))}
    time = to_minute(at(15, day=TUESDAY + 8 * DAY))
    new = desk.NewName(services=services, master=master, minute=time)
    await answers(stage, OWNER, new, nasty(65), nasty(64), "no phone", "+79160000003")
    await answers(stage, OWNER, desk.AskReason(booking=visit), nasty(501), "\u200b", nasty(500))
    await answers(stage, OWNER, desk.OffAsk(master=master, **free), nasty(501), nasty(500))
    await answers(stage, OWNER, desk.OffAskCancel(**stretch), nasty(501))


def tell_everything(world: LongWorld, now: dt.datetime) -> None:
    """Every kind of news, in both languages, about the longest visit."""
    for kind, language in itertools.product(NotificationKind, ("ru", "en")):
        offer = {
            "client_slot_offered": world.freed,
            "client_move_offered": world.instead,
            "master_move_refused": world.instead,
        }.get(kind.value)
        Booking.objects.filter(pk=world.visit.pk).update(cancel_reason=nasty(500))
        booking = Booking.objects.get(pk=world.visit.pk)
        row = NotificationFactory.build(booking=booking, slot_offer=offer, recipient=booking.client, kind=kind)
        with translation.override(language):
            said = parse_html(news.message(row, now=now)).text
        assert nasty(60) in said
        assert len(said) <= 4096
        assert not ESCAPES.search(said)


def changes(tap: str) -> bool:
    return any(kind.__name__ in CHANGES for kind in KINDS if kind.__prefix__ == tap.partition(":")[0])

"""What is played and checked, in order. A step returns when its promise holds and raises when it does not."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from django.conf import settings

from barbershop.processes import manage
from barbershop.sandbox.client import Message
from barbershop.smoke.errors import CheckFailed
from barbershop.smoke.play import BOOK, CANCEL, CONFIRM, MY_BOOKINGS, TAKEN, Client, times
from barbershop.smoke.stage import Stage
from bookings.seeding import MASTERS

SERVICES = ("web", "bot", "worker")
MOST_TAPS = 6
# Of the days on offer: at least two days ahead, whatever has to be announced in good time.
THIRD_DAY = 2
SETTLE_SECONDS = 15.0
_MASTER = MASTERS[0]
_ENVELOPE = {"ts", "level", "event", "service", "logger", "message", "env", "version", "correlation_id"}


@dataclass
class Play:
    """The stage, who is on it, and what they have agreed on."""

    stage: Stage
    anna: Client = field(init=False)
    viktor: Client = field(init=False)
    day: str = ""
    time: str = ""
    news: int = 0

    @property
    def when(self) -> str:
        return f"{self.day}, {self.time}"


Step = Callable[[Play], Awaitable[None]]


def check(holds: object, why: str) -> None:
    if not holds:
        raise CheckFailed(why)


async def migrations_apply(play: Play) -> None:
    """The sandbox starts beside it, since it needs no database."""
    await play.stage.start_sandbox()
    await play.stage.children.run("migrate", manage("migrate", "--verbosity", "0"), play.stage.env)


async def shop_is_seeded(play: Play) -> None:
    await play.stage.children.run("seed_demo", manage("seed_demo"), play.stage.env)
    masters = await play.stage.value("SELECT count(*) FROM masters")
    check(masters >= len(MASTERS), f"{masters} masters after seed_demo")


async def services_start(play: Play) -> None:
    """Web, bot and worker side by side, against the sandbox that is there already."""
    stage = play.stage
    await stage.start_bot()
    await stage.start_worker()
    await stage.start_web()
    await stage.wait_ready()


async def people_say_start(play: Play) -> None:
    chat = play.stage.chat
    master = await chat.person(_MASTER.telegram_id, first_name=_MASTER.name)
    await chat.text(master, "/start")
    await chat.wait_for(master, "")
    play.anna = Client(chat, await chat.person(1001, first_name="Анна"))
    play.viktor = Client(chat, await chat.person(1002, first_name="Виктор"))
    await play.anna.start()
    await play.viktor.start()


async def client_books_in_six_taps(play: Play) -> None:
    """Both clients are looking at the same time's summary when the first one confirms."""
    play.day, play.time = await play.anna.go_to_summary(master=_MASTER.name, day=THIRD_DAY)
    await play.viktor.go_to_summary(master=_MASTER.name, day=play.day, time=play.time)
    card = await play.anna.tap(CONFIRM, CANCEL)
    check(play.when in card.text, f"the card does not say {play.when}: {card.text!r}")
    check(play.anna.taps <= MOST_TAPS, f"it took {play.anna.taps} taps")


async def second_client_meets_a_conflict(play: Play) -> None:
    screen = await play.viktor.tap(CONFIRM, TAKEN)
    check(times(screen), "no fresh times are offered")
    check(play.time not in times(screen), "the time that is taken is still offered")


async def one_active_booking_a_client(play: Play) -> None:
    await play.anna.start()
    card = await play.anna.tap(BOOK, CANCEL)
    check(play.when in card.text, f"the card of the active booking is not shown: {card.text!r}")


async def both_sides_hear_of_the_booking(play: Play) -> None:
    await _both_sides_hear(play, "client_confirmed", "master_new")


async def client_cancels(play: Play) -> None:
    await play.anna.start()
    await play.anna.tap(MY_BOOKINGS, CANCEL)
    question = play.anna.screen.text
    await play.anna.tap(CANCEL, lambda screen: screen.text != question)
    await play.anna.tap(CANCEL, lambda screen: play.when in screen.text and not screen.has_button(CANCEL))


async def both_sides_hear_of_the_cancellation(play: Play) -> None:
    await _both_sides_hear(play, "client_cancelled", "master_cancelled")


async def freed_time_is_offered_again(play: Play) -> None:
    await play.viktor.start()
    await play.viktor.go_to_times(master=_MASTER.name, day=play.day)
    check(play.time in times(play.viktor.screen), "the cancelled time is not free again")


async def database_holds_what_was_played(play: Play) -> None:
    stage = play.stage
    await stage.settled(seconds=SETTLE_SECONDS)
    expected: dict[str, Any] = {
        "SELECT array_agg(status) FROM bookings": ["cancelled"],
        "SELECT count(*) FROM availability_blocks WHERE kind = 'booking'": 0,
        "SELECT count(*) FROM notifications WHERE status = 'sent'": 4,
        "SELECT count(*) FROM notifications WHERE status <> 'sent'": 0,
        "SELECT count(*) FROM audit_events WHERE object_type = 'booking'": 2,
        "SELECT count(*) FROM telegram_updates WHERE status <> 'handled'": 0,
        "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'": 0,
    }
    for statement, wanted in expected.items():
        found = await stage.value(statement)
        check(found == wanted, f"{statement}: {found}, not {wanted}")


async def telegram_has_nothing_to_complain_of(play: Play) -> None:
    counters = await play.stage.chat.wait_until(lambda counters: counters["unanswered"] == 0)
    for name in ("errors", "unknown_methods", "complaints"):
        check(not counters[name], f"{name}: {counters[name]}")


async def web_is_ready(play: Play) -> None:
    check(await play.stage.web_is_ready(), "/health/ready does not answer 200")


async def services_end_in_order(play: Play) -> None:
    codes = await play.stage.children.stop()
    check(not any(codes.values()), f"exit codes after SIGTERM: {codes}")


async def logs_are_clean(play: Play) -> None:
    """Every line of web, bot and worker is one strict JSON object without a secret or a name in it."""
    token = play.stage.token
    secret = [token, token.partition(":")[2], settings.SECRET_KEY, settings.DATABASES["default"].get("PASSWORD", "")]
    forbidden = [value for value in secret if value] + [play.anna.person.first_name, play.viktor.person.first_name]
    for name in SERVICES:
        lines = play.stage.output[name]
        check(lines, f"{name} has logged nothing")
        for line in lines:
            _check_line(name, line)
            check(not any(word in line for word in forbidden), f"{name} logs a secret or a name")


STEPS: tuple[Step, ...] = (
    migrations_apply,
    shop_is_seeded,
    services_start,
    people_say_start,
    client_books_in_six_taps,
    second_client_meets_a_conflict,
    one_active_booking_a_client,
    both_sides_hear_of_the_booking,
    client_cancels,
    both_sides_hear_of_the_cancellation,
    freed_time_is_offered_again,
    database_holds_what_was_played,
    telegram_has_nothing_to_complain_of,
    web_is_ready,
    services_end_in_order,
    logs_are_clean,
)


async def _both_sides_hear(play: Play, client_kind: str, master_kind: str) -> None:
    """Each side got one message of its own more, beside the conversation, that says when; the outbox knows it too."""
    stage = play.stage
    play.news += 1
    for person in (play.anna.person.id, _MASTER.telegram_id):

        async def told(person: int = person) -> bool:
            return len(await _news(play, person)) >= play.news

        await stage.children.until(f"the message to {person} is", told, seconds=SETTLE_SECONDS)
    await stage.settled(seconds=SETTLE_SECONDS)
    for person in (play.anna.person.id, _MASTER.telegram_id):
        count = len(await _news(play, person))
        check(count == play.news, f"{count} messages to {person} about the booking, not {play.news}")
    sent = {row["kind"] for row in await stage.rows("SELECT kind FROM notifications WHERE status = 'sent'")}
    check({client_kind, master_kind} <= sent, f"the outbox has sent only {sorted(sent)}")


async def _news(play: Play, person: int) -> list[Message]:
    history = await play.stage.chat.history(person)
    return [m for m in history if m.from_bot and play.when in m.text and m.id not in play.anna.screens]


def _check_line(name: str, line: str) -> None:
    try:
        entry = json.loads(line, parse_constant=_refuse)
    except ValueError:
        raise CheckFailed(f"{name} writes a line that is no JSON: {line[:200]!r}") from None
    missing = _ENVELOPE - set(entry) if isinstance(entry, dict) else _ENVELOPE
    check(not missing, f"{name} writes a line without {sorted(missing)}: {line[:200]!r}")
    check(entry["service"] == name, f"a line of {name} says it is of {entry['service']}")
    check(entry["level"] in {"DEBUG", "INFO", "WARNING"}, f"{name} logs an error: {entry['message']}")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)

"""What is checked of the system around the play: it starts, keeps what was played, and ends."""

import json
from typing import Any, NoReturn

from django.conf import settings

from barbershop.processes import manage
from barbershop.smoke.cast import SETTLE_SECONDS, TYPED, Play, check
from barbershop.smoke.errors import CheckFailed
from bookings.seeding import MASTERS

SERVICES = ("web", "bot", "worker")
_ENVELOPE = {"ts", "level", "event", "service", "logger", "message", "env", "version", "correlation_id"}


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


async def database_holds_what_was_played(play: Play) -> None:
    stage = play.stage
    await stage.settled(seconds=SETTLE_SECONDS)
    expected: dict[str, Any] = {
        "SELECT array_agg(cancelled_by ORDER BY id) FROM bookings": ["client", "master", "master", "master", ""],
        "SELECT array_agg(kind ORDER BY kind) FROM availability_blocks": ["booking", "time_off"],
        "SELECT count(*) FROM expected_inputs": 0,
        "SELECT count(*) FROM notifications WHERE status = 'sent'": 15,
        "SELECT count(*) FROM notifications WHERE status <> 'sent'": 0,
        "SELECT count(*) FROM audit_events WHERE object_type = 'booking'": 10,
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
    """Every line of web, bot and worker is one strict JSON object without a secret, a name or typed words in it."""
    token = play.stage.token
    secret = [
        play.stage.env["METRICS_TOKEN"],
        token,
        token.partition(":")[2],
        settings.SECRET_KEY,
        settings.DATABASES["default"].get("PASSWORD", ""),
    ]
    people = [who.person.first_name for who in (play.anna, play.viktor, play.boris)]
    forbidden = [value for value in secret if value] + [*people, *TYPED]
    for name in SERVICES:
        lines = play.stage.output[name]
        check(lines, f"{name} has logged nothing")
        for line in lines:
            _check_line(name, line)
            check(not any(word in line for word in forbidden), f"{name} logs a secret, a name or typed words")


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

"""The whole shop on one machine: database, web, bot, worker and a local Telegram under one supervisor."""

import errno
import io
import re
import secrets
import socket
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

import aiohttp
import psycopg
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections

from barbershop.database_url import database_url
from barbershop.lease import BOT_LOCK, connection_params
from barbershop.processes import Child, ChildEnded, Children, child_env, manage, web
from barbershop.sandbox.client import SandboxClient
from barbershop.smoke.stage import throwaway_token
from bookings.seeding import MASTERS

HOST = "127.0.0.1"
READY_SECONDS = 60.0
GRACE_SECONDS = 8.0
LAST_LINES = 15
_COULD_NOT_RUN = 2
_FIRST_OPEN_PORT, _LAST_PORT = 1024, 65535
_PORTS_TRIED = 1100
_ANOTHER_PORT = 8100
_LOOK_AGAIN_SECONDS = 0.2
_LEVEL = re.compile(r"\S+Z (?P<level>[A-Z]+) ")
_WORTH_SHOWING = {"WARNING", "ERROR", "CRITICAL"}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Ports:
    """Where the demo is reached from this machine."""

    web: int
    chat: int

    def check_free(self) -> None:
        """CommandError that names the ports in use and the way out."""
        if self.web == self.chat:
            raise CommandError("The web and the chat need a port each.", returncode=_COULD_NOT_RUN)
        wanted = {"WEB_PORT": self.web, "CHAT_PORT": self.chat}
        problems = {name: problem for name, port in wanted.items() if (problem := _why_not(port))}
        if problems:
            way_out = " ".join(f"{name}={_free_port(wanted[name], not_in=wanted.values())}" for name in problems)
            what = " ".join(f"Port {wanted[name]} {problem}." for name, problem in problems.items())
            raise CommandError(f"{what} Try: make demo {way_out}", returncode=_COULD_NOT_RUN)


def _why_not(port: int) -> str | None:
    try:
        socket.create_server((HOST, port)).close()
    except OverflowError:
        return "is no port number"
    except OSError as error:
        reasons = {errno.EADDRINUSE: "is in use by another program", errno.EACCES: "is for root only"}
        return reasons.get(error.errno or 0, f"can't be used ({error.strerror})")
    return None


def _free_port(near: int, *, not_in: Iterable[int]) -> int:
    """The next one up that is free now."""
    above = range(max(near + 1, _FIRST_OPEN_PORT), min(near + _PORTS_TRIED, _LAST_PORT))
    return next((port for port in above if port not in not_in and not _why_not(port)), _ANOTHER_PORT)


class Logs:
    """Every line goes to the service's file; warnings and worse, with what belongs to them, to the terminal too."""

    def __init__(self, folder: Path, screen: TextIO) -> None:
        for private in (folder.parent, folder):
            private.mkdir(mode=0o700, exist_ok=True)
        self.folder = folder
        self._screen = screen
        self._files: dict[str, TextIO] = {}
        self._showing: dict[str, bool] = {}

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def __call__(self, child: Child, line: str) -> None:
        self._file(child.name).write(f"{line}\n")
        found = _LEVEL.match(line)
        if found:
            self._showing[child.name] = found["level"] in _WORTH_SHOWING
        if self._showing.get(child.name):
            self._screen.write(f"{child.name:>7} | {line}\n")
            self._screen.flush()

    def _file(self, name: str) -> TextIO:
        """The service's log, begun anew by every start; the one before is kept."""
        if name not in self._files:
            path = self.folder / f"{name}.log"
            if path.exists():
                path.replace(path.with_suffix(".log.1"))
            self._files[name] = path.open("w", buffering=1, encoding="utf-8")
        return self._files[name]


def prepare(say: Say) -> str | None:
    """Migrate and seed the database; the line with the owner's password when the owner was made now.

    Raises CommandError when another bot, as that of another demo, works on it: two would answer for one another.
    """
    _check_no_other_bot()
    say("Applying migrations ...")
    call_command("migrate", verbosity=0, interactive=False)
    say("Seeding the shop ...")
    said = io.StringIO()
    call_command("seed_demo", stdout=said)
    connections.close_all()
    line = said.getvalue().strip()
    say(line)
    return line if "password" in line and "shown once" in line else None


def _check_no_other_bot() -> None:
    """One that is just ending is waited for."""
    deadline = time.monotonic() + GRACE_SECONDS
    with psycopg.connect(**connection_params(), autocommit=True) as link:
        while link.execute("SELECT pg_try_advisory_lock(%s)", [BOT_LOCK]).fetchone() != (True,):
            if time.monotonic() > deadline:
                problem = "Another demo or bot works on this database. End it first, or set another DATABASE_URL."
                raise CommandError(problem, returncode=_COULD_NOT_RUN)
            time.sleep(_LOOK_AGAIN_SECONDS)


async def run(*, ports: Ports, owner: str | None, say: Say, screen: TextIO) -> None:
    """Run until cancelled. Raises ChildEnded when a service ends by itself, NotReady when one does not start."""
    logs = Logs(settings.DATA_DIR / "logs", screen)
    try:
        async with Children(keep=LAST_LINES, on_line=logs, grace=GRACE_SECONDS) as children:
            await _start(children, ports, say)
            say(_addresses(ports, owner, logs.folder))
            raise ChildEnded(await children.first_to_end())
    except ChildEnded as ended:
        screen.write("\n".join([f"\n{ended}. Its last lines:", *ended.child.lines, ""]))
        raise
    finally:
        logs.close()


async def _start(children: Children, ports: Ports, say: Say) -> None:
    """The bot last, when the local Telegram answers; the others need nobody."""
    env = child_env(_settings(ports))
    say("Starting the local Telegram, the worker and the web ...")
    await children.start("chat", manage("sandbox", "--host", HOST, "--port", str(ports.chat)), env)
    await children.start("worker", manage("run_worker"), env)
    await children.start("web", web(f"{HOST}:{ports.web}"), env)
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http,
        SandboxClient(_url(ports.chat)) as chat,
    ):
        chat_answers = partial(_answers, http, f"{_url(ports.chat)}/control/counters")
        await children.until("the chat is", chat_answers, seconds=READY_SECONDS)
        say("Starting the bot ...")
        await children.start("bot", manage("run_bot"), env)
        web_answers = partial(_answers, http, f"{_url(ports.web)}/health/ready")
        await children.until("the web is", web_answers, seconds=READY_SECONDS)
        await _introduce_masters(chat, children)


async def _answers(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as response:
            return response.ok
    except (aiohttp.ClientError, TimeoutError):
        return False


async def _introduce_masters(chat: SandboxClient, children: Children) -> None:
    """The masters have pressed Start, as Telegram wants of everybody whom a bot may write to."""
    for master in MASTERS:
        person = await chat.person(master.telegram_id, first_name=master.name, label="master")
        await chat.text(person, "/start")

    async def answered() -> bool:
        histories = [await chat.history(master.telegram_id) for master in MASTERS]
        return all(any(message.from_bot for message in history) for history in histories)

    await children.until("the bot is", answered, seconds=READY_SECONDS)


def _settings(ports: Ports) -> dict[str, str]:
    """The demo's own bot, whatever the environment or .env says: a real one must never be touched."""
    return {
        "DEBUG": "on",
        "DATABASE_URL": database_url(),
        "TELEGRAM_BOT_TOKEN": throwaway_token(),
        "TELEGRAM_API_BASE": _url(ports.chat),
        "TELEGRAM_MODE": settings.TELEGRAM_MODE,
        "TELEGRAM_WEBHOOK_SECRET": secrets.token_urlsafe(32),
        "PUBLIC_URL": _url(ports.web),
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1]",
        "LOG_FORMAT": "console",
        "LOG_LEVEL": "INFO",
    }


def _url(port: int) -> str:
    return f"http://{HOST}:{port}"


def _addresses(ports: Ports, owner: str | None, logs: Path) -> str:
    reset = f"DEBUG=on {Path(sys.executable)} manage.py changepassword owner"
    password = owner or f"Sign in as owner with the password shown at the first start; a new one: {reset}"
    masters = " and ".join(f"{master.name} ({master.telegram_id})" for master in MASTERS)
    return "\n".join(
        [
            "",
            "The shop is open.",
            "",
            f"  Chat   {_url(ports.chat)}/",
            f"         Анна (1001) and Виктор (1002) are clients, {masters} are masters.",
            f"  Admin  {_url(ports.web)}/admin/",
            f"         {password}",
            f"  Logs   {logs}",
            "",
            "Ctrl-C ends all of it; what was booked stays.",
            "",
        ]
    )

"""Management commands as a person runs them, and what they leave behind."""

import asyncio
import json
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from barbershop.database_url import database_url
from barbershop.processes import Child, child_env, manage
from barbershop.smoke.scratch import connect

MARK = "BARBERSHOP_TEST_RUN"
PATIENCE = 100.0


class Run:
    """A command whose children are told apart from everybody else's by a mark in their environment."""

    def __init__(self, child: Child, mark: str) -> None:
        self.child = child
        self._mark = mark

    @classmethod
    async def start(cls, *arguments: str, **settings: str) -> "Run":
        mark = secrets.token_hex(8)
        env = child_env(settings) | {MARK: mark}
        return cls(await Child.start(arguments[0], manage(*arguments), env), mark)

    @property
    def output(self) -> str:
        return "\n".join(self.child.lines)

    async def prints(self, words: str) -> None:
        await eventually(lambda: words in self.output or self.child.exit_code is not None)
        assert words in self.output, self.output

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.child.pid, number)

    async def ends(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self.child.wait()

    async def leaves_nothing(self) -> None:
        """No process that it has started is alive a little later."""
        await eventually(lambda: not self.processes(), what=lambda: f"left: {self.processes()}")

    def processes(self) -> dict[int, str]:
        """Command lines of what still runs, by process id."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if f"{MARK}={self._mark}".encode() in folder.joinpath("environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = folder.joinpath("cmdline").read_bytes().decode().replace("\0", " ")
            except OSError:
                continue
        return found

    def process(self, words: str) -> int:
        """The oldest process with these words on its command line."""
        return min(pid for pid, line in self.processes().items() if words in line)

    def environment_of(self, pid: int) -> dict[str, str]:
        pairs = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
        return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


@asynccontextmanager
async def running(*arguments: str, **settings: str) -> AsyncIterator[Run]:
    """A command that is ended at the latest with the block."""
    run = await Run.start(*arguments, **settings)
    try:
        yield run
    finally:
        await run.child.stop(PATIENCE)


@asynccontextmanager
async def open_shop(database: str, **settings: str) -> AsyncIterator[tuple[Run, int, int]]:
    """The demo on free ports and a database of the test's own, ready; with the ports of web and chat."""
    web_port, chat_port = free_ports(2)
    arguments = ("demo", "--web-port", str(web_port), "--chat-port", str(chat_port))
    async with running(*arguments, DATABASE_URL=database_url(database), DEBUG="on", **settings) as run:
        await run.prints("The shop is open.")
        await run.prints("Ctrl-C ends all of it")
        yield run, web_port, chat_port


async def eventually(
    holds: Callable[[], object], *, what: Callable[[], str] = lambda: "it never happened", seconds: float = PATIENCE
) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, what()
        await asyncio.sleep(0.05)


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [taken.getsockname()[1] for taken in sockets]
    for taken in sockets:
        taken.close()
    return ports


def last_object(lines: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(lines[-1])
    return found


async def databases(pattern: str) -> list[str]:
    async with await connect() as link:
        cursor = await link.execute("SELECT datname FROM pg_database WHERE datname ~ %s", [pattern])
        return [name for (name,) in await cursor.fetchall()]

"""The real processes of the product around a scratch database and a loopback sandbox."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families
from psycopg.rows import dict_row

from barbershop.database_url import database_url
from barbershop.processes import Child, Children, NotReady, child_env, manage, web
from barbershop.sandbox.client import SandboxClient
from barbershop.smoke.scratch import Connection, connect, scratch_database

START_SECONDS = 60.0
# So much at once no person of the play asks for, but who floods.
BURST = 80
_ANNOUNCED = "TELEGRAM_API_BASE="


def throwaway_token() -> str:
    """A bot token of the right shape that no bot has."""
    return f"{secrets.randbelow(10**9) + 10**9}:{secrets.token_urlsafe(26)[:35]}"


def free_port() -> int:
    """A port of loopback that nobody listened on just now."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


@dataclass
class Stage:
    """What the steps play on. `output` keeps every line that each service has written, over its restarts."""

    database: str
    token: str
    db: Connection
    children: Children
    env: dict[str, str]
    output: dict[str, list[str]] = field(default_factory=dict)
    web_url: str = ""
    chat: SandboxClient = field(init=False)
    http: aiohttp.ClientSession = field(default_factory=aiohttp.ClientSession)

    async def close(self) -> None:
        await self.http.close()
        if hasattr(self, "chat"):
            await self.chat.close()
        await self.db.close()

    async def rows(self, statement: str, *parameters: object) -> list[dict[str, Any]]:
        """What the scratch database answers."""
        async with self.db.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement.encode(), parameters or None)
            return await cursor.fetchall()

    async def value(self, statement: str, *parameters: object) -> Any:
        """The first column of the first row."""
        return next(iter((await self.rows(statement, *parameters))[0].values()))

    async def start_sandbox(self) -> None:
        """Start the local Telegram on a port of the system's choice, and point the other services at it."""
        child = await self._start("sandbox", manage("sandbox", "--port", "0", "--for-smoke"))

        async def announced() -> bool:
            return any(line.startswith(_ANNOUNCED) for line in child.lines)

        await self.children.until("the sandbox is", announced, seconds=START_SECONDS)
        url = next(line for line in child.lines if line.startswith(_ANNOUNCED)).removeprefix(_ANNOUNCED)
        self.env["TELEGRAM_API_BASE"] = url
        self.chat = SandboxClient(url, wait_seconds=10.0)

    async def start_bot(self) -> Child:
        return await self._start("bot", manage("run_bot"))

    async def start_worker(self) -> Child:
        return await self._start("worker", manage("run_worker"))

    async def start_web(self) -> Child:
        """Start the web on a port of the system's choice, which is taken before and handed over."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            self.web_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            number = listening.fileno()
            return await self._start("web", web(f"fd://{number}"), pass_fds=(number,))

    async def wait_ready(self) -> None:
        """Until web is ready, the bot polls and the worker has made itself known."""
        await self.children.until("web is", self.web_is_ready, seconds=START_SECONDS)
        await self.children.until("the bot is", self._bot_polls, seconds=START_SECONDS)
        await self.children.until("the worker is", self._worker_works, seconds=START_SECONDS)

    async def web_is_ready(self) -> bool:
        """What /health/ready says."""
        timeout = aiohttp.ClientTimeout(total=5)
        try:
            async with self.http.get(f"{self.web_url}/health/ready", timeout=timeout) as response:
                return response.ok
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def bot_metric(self, name: str, **labels: str) -> float:
        """What a series of the bot's own metrics stands at; KeyError when it is not there."""
        url = f"http://127.0.0.1:{self.env['BOT_METRICS_PORT']}/metrics"
        headers = {"Authorization": f"Bearer {self.env['METRICS_TOKEN']}"}
        async with self.http.get(url, headers=headers, timeout=aiohttp.ClientTimeout(total=5)) as response:
            response.raise_for_status()
            families = text_string_to_metric_families(await response.text())
        values = {sample.name: sample.value for each in families for sample in each.samples if sample.labels == labels}
        return values[name]

    async def settled(self, *, seconds: float) -> None:
        """Until every update is handled and no notification is pending."""
        try:
            await self.children.until("the rest of the work is", self._nothing_pending, seconds=seconds)
        except NotReady as error:
            raise NotReady(f"{error}: {await self.pending()}") from None

    async def pending(self) -> dict[str, int]:
        """What still waits: updates in the inbox and at the sandbox, notifications, jobs."""
        return {
            "updates": await self.value("SELECT count(*) FROM telegram_updates WHERE status = 'pending'"),
            "unfetched": (await self.chat.counters())["pending_updates"],
            "notifications": await self.value("SELECT count(*) FROM notifications WHERE status = 'pending'"),
            "jobs": await self.value("SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"),
        }

    async def _nothing_pending(self) -> bool:
        return not any((await self.pending()).values())

    async def _bot_polls(self) -> bool:
        return bool((await self.chat.counters())["pollers"])

    async def _worker_works(self) -> bool:
        return bool(await self.value("SELECT count(*) FROM procrastinate_workers"))

    async def _start(self, name: str, command: list[str], *, pass_fds: tuple[int, ...] = ()) -> Child:
        self.output.setdefault(name, [])
        return await self.children.start(name, command, self.env, pass_fds=pass_fds)


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    """A stage whose database exists and whose processes are still to be started; all of it is removed at the end."""
    async with scratch_database() as name:
        token = throwaway_token()
        output: dict[str, list[str]] = {}

        def keep(child: Child, line: str) -> None:
            output.setdefault(child.name, []).append(line)

        async with Children(on_line=keep) as children:
            stage = Stage(name, token, await connect(name), children, child_env(_settings(name, token)), output)
            try:
                yield stage
            finally:
                await asyncio.shield(stage.close())


def _settings(name: str, token: str) -> dict[str, str]:
    """The deployed settings but for the database, the bot, the shop's rules that the play relies on, and Redis."""
    return {
        "DATABASE_URL": database_url(name),
        "TELEGRAM_BOT_TOKEN": token,
        "TELEGRAM_API_BASE": "http://127.0.0.1:1",
        "TELEGRAM_MODE": "polling",
        "REDIS_URL": "",
        "METRICS_ADDR": "127.0.0.1",
        "METRICS_TOKEN": secrets.token_urlsafe(32),
        "BOT_METRICS_PORT": str(free_port()),
        "THROTTLE_USER_BURST": str(BURST),
        "THROTTLE_USER_PER_MINUTE": "60",
        "LOG_LEVEL": "INFO",
        "LOG_FORMAT": "json",
        "BOOKING_HORIZON_DAYS": "30",
        "BOOKING_MIN_NOTICE_MINUTES": "30",
        "CANCEL_MIN_NOTICE_MINUTES": "120",
        "WAITLIST_HOLD_MINUTES": "15",
        "MOVE_HOLD_MINUTES": "720",
    }

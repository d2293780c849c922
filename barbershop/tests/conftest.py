"""The real bot and the real worker in this process, talking HTTP to a strict Bot API server on loopback."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from django.utils import timezone

from accounts.threads import in_thread
from barbershop.runtime import serve_bot, serve_jobs
from barbershop.sandbox.client import Message, Person, Predicate, SandboxClient
from barbershop.sandbox.server import Sandbox
from barbershop.telegram import build_bot
from bookings.seeding import seed_shop
from schedules.calendar import local_day

TOKEN = f"{4242}:{'x' * 35}"
WEBHOOK_SECRET = "w" * 32
PATIENCE = 20.0
both_transports = pytest.mark.parametrize("transport", ["polling", "webhook"], indirect=True)


@pytest.fixture
async def telegram(settings: Any) -> AsyncIterator[SandboxClient]:
    """A Bot API server of the test's own; every process of the test is pointed at it."""
    async with Sandbox.running(token=TOKEN) as sandbox:
        settings.TELEGRAM_BOT_TOKEN = TOKEN
        settings.TELEGRAM_API_BASE = sandbox.url
        settings.THROTTLE_USER_BURST = 100_000  # tests tap faster than people; those of the throttle set it back
        settings.THROTTLE_ALL_PER_SECOND = 100_000
        async with SandboxClient(sandbox.url, wait_seconds=PATIENCE) as client:
            yield client


@pytest.fixture
async def shop(transactional_db: None) -> None:
    """The demo shop."""
    await in_thread(seed_shop, today=local_day(timezone.now()))


@pytest.fixture
def transport(request: pytest.FixtureRequest, transactional_db: None, settings: Any) -> str:
    """How updates reach the bot: `polling`, or in a test marked `@both_transports` also `webhook`.

    Then the real view answers over real HTTP, in threads of this process.
    """
    mode = str(getattr(request, "param", "polling"))
    settings.TELEGRAM_MODE = mode
    if mode == "webhook":
        settings.TELEGRAM_WEBHOOK_SECRET = WEBHOOK_SECRET
        settings.PUBLIC_URL = request.getfixturevalue("live_server").url
    return mode


async def close_at_once(bot: Bot) -> None:
    """Without the quarter of a second that aiogram leaves TLS to end: there is none here."""
    assert isinstance(bot.session, AiohttpSession)
    await (await bot.session.create_session()).close()


@asynccontextmanager
async def running(serve: Callable[..., Any]) -> AsyncIterator[asyncio.Task[None]]:
    """Serve in the background with a bot of its own; the block's end is SIGTERM's cancellation."""
    bot = build_bot()
    task = asyncio.create_task(serve(bot))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await close_at_once(bot)


@pytest.fixture
async def bot(shop: None, telegram: SandboxClient, transport: str) -> AsyncIterator[asyncio.Task[None]]:
    """The bot at work."""
    async with running(serve_bot) as task:
        yield task


@pytest.fixture
async def worker(shop: None, telegram: SandboxClient) -> AsyncIterator[asyncio.Task[None]]:
    """The worker at work."""
    async with running(serve_jobs) as task:
        yield task


async def eventually(check: Any) -> None:
    """Poll the database until a check holds."""
    async with asyncio.timeout(PATIENCE):
        while not await in_thread(check):  # noqa: ASYNC110 - another process's commit raises no event here
            await asyncio.sleep(0.05)


@pytest.fixture
def events() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """The events that this process has emitted, by name, with their fields."""
    found: list[tuple[str, dict[str, Any]]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append((record.__dict__["event"], record.__dict__["fields"]))

    handler = Keep()
    logger = logging.getLogger("barbershop.events")
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


class Guest:
    """Somebody with a phone: taps buttons by their words and reads what comes."""

    def __init__(self, chat: SandboxClient, person: Person) -> None:
        self.chat = chat
        self.person = person

    async def types(self, text: str, sees: Predicate | str) -> Message:
        await self.chat.text(self.person, text)
        return await self.chat.wait_for(self.person, sees)

    async def taps(self, button: str, sees: Predicate | str) -> Message:
        return await self.chat.tap_and_wait(self.person, button, sees)

    async def goes_to_summary(self, *, service: str = "Стрижка ·", master: str = "Борис", day: int = 3) -> Message:
        """From /start to the summary by the buttons; the first time of the day that is `day` places down."""
        await self.types("/start", "Записаться")
        await self.taps("Записаться", "Стрижка")
        await self.taps(service, master)
        days = await self.taps(master, "В какой день")
        times = await self.taps(days.button_texts[day], "Во сколько")
        return await self.taps(times.button_texts[0], "Подтвердить")

    async def books(self, **choice: Any) -> Message:
        await self.goes_to_summary(**choice)
        return await self.taps("Подтвердить", "Вы записаны.")


@pytest.fixture
async def anna(telegram: SandboxClient) -> Guest:
    return Guest(telegram, await telegram.person(1001, first_name="Анна", language_code="ru"))


@pytest.fixture
async def victor(telegram: SandboxClient) -> Guest:
    return Guest(telegram, await telegram.person(1002, first_name="Виктор", language_code="ru"))


@pytest.fixture
async def boris(telegram: SandboxClient) -> Guest:
    return Guest(telegram, await telegram.person(2001, first_name="Борис", language_code="ru"))


@pytest.fixture
async def gleb(telegram: SandboxClient) -> Guest:
    return Guest(telegram, await telegram.person(2002, first_name="Глеб", language_code="ru"))

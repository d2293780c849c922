"""Where the scenes are played: the shop's real processes around a scratch database, and a browser on the chat page."""

import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from playwright.async_api import BrowserContext, Page, async_playwright, expect

from barbershop.processes import manage
from barbershop.sandbox.client import SandboxClient
from barbershop.screenshots.album import Album
from barbershop.screenshots.cast import BORIS, GLEB, Someone
from barbershop.screenshots.errors import ChromiumMissing
from barbershop.screenshots.phone import Phone
from barbershop.smoke.stage import Stage, staged

PATIENCE_MS = 60_000
_CHAT_SIZE, _ADMIN_SIZE = (1600, 860), (1440, 560)
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_SHOP = {
    "SHOP_NAME": "Бритва",
    "SHOP_ADDRESS": "Тихая улица, 7",
    "SHOP_TIME_ZONE": "Europe/Moscow",
    "SHOP_LANGUAGE": "ru",
    "THROTTLE_USER_BURST": "1000",
    "THROTTLE_USER_PER_MINUTE": "6000",
}
_PASSWORD = re.compile(r"password (\S+) \(shown once\)")


@dataclass
class Studio:
    """The people's phones, and what they have agreed on: `day` is the day that the first client has booked."""

    page: Page
    chat: SandboxClient
    album: Album
    day: str = ""
    _phones: dict[Someone, Phone] = field(default_factory=dict)

    async def phone(self, someone: Someone) -> Phone:
        """Their phone; who has none yet joins."""
        if someone not in self._phones:
            await self.chat.person(someone.telegram_id, first_name=someone.name, label=someone.label)
            phone = Phone(self.page, someone.telegram_id, self.album)
            await expect(phone.column).to_be_visible()
            self._phones[someone] = phone
        return self._phones[someone]


@dataclass
class Office(Studio):
    """A studio with the shop's admin."""

    address: str = field(kw_only=True)
    password: str = field(kw_only=True, repr=False)


@asynccontextmanager
async def open_office(album: Album) -> AsyncIterator[Office]:
    """The whole shop at work, the masters in it; all of it is removed at the end."""
    async with staged() as stage, browser() as context:
        stage.env.update(_SHOP)
        await stage.start_sandbox()
        password = await _furnish(stage)
        await stage.start_bot()
        await stage.start_worker()
        await stage.start_web()
        await stage.wait_ready()
        page = await chat_page(context, stage.env["TELEGRAM_API_BASE"])
        office = Office(page, stage.chat, album, address=f"{stage.web_url}/admin/", password=password)
        for master in (BORIS, GLEB):
            await (await office.phone(master)).start()
        yield office


async def _furnish(stage: Stage) -> str:
    """A shop that was open before today; the owner's password."""
    await stage.children.run("migrate", manage("migrate", "--verbosity", "0"), stage.env)
    seeded = await stage.children.run("seed_demo", manage("seed_demo"), stage.env)
    await stage.children.run("scenery", [sys.executable, "-m", "barbershop.screenshots.scenery"], stage.env)
    found = _PASSWORD.search("\n".join(seeded.lines))
    return found[1] if found else ""


@asynccontextmanager
async def browser() -> AsyncIterator[BrowserContext]:
    """Chromium as people in Russia have it; ChromiumMissing when it isn't there."""
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        raise ChromiumMissing(ChromiumMissing.__doc__)
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=program, args=_FLAGS)
        try:
            context = await running.new_context(
                locale="ru-RU",
                color_scheme="light",
                reduced_motion="reduce",
                bypass_csp=True,  # the pictures have a style of their own
            )
            context.set_default_timeout(PATIENCE_MS)
            yield context
        finally:
            await running.close()


async def chat_page(context: BrowserContext, address: str) -> Page:
    return await _page(context, f"{address}/", _CHAT_SIZE)


async def admin_page(context: BrowserContext, address: str) -> Page:
    return await _page(context, address, _ADMIN_SIZE)


async def _page(context: BrowserContext, address: str, size: tuple[int, int]) -> Page:
    page = await context.new_page()
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await page.goto(address)
    return page

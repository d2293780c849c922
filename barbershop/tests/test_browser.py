"""The demo in a real browser: a client books in the chat, the master hears of it, the owner sees it in admin."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, async_playwright, expect

from barbershop.smoke.scratch import scratch_database
from barbershop.tests.running import open_shop

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome")
ANNA, BORIS = 1001, 2001
DAY_OR_TIME = re.compile(r"\d")


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        await started.close()


async def complaining_page(browser: Browser, complaints: list[str]) -> Page:
    """A page that writes down its errors; that a browser asks for an icon nobody promised is none."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
            complaints.append(f"{message.text} {message.location['url']}")

    page = await browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(15_000)
    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page


async def book(phone: Locator) -> str:
    """From Start to the card with six taps, as a finger does it; the summary's line that says when."""
    await phone.get_by_test_id("start").click()
    screen = phone.locator(".message.from-bot").last
    await screen.get_by_role("button", name="Записаться").click()
    await screen.get_by_role("button", name="Стрижка ·").click()
    await screen.get_by_role("button", name="Борис").click()
    await expect(screen).to_contain_text("В какой день?")
    await screen.get_by_role("button", name=DAY_OR_TIME).nth(2).click()
    await expect(screen).to_contain_text("Во сколько?")
    await screen.get_by_role("button", name=DAY_OR_TIME).first.click()
    confirm = screen.get_by_role("button", name="Подтвердить")
    await expect(confirm).to_be_visible()
    when = next(line for line in (await screen.inner_text()).splitlines() if "🗓" in line).partition(" ")[2]
    await confirm.click()
    return when


async def sign_in(page: Page, output: str) -> None:
    password = re.search(r"owner, password (\S+)", output)
    assert password, output
    await page.locator("#id_username").fill("owner")
    await page.locator("#id_password").fill(password[1])
    await page.locator("[type=submit]").click()


async def test_a_booking_made_in_the_chat_shows_in_admin_and_reaches_the_master(
    chromium: Browser, tmp_path: Path
) -> None:
    complaints: list[str] = []
    async with scratch_database() as name, open_shop(name) as (run, web_port, chat_port):
        chat = await complaining_page(chromium, complaints)
        await chat.goto(f"http://127.0.0.1:{chat_port}/")
        anna, boris = (chat.locator(f'[data-person="{person}"]') for person in (ANNA, BORIS))
        when = await book(anna)
        await expect(anna.locator(".from-bot", has_text="Вы записаны").first).to_contain_text(when)
        news = boris.locator(".from-bot", has_text="Анна")
        await expect(news).to_contain_text("Новая запись")
        await expect(news).to_contain_text(when)
        await expect(anna.locator(".from-bot", has_text=when)).to_have_count(2)  # the card, and the confirmation
        await chat.screenshot(path=tmp_path / "chat.png", animations="disabled")

        admin = await complaining_page(chromium, complaints)
        await admin.goto(f"http://127.0.0.1:{web_port}/admin/bookings/booking/")
        await sign_in(admin, run.output)
        row = admin.locator("#result_list tbody tr")
        await expect(row).to_have_count(1)
        for words in ("Анна", "Борис", "Стрижка", when.rpartition(" ")[2].lstrip("0")):
            await expect(row).to_contain_text(words)
        await admin.screenshot(path=tmp_path / "admin.png")
        await admin.locator("#result_list tbody th a").click()
        await expect(admin.locator("#content")).to_contain_text("Анна")
        await admin.screenshot(path=tmp_path / "booking.png", full_page=True)
        assert complaints == []
        await chat.close()
        await admin.close()

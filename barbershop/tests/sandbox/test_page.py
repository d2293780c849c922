"""The chat page in a real browser."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiogram import Bot
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    ReplyKeyboardMarkup,
)
from playwright.async_api import Page, async_playwright, expect

from barbershop.sandbox.client import SandboxClient
from barbershop.sandbox.server import Sandbox
from barbershop.tests.sandbox.conftest import ANNA, VIKTOR

pytestmark = pytest.mark.browser
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
MENU = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="✂️ Записаться", callback_data="v1:b")]])


def chromium() -> str | None:
    """The system's; the `browser` mark skips the test where there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture
async def page(sandbox: Sandbox) -> AsyncIterator[Page]:
    """The page is open; what the browser complains of fails the test."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        opened = await browser.new_page(viewport={"width": 1280, "height": 800})
        opened.on("console", lambda m: complaints.append(m.text) if m.type in {"error", "warning"} else None)
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        await opened.goto(sandbox.url)
        await expect(opened.locator(f'[data-person="{ANNA}"]')).to_be_visible()
        yield opened
        await browser.close()
    assert complaints == []


async def test_one_person_plays_both_sides(page: Page, bot: Bot, chat: SandboxClient) -> None:
    anna, viktor = (page.locator(f'[data-person="{person}"]') for person in (ANNA, VIKTOR))
    await anna.get_by_test_id("start").click()
    [update] = await bot.get_updates(timeout=5)
    assert update.message is not None
    assert update.message.text == "/start"
    sent = await bot.send_message(ANNA, "<b>Здравствуйте</b> & <i>добро</i>", parse_mode="HTML", reply_markup=MENU)
    bubble = anna.locator(f'[data-message-id="{sent.message_id}"]')
    await expect(bubble.locator("strong")).to_have_text("Здравствуйте")
    await bubble.get_by_role("button", name="Записаться").click()
    query = (await bot.get_updates(offset=update.update_id + 1, timeout=5))[0].callback_query
    assert query is not None
    await query.as_(bot).answer("Минутку")
    await expect(anna.get_by_test_id("toast")).to_have_text("Минутку")
    await bot.edit_message_text("Выберите услугу", chat_id=ANNA, message_id=sent.message_id)
    await expect(bubble).to_contain_text("Выберите услугу")
    await expect(bubble).to_have_attribute("data-edits", "1")
    await expect(bubble.get_by_role("button", name="Записаться")).to_have_count(0)
    await viktor.get_by_test_id("start").click()
    await expect(viktor.get_by_test_id("composer")).to_be_visible()


async def test_what_people_and_bots_write_never_becomes_markup(page: Page, bot: Bot, chat: SandboxClient) -> None:
    nasty = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    await chat.person(ANNA, first_name=nasty)
    await chat.text(ANNA, nasty)
    button = InlineKeyboardButton(text=nasty, callback_data="x")
    await bot.send_message(ANNA, nasty, reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]]))
    link = '<a href="javascript:document.title=3">link</a>'
    await bot.send_message(ANNA, link, parse_mode="HTML")
    anna = page.locator(f'[data-person="{ANNA}"]')
    await expect(anna.locator(".from-bot")).to_have_count(2)
    await expect(anna.locator(".key")).to_have_text(nasty)
    assert await page.locator("main img, main script, main a").count() == 0
    assert await page.title() == "Песочница"


async def test_block_alert_faults_counters_and_language(page: Page, bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    await bot.send_message(ANNA, "Меню", reply_markup=MENU)
    anna = page.locator(f'[data-person="{ANNA}"]')
    await anna.get_by_role("button", name="Записаться").click()
    await expect(page.locator('[data-counter="unanswered"]')).to_have_text("1")
    query = (await bot.get_updates(offset=-1, timeout=5))[0].callback_query
    assert query is not None
    await bot.answer_callback_query(query.id, text="Уже занято", show_alert=True)
    alert = anna.get_by_test_id("alert")
    await expect(alert).to_contain_text("Уже занято")
    await alert.get_by_role("button").click()
    await page.get_by_test_id("faults-toggle").click()
    await page.get_by_test_id("fault-drop_after").click()
    await expect(page.get_by_test_id("planned")).to_contain_text("Обрыв после")
    assert [fault["kind"] for fault in (await chat.get("faults"))["planned"]] == ["drop_after"]
    await page.get_by_test_id("redeliver").click()
    assert (await bot.get_updates(offset=-1))[0].callback_query is not None
    await anna.get_by_test_id("block").click()
    await expect(anna.get_by_test_id("unblock")).to_be_visible()
    assert [p["blocked"] for p in await chat.people()] == [True, False]
    await page.get_by_role("button", name="EN").click()
    await expect(anna.get_by_test_id("unblock")).to_have_text("Unblock the bot")


async def test_a_reply_keyboard_shares_the_contact(page: Page, bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    keys = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Мой телефон", request_contact=True)]])
    await bot.send_message(ANNA, "Ваш телефон?", reply_markup=keys)
    await page.get_by_role("button", name="Мой телефон").click()
    await expect(page.locator(".contact")).to_be_visible()
    contact = (await bot.get_updates(offset=-1))[0].message
    assert contact is not None
    assert contact.contact is not None
    assert contact.contact.user_id == ANNA


async def test_a_document_is_downloaded_by_its_link(page: Page, bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    await bot.send_document(ANNA, BufferedInputFile(b"BEGIN:VCALENDAR", "запись.ics"), caption="Ваша запись")
    link = page.locator(f'[data-person="{ANNA}"] a.file')
    await expect(link).to_contain_text("запись.ics")
    async with page.expect_download() as download:
        await link.click()
    saved = await download.value
    assert saved.suggested_filename == "запись.ics"
    path = Path(await saved.path())
    assert await asyncio.to_thread(path.read_bytes) == b"BEGIN:VCALENDAR"


async def test_a_deep_link_offers_start_and_sends_its_payload(
    page: Page, sandbox: Sandbox, bot: Bot, chat: SandboxClient
) -> None:
    await chat.text(ANNA, "/start")
    await page.goto(f"{sandbox.url}/?start=invite-1&person={ANNA}")
    anna = page.locator(f'[data-person="{ANNA}"]')
    await anna.get_by_test_id("start").click()
    await expect(anna.get_by_test_id("composer")).to_be_visible()
    await bot.send_message(ANNA, "https://t.me/sandbox_bot?start=invite-2")
    await anna.get_by_role("link").click()
    await expect(anna.locator(".from-person")).to_have_count(3)
    texts = [update.message.text for update in await bot.get_updates() if update.message]
    assert texts == ["/start", "/start invite-1", "/start invite-2"]


async def test_somebody_elses_message_is_forwarded(page: Page, bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    anna = page.locator(f'[data-person="{ANNA}"]')
    await anna.get_by_test_id("attach").click()
    await anna.get_by_role("menuitem", name="Переслать").click()
    await expect(anna.locator(".origin")).to_contain_text("Незнакомец")
    message = (await bot.get_updates(offset=-1))[0].message
    assert message is not None
    assert message.forward_origin is not None


async def test_a_new_person_appears_and_narrow_screens_fit(page: Page) -> None:
    await page.set_viewport_size({"width": 390, "height": 780})
    await page.get_by_test_id("add-person").click()
    await page.get_by_label("Имя").fill("Борис")
    await page.get_by_role("button", name="Добавить").click()
    await expect(page.locator('[data-person="1003"]')).to_contain_text("Борис")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")

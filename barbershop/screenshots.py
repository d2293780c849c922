"""Takes the two pictures of the README from a running `make demo`: a client books, staff see it in admin.

`.venv/bin/python -m barbershop.screenshots --chat URL --admin URL --user owner` asks for the password.
"""

import argparse
import getpass
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
CLIENT, ANOTHER_CLIENT, MASTER = "person-1001", "person-1002", "person-2001"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHAT_SIZE, ADMIN_SIZE = (1600, 860), (1440, 560)
_DAY = 1  # the second on offer: not today's leftovers


class Phone:
    """One person's column of the chat page; buttons are found by the words that stay put."""

    def __init__(self, page: Page, test_id: str) -> None:
        self.column = page.get_by_test_id(test_id)

    @property
    def last_message(self) -> Locator:
        return self.column.locator("li.message.from-bot").last

    def start(self) -> None:
        """Say /start, whether it is the first time or not."""
        greetings = self.column.locator("li.message.from-bot", has_text="Здравствуйте")
        before = greetings.count()
        if (button := self.column.get_by_test_id("start")).is_visible():
            button.click()
        else:
            composer = self.column.get_by_test_id("composer")
            composer.fill("/start")
            composer.press("Enter")
        expect(greetings).to_have_count(before + 1)

    def tap(self, words: str | re.Pattern[str], sees: str) -> None:
        """Tap the last message's button and wait for what it shows."""
        self.last_message.get_by_role("button", name=words).first.click()
        expect(self.last_message).to_contain_text(sees)

    def buttons(self) -> list[str]:
        return self.last_message.get_by_role("button").all_inner_texts()


def main() -> int:
    arguments = _arguments()
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    with _page(CHAT_SIZE) as page:
        another = _book(page, arguments.chat)
        page.screenshot(path=IMAGES / "chat.png")
        _confirm(another)
    with _page(ADMIN_SIZE) as page:
        _look_at_bookings(page, arguments.admin, user=arguments.user, password=password)
        page.screenshot(path=IMAGES / "admin.png")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m barbershop.screenshots", description=__doc__)
    parser.add_argument("--chat", default="http://127.0.0.1:8081/", help="the chat page's address")
    parser.add_argument("--admin", default="http://127.0.0.1:8000/admin/", help="admin's address")
    parser.add_argument("--user", default="owner", help="who signs in to admin")
    return parser.parse_args()


@contextmanager
def _page(size: tuple[int, int]) -> Iterator[Page]:
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        sys.exit("Chromium is missing: `make system-packages` installs it.")
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    width, height = size
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        try:
            context = browser.new_context(
                viewport={"width": width, "height": height},
                locale="ru-RU",
                color_scheme="light",
                reduced_motion="reduce",
            )
            yield context.new_page()
        finally:
            browser.close()


def _book(page: Page, address: str) -> Phone:
    """One client books, the master hears of it, another client (who is returned) looks at the times of a day."""
    page.goto(address)
    expect(page.locator(".bar-state")).to_have_attribute("data-state", "botConnected")
    client, another, master = Phone(page, CLIENT), Phone(page, ANOTHER_CLIENT), Phone(page, MASTER)
    for each in (client, another):
        each.start()
        _cancel_what_is_booked(each)
    _choose_day(client, "Стрижка", "Борис")
    _confirm(client)
    expect(master.last_message).to_contain_text("💳")
    _choose_day(another, "Борода", "Глеб")
    page.mouse.move(0, 0)
    for counter in ("unanswered", "pending"):
        expect(page.locator(f"[data-counter={counter}]")).to_have_text("0")
    return another


def _choose_day(client: Phone, service: str, master: str) -> None:
    client.tap("Записаться", "Что делаем?")
    client.tap(re.compile(f"^{service} ·"), "К какому мастеру?")
    client.tap(master, "В какой день?")
    client.tap(client.buttons()[_DAY], "Во сколько?")


def _confirm(client: Phone) -> None:
    client.tap(client.buttons()[0], "Записываем?")
    client.tap("Подтвердить", "Вы записаны.")
    expect(client.last_message).to_contain_text("До встречи!")


def _cancel_what_is_booked(client: Phone) -> None:
    client.tap("Мои записи", "В меню")
    if any("Отменить" in button for button in client.buttons()):
        client.tap("Отменить", "Отменить запись")
        client.tap("Отменить", "отменена.")
        expect(client.last_message).to_contain_text("Ваша запись отменена.")
        client.start()
    else:
        client.tap("В меню", "Записаться")


def _look_at_bookings(page: Page, address: str, *, user: str, password: str) -> None:
    page.goto(address)
    page.locator("#id_username").fill(user)
    page.locator("#id_password").fill(password)
    page.locator("#login-form [type=submit]").click()
    expect(page.locator("#user-tools")).to_be_visible()
    page.goto(f"{address.rstrip('/')}/bookings/booking/")
    expect(page.locator("#result_list tbody tr").first).to_be_visible()


if __name__ == "__main__":
    sys.exit(main())

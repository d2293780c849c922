"""One person's phone on the chat page: what they tap, type and read, and its picture."""

import re

from playwright.async_api import Locator, Page, expect

from barbershop.screenshots.album import Album

DAY = re.compile("^[а-я]{2}, [0-9]+ [а-я]+$")  # the browser's \w is Latin alone
TIME = re.compile("^[0-9]{2}:[0-9]{2}$")
# One colour instead of the shades behind the messages makes a picture several times lighter.
ONE_COLOUR = ":root { --chat: #cfe0da; }"
_ALONE = """
.bar, .counters, .panel, .toasts, .who-note, .when, [data-testid=block] { display: none !important; }
html, body { height: auto; background: #fff; }
.stage, .people { display: block; padding: 0; }
.phone { display: none; width: 360px; border: 1px solid #d5dde4; border-radius: 0; box-shadow: none; }
.messages { height: auto; min-height: 170px; overflow: visible; }
.message { display: none; }
.from-bot, .from-bot:has(.keys) { max-width: 100%; width: 320px; }
"""


class Phone:
    """Buttons are tapped in the message where the conversation is; news come in messages of their own."""

    def __init__(self, page: Page, person_id: int, album: Album) -> None:
        self.column = page.get_by_test_id(f"person-{person_id}")
        self.screen = self.column.locator("li.from-bot").last
        self._page = page
        self._person_id = person_id
        self._message_id = ""
        self._album = album

    async def start(self) -> None:
        """Say /start, whether it is the first time or not; the conversation goes on in the answer."""
        greetings = self.column.locator("li.from-bot", has_text="Здравствуйте")
        before = await greetings.count()
        if await (button := self.column.get_by_test_id("start")).is_visible():
            await button.click()
        else:
            await self._type("/start")
        await expect(greetings).to_have_count(before + 1)
        await self._look_at(greetings.last)

    async def tap(self, words: str | re.Pattern[str], sees: str) -> None:
        """Tap a button and wait for what it shows."""
        await self.screen.get_by_role("button", name=words).first.click()
        await expect(self.screen.locator(".bubble")).to_contain_text(sees)

    async def say(self, words: str, sees: str) -> None:
        """Type and send; the conversation goes on in the answer."""
        await self._type(words)
        await self.hears(sees)

    async def send_contact(self, sees: str) -> None:
        """Send their own phone number from the paper clip; the conversation goes on in the answer."""
        await self.column.get_by_test_id("attach").click()
        await self.column.get_by_role("menuitem").first.click()
        await self.hears(sees)

    async def hears(self, words: str) -> None:
        """Wait for the message that says so; the conversation goes on in it."""
        bubble = self._page.locator(".bubble", has_text=words)
        message = self.column.locator("li.from-bot").filter(has=bubble).last
        await expect(message).to_be_visible()
        await self._look_at(message)

    async def day(self, place: int) -> str:
        """The words of a day on offer, counted from 0."""
        return (await self.screen.get_by_role("button", name=DAY).all_inner_texts())[place]

    async def time(self, place: int) -> str:
        """The words of a time on offer, counted from 0."""
        return (await self.screen.get_by_role("button", name=TIME).all_inner_texts())[place]

    async def has_button(self, words: str) -> bool:
        return bool(await self.screen.get_by_role("button", name=words).count())

    async def picture(self, name: str, *, after_own_words: bool = False) -> None:
        """Take the phone with this message alone, and with what the person sent right before it."""
        await expect(self._page.locator(".busy")).to_have_count(0)
        await self._page.mouse.move(0, 0)
        await self.column.get_by_test_id("composer").or_(self.column.get_by_test_id("start")).first.blur()
        style = await self._page.add_style_tag(
            content=ONE_COLOUR + _ALONE + self._shown(after_own_words=after_own_words)
        )
        png = await self.column.screenshot(animations="disabled")
        buttons = await self.screen.locator(".key").all_inner_texts() if self._message_id else []
        await style.evaluate("element => element.remove()")
        self._album.add(name, png, buttons)

    def _shown(self, *, after_own_words: bool) -> str:
        message = f'[data-message-id="{self._message_id}"]'
        messages = [message, f".from-person:has(+ {message})"] if after_own_words else [message]
        return f'.phone[data-person="{self._person_id}"], {", ".join(messages)} {{ display: flex; }}'

    async def _type(self, words: str) -> None:
        composer = self.column.get_by_test_id("composer")
        await composer.fill(words)
        await composer.press("Enter")
        await expect(composer).to_have_value("")

    async def _look_at(self, message: Locator) -> None:
        self._message_id = await message.get_attribute("data-message-id") or ""
        self.screen = self.column.locator(f'[data-message-id="{self._message_id}"]')

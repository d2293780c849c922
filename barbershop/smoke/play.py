"""A person at the buttons, who finds them by the words that stay put."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from barbershop.sandbox.client import Message, Person, SandboxClient
from barbershop.smoke.errors import CheckFailed

BOOK, MY_BOOKINGS, CONFIRM, CANCEL = "Записаться", "Мои записи", "Подтвердить", "Отменить"
MOVE, TELL_ME = "Перенести", "Сообщить, если освободится"
SCHEDULE, NEW_BOOKING, DAY_OFF, LUNCH = "Расписание", "Новая запись", "Выходной", "Обед"
TAKEN = "Это время только что заняли"
HAIRCUT = "Стрижка ·"
_TIME = re.compile(r"\d\d:\d\d")
_DAY = re.compile(r"\D+, \d+ \D+")

Expected = Callable[[Message], bool]


def times(screen: Message) -> list[str]:
    """The times that the screen offers."""
    return [text for text in screen.button_texts if _TIME.fullmatch(text)]


def days(screen: Message) -> list[str]:
    """The days that the screen offers."""
    return [text for text in screen.button_texts if _DAY.fullmatch(text)]


@dataclass
class Client:
    """One person with one conversation, counting taps since /start; `screens` are its messages of today and before."""

    chat: SandboxClient
    person: Person
    home: str = BOOK
    taps: int = 0
    screen: Message = field(init=False)
    screens: set[int] = field(default_factory=set)

    async def start(self) -> None:
        await self.chat.text(self.person, "/start")
        self.screen = await self.chat.wait_for(self.person, self.home)
        self.screens.add(self.screen.id)
        self.taps = 0

    async def say(self, words: str, expected: Expected | str) -> Message:
        """Type and send; the conversation goes on in the message that answers."""
        await self.chat.text(self.person, words)
        self.screen = await self.chat.wait_for(self.person, expected)
        self.screens.add(self.screen.id)
        return self.screen

    async def tap(self, words: str, expected: Expected | str) -> Message:
        """Tap a button of the current screen; wait until the same message shows what is expected."""
        await self.send_tap(words)
        return await self.see(expected)

    async def send_tap(self, words: str) -> None:
        """Tap a button of the current screen and don't wait."""
        button = self.screen.button(words)
        await self.chat.tap(self.person, button.data or button.text, self.screen.id)
        self.taps += 1

    async def see(self, expected: Expected | str, *, seconds: float | None = None) -> Message:
        """Wait until the conversation's message, edited in place, shows what is expected."""
        place = self.screen.id

        def fits(message: Message) -> bool:
            return message.id == place and (expected(message) if callable(expected) else message.shows(expected))

        self.screen = await self.chat.wait_for(self.person, fits, seconds)
        return self.screen

    async def go_to_times(self, *, master: str, day: int | str) -> str:
        """From the menu to the times of a day (its place in the list, or its words); the day's words."""
        await self.tap(BOOK, HAIRCUT)
        await self.tap(HAIRCUT, master)
        offered = days(await self.tap(master, lambda screen: bool(days(screen))))
        if isinstance(day, int) and len(offered) <= day:
            raise CheckFailed(f"too few days to choose from: {offered}")
        words = offered[day] if isinstance(day, int) else day
        await self.tap(words, lambda screen: bool(times(screen)))
        return words

    async def go_to_summary(self, *, master: str, day: int | str, time: int | str = 0) -> tuple[str, str]:
        """On to the summary of a time (its place in the list, or its words); the words of day and time."""
        day_words = await self.go_to_times(master=master, day=day)
        time_words = times(self.screen)[time] if isinstance(time, int) else time
        await self.tap(time_words, CONFIRM)
        return day_words, time_words

"""People who tap whatever is there, or was there once, or never was, and type whatever comes to mind; by fixed dice."""

import random
from collections import Counter

from accounts.callbacks import Menu
from barbershop import access
from barbershop.sandbox.client import Message, SandboxClient
from barbershop.tests.conftest import Guest

_LARGEST_ID = 2**63 - 1
_NUMBERS = (0, 1, 2, 3, -1, 31_000_000, 740_000, 2**31, _LARGEST_ID, _LARGEST_ID + 1)
_WORDS = (
    "/start",
    "/book",
    "/my",
    "/help",
    "/language",
    "/privacy",
    "/schedule",
    "/new",
    "/dayoff",
    "/lunch",
    "/invite",
    "/start nothing-like-an-invite",
    "/nonsense",
    "Павел",
    "+7 916 000-00-01",
    "8 (916) 000-00-02",
    "не приду, заболел",
    "<b>жирно</b> & <script>",
    "а" * 4000,
    "🙂" * 50,
    "\u202eзадом наперёд\u0000",
    "'; DROP TABLE bookings; --",
)


class Monkey:
    """One person at random; `acts` counts what was done by kind."""

    def __init__(self, guest: Guest, dice: random.Random) -> None:
        self.guest = guest
        self.acts: Counter[str] = Counter()
        self._dice = dice

    async def act(self) -> None:
        """Do one thing; most often tap a button that is there now."""
        screens = [message for message in await self._chat.history(self.guest.person) if message.buttons]
        kinds: dict[str, int] = {"fresh": 60, "stale": 12, "forge": 10, "mangle": 6, "type": 14, "contact": 2}
        if not screens:
            kinds = {"type": 1}
        (kind,) = self._dice.choices(list(kinds), list(kinds.values()))
        self.acts[kind] += 1
        await {
            "fresh": lambda: self._tap(screens[-1:]),
            "stale": lambda: self._tap(screens),
            "forge": lambda: self._forge(screens[-1], self._made_up()),
            "mangle": lambda: self._forge(screens[-1], self._mangled(screens)),
            "type": self._type,
            "contact": self._share,
        }[kind]()

    @property
    def _chat(self) -> SandboxClient:
        return self.guest.chat

    async def _tap(self, screens: list[Message]) -> None:
        screen = self._dice.choice(screens)
        button = self._dice.choice([button for row in screen.buttons for button in row if button.data])
        await self._chat.tap(self.guest.person, str(button.data), screen.id)

    async def _forge(self, screen: Message, data: str) -> None:
        await self._chat.tap(self.guest.person, data[:64], screen.id, forge=True)

    async def _type(self) -> None:
        await self._chat.text(self.guest.person, self._dice.choice(_WORDS))

    async def _share(self) -> None:
        whose = self._dice.choice((self.guest.person.id, 1001, 0))
        contact = {"phone_number": "79160000003", "first_name": "Кто-то", "user_id": whose}
        await self._chat.share_contact(self.guest.person, contact)

    def _made_up(self) -> str:
        """A button of any kind with numbers nobody gave it."""
        kinds = [key for key in access.RULES if not isinstance(key, str)]
        kind = self._dice.choice(kinds)
        fields = [str(self._dice.choice((*_NUMBERS, self._dice.randrange(1, 60)))) for _ in kind.model_fields]
        return ":".join([kind.__prefix__, *fields])

    def _mangled(self, screens: list[Message]) -> str:
        """A button that was there, one character of which is another."""
        screen = self._dice.choice(screens)
        data = str(self._dice.choice([button.data for row in screen.buttons for button in row]))
        place = self._dice.randrange(len(data))
        return data[:place] + self._dice.choice("0123456789:x") + data[place + 1 :]


def leads_home(message: Message) -> bool:
    """Whether the menu is one tap away, or this is it."""
    home = Menu().pack()
    return message.has_button(home) or any(map(message.has_button, ("Записаться", "Book", "Расписание", "Schedule")))

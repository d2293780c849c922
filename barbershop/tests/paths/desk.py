"""Somebody at the desk: whose day it is about, and the way to it."""

from typing import NamedTuple

from barbershop.sandbox.client import Message
from barbershop.tests.paths.player import Player
from barbershop.tests.paths.stage import Stage

SECTIONS = {
    "Schedule": ("/schedule", "Whose schedule?", "today"),
    "New booking": ("/new", "New booking. With whom?", "New booking. Which service?"),
    "Day off": ("/dayoff", "Whose day off?", "When do you take time off?"),
    "Lunch": ("/lunch", "Whose lunch?", "Your lunch now: %(now)s. When shall it be, from today on?"),
}
# What is said to a master about their own day, and to the shop about somebody else's.
OF_OTHERS = {
    "When do you take time off?": "When is the day off?",
    "Your time off:": "Time off:",
    "Which day do you take off?": "Which day is off?",
    "On which day do you take a part off?": "On which day is a part off?",
    "You work after all: %(when)s.": "The master works after all: %(when)s.",
    "Your lunch now: %(now)s. When shall it be, from today on?": "Lunch now: %(now)s. When shall it be, from today on?",
    "The master has cancelled your visit.": "The barbershop has cancelled your visit.",
}


class Desk(NamedTuple):
    """A master at their own, or the shop at a master's."""

    stage: Stage
    player: Player
    master: str
    is_own: bool

    async def opens(self, section: str, sees: str = "") -> Message:
        """From the menu to the section of the master's day."""
        await self.player.types("/start", "Hello, %(name)s!")
        return await self._goes_on(section, await self._first_screen(section, sees, by_command=False), sees)

    async def commands(self, section: str) -> Message:
        """The same by the command."""
        return await self._goes_on(section, await self._first_screen(section, "", by_command=True), "")

    def said(self, to_a_master: str) -> str:
        return to_a_master if self.is_own else OF_OTHERS.get(to_a_master, to_a_master)

    async def taps(self, button: str, sees: str) -> Message:
        return await self.player.taps(button, self.said(sees))

    async def _first_screen(self, section: str, sees: str, *, by_command: bool) -> Message:
        command, whose, first = SECTIONS[section]
        expected = self.said(sees or first) if self.is_own else whose
        if by_command:
            return await self.player.types(command, expected)
        return await self.player.taps(section, expected)

    async def _goes_on(self, section: str, screen: Message, sees: str) -> Message:
        """The shop chooses the master, whose name stands above whatever is shown then."""
        if self.is_own:
            return screen
        day = await self.player.taps(self.player.named(self.master), self.said(sees or SECTIONS[section][2]))
        assert self.master in day.text
        return day

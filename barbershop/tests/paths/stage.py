"""Where the paths are walked: the demo shop, open every day from 10 to 20, and who is in its chat."""

import asyncio
import datetime as dt
from itertools import count
from typing import Any

from django.utils import timezone, translation

from accounts.actors import THE_OPERATOR
from accounts.models import Role, TelegramUpdate, UpdateStatus, User
from accounts.threads import in_thread
from barbershop.sandbox.client import SandboxClient
from barbershop.tests.conftest import PATIENCE, eventually
from barbershop.tests.paths.player import Player
from barbershop.tests.paths.words import words
from barbershop.tests.test_bot import let_everybody_work_every_day
from bookings import texts
from bookings.models import Booking
from bookings.services import change_role
from bookings.tests.offer_factories import book
from schedules.calendar import from_minute, local_day, wall_clock_minute
from schedules.models import Master

BORIS, GLEB = 2001, 2002
FOR_EVERYBODY = ["start", "book", "my", "language", "privacy", "help"]
AT_THE_DESK = ["schedule", "new", "dayoff", "lunch"]
_COMMANDS = {
    "start": "Menu",
    "book": "Book a visit",
    "my": "My bookings",
    "language": "Language",
    "privacy": "Your data",
    "help": "Help",
    "schedule": "Schedule",
    "new": "New booking",
    "dayoff": "Day off",
    "lunch": "Lunch",
}
_NAMES = {"ru": {BORIS: "Борис", GLEB: "Глеб", 0: "Анна"}, "en": {BORIS: "Boris", GLEB: "Gleb", 0: "Anna"}}


class Stage:
    def __init__(self, chat: SandboxClient, language: str) -> None:
        self.chat = chat
        self.language = language
        self._ids = count(1101)

    async def opens(self) -> None:
        await in_thread(let_everybody_work_every_day)
        staff = User.objects.filter(telegram_id__in=(BORIS, GLEB))
        await in_thread(lambda: staff.update(language=self.language))

    async def master(self, telegram_id: int) -> Player:
        """A master with the chat open."""
        return await self._enters(telegram_id, _NAMES[self.language][telegram_id])

    async def client(self, **profile: Any) -> Player:
        """A client who has just come, with a name of their own."""
        number = next(self._ids)
        return await self._enters(number, f"{_NAMES[self.language][0]} {number}", **profile)

    async def staff(self, role: Role) -> Player:
        player = await self.client()
        user = await in_thread(User.objects.get, telegram_id=player.person.id)
        await in_thread(change_role, user_id=user.pk, role=role, by=THE_OPERATOR, now=timezone.now())
        await player.types("/start", "Every master's day, new bookings, days off and lunch are here.")
        return player

    async def books(self, client: Player, *, master: str = "Борис", day: int, hour: int) -> Booking:
        """The client has a haircut booked so many days from now, and has heard of it."""

        def booked() -> Booking:
            user = User.objects.get(telegram_id=client.person.id)
            return book(user, Master.objects.get(name=master), at(day, hour), now=timezone.now())

        booking = await in_thread(booked)
        await client.hears("You are booked. See you!")
        return booking

    def day(self, number: int) -> str:
        """So many days from now, as people write it."""
        with translation.override(self.language):
            return texts.day(on(number))

    async def shows_commands(self, player: Player, names: list[str]) -> None:
        """Telegram shows the person this menu of commands, in their language."""
        wanted = [{"command": name, "description": words(_COMMANDS[name], self.language)} for name in names]
        async with asyncio.timeout(PATIENCE):
            while await self.chat.commands(player.person) != wanted:  # noqa: ASYNC110 - a published menu is no event
                await asyncio.sleep(0.02)

    async def is_clean(self) -> None:
        """Every update is handled, every tap answered, and nothing that the bot sent was wrong."""
        await self.chat.wait_until(lambda now: now["unanswered"] == 0 and now["pending_updates"] == 0)
        await eventually(lambda: not TelegramUpdate.objects.filter(status=UpdateStatus.PENDING).exists())
        assert not await in_thread(TelegramUpdate.objects.filter(status=UpdateStatus.FAILED).exists)
        counters = await self.chat.counters()
        assert counters["error_count"] == 0, counters["errors"]
        assert not counters["unknown_methods"]
        assert not counters["complaints"]

    async def _enters(self, telegram_id: int, name: str, **profile: Any) -> Player:
        person = await self.chat.person(telegram_id, first_name=name, language_code=self.language, **profile)
        player = Player(self.chat, person, self.language)
        await player.types("/start", "Hello, %(name)s!")
        return player


def on(day: int) -> dt.date:
    """So many days from now, by the shop's calendar."""
    return local_day(timezone.now()) + dt.timedelta(days=day)


def at(day: int, hour: int) -> dt.datetime:
    return from_minute(wall_clock_minute(on(day), dt.time(hour)))

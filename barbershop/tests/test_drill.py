"""kill -9 of the bot and the worker at random while twenty clients book: nothing is lost, doubled or stuck."""

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from barbershop.processes import Child
from barbershop.smoke.cast import Play
from barbershop.smoke.play import CANCEL, CONFIRM, SCHEDULE, TAKEN, Client, times
from barbershop.smoke.stage import Stage, staged
from barbershop.smoke.steps_system import migrations_apply, shop_is_seeded
from bookings.seeding import MASTERS
from observability.jobs import STALLED_SECONDS

CLIENTS = 20
AT_ONCE = 5
PATIENCE = 90.0
KILLS = 6 if os.environ.get("QUICK") == "1" else 14
SEED = int(os.environ.get("DRILL_SEED", "20261120"))

pytestmark = [pytest.mark.soak, pytest.mark.timeout(300)]


@dataclass
class Guest:
    """A client who wants a visit with a master, whatever it takes."""

    client: Client
    master: str
    dice: random.Random
    acts: int = 0
    booked: str = ""

    async def books(self) -> None:
        await self.client.start()
        self.acts += 1
        day = self.dice.randint(2, 8)
        await self.client.go_to_times(master=self.master, day=day)
        while not self.booked:
            wanted = self.dice.choice(times(self.client.screen))
            await self.client.tap(wanted, lambda screen: screen.has_button(CONFIRM) or TAKEN in screen.text)
            if not self.client.screen.has_button(CONFIRM):
                continue
            said = self.client.screen.text
            await self.client.tap(CONFIRM, lambda screen: screen.has_button(CANCEL) or TAKEN in screen.text)
            if self.client.screen.has_button(CANCEL):
                self.booked = next(line for line in said.splitlines() if line.endswith(wanted)).split(" ", 1)[1]
        self.acts += self.client.taps


@dataclass
class Storm:
    """Kills one of the two at a moment of the dice's choice, starts it again, then the other, and so on."""

    stage: Stage
    dice: random.Random
    kills: list[str] = field(default_factory=list)
    running: dict[str, Child] = field(default_factory=dict)

    async def begin(self) -> None:
        for name in ("bot", "worker"):
            await self.start(name)

    async def rage(self) -> None:
        """Until cancelled."""
        while True:
            for name in self.dice.sample(["bot", "worker"], 2):
                await self.kill(name)

    async def kill(self, name: str) -> None:
        await self.stage.children.until(f"{name} is", lambda: self.has_started(name), seconds=PATIENCE)
        await asyncio.sleep(self.dice.uniform(0.3, 1.5))
        victim = self.running[name]
        self.stage.children.forget(victim)
        victim.kill()
        await victim.wait()
        self.kills.append(name)
        await self.start(name)

    async def start(self, name: str) -> None:
        self.running[name] = await (self.stage.start_bot() if name == "bot" else self.stage.start_worker())

    async def has_started(self, name: str) -> bool:
        return any('"startup"' in line for line in self.running[name].lines)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as stage:
        stage.env |= {"THROTTLE_USER_BURST": "1000"}  # clients as quick as machines
        play = Play(stage)
        await migrations_apply(play)
        await shop_is_seeded(play)
        stage.chat.wait_seconds = PATIENCE
        yield stage


async def test_nothing_is_lost_doubled_or_stuck_when_bot_and_worker_are_killed(stage: Stage) -> None:
    dice = random.Random(SEED)
    sys.stdout.write(f"seed {SEED}\n")
    storm = Storm(stage, dice)
    await storm.begin()
    masters_acts = await masters_press_start(stage)
    guests = [await guest(stage, number, dice) for number in range(CLIENTS)]
    # Telegram did it, but its answer takes a while: the moment at which a kill hurts most.
    await stage.chat.random_faults(0.5, "slow", seed=SEED, seconds=0.5)

    raging = asyncio.create_task(storm.rage())
    try:
        await everybody_books(guests)
        while len(storm.kills) < KILLS:
            await asyncio.sleep(0.1)
            assert not raging.done(), raging
    finally:
        raging.cancel()
        await asyncio.gather(raging, return_exceptions=True)
    await stage.chat.clear_faults()
    await start_again(storm)
    await stage.settled(seconds=STALLED_SECONDS + PATIENCE)

    sys.stdout.write(f"kills: {storm.kills}; {await evidence(stage)}\n")
    await check_bookings(stage, guests)
    await check_notifications(stage, guests)
    assert await stage.value("SELECT count(*) FROM telegram_updates WHERE status <> 'handled'") == 0
    assert await stage.value("SELECT count(*) FROM telegram_updates") == sum(g.acts for g in guests) + masters_acts


async def masters_press_start(stage: Stage) -> int:
    for master in MASTERS:
        person = await stage.chat.person(master.telegram_id, first_name=master.name)
        await stage.chat.text(person, "/start")
        await stage.chat.wait_for(person, SCHEDULE)
    return len(MASTERS)


async def guest(stage: Stage, number: int, dice: random.Random) -> Guest:
    person = await stage.chat.person(3000 + number, first_name=f"Гость-{number:02}")
    return Guest(Client(stage.chat, person), MASTERS[number % 2].name, random.Random(dice.random()))


async def everybody_books(guests: list[Guest]) -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    async def in_turn(one: Guest) -> None:
        async with turns:
            await one.books()

    async with asyncio.TaskGroup() as playing:
        for one in guests:
            playing.create_task(in_turn(one))


async def start_again(storm: Storm) -> None:
    """A kill that was cut short may have left one of them down."""
    for name, child in list(storm.running.items()):
        if child.exit_code is not None:
            await storm.start(name)


async def evidence(stage: Stage) -> str:
    """How often a kill has hit something in hand."""
    again = await stage.value("SELECT count(*) FROM telegram_updates WHERE attempts > 1")
    resent = await stage.value("SELECT count(*) FROM notifications WHERE attempts > 1")
    return f"{again} updates and {resent} notifications were taken up more than once"


async def check_bookings(stage: Stage, guests: list[Guest]) -> None:
    rows = await stage.rows(
        "SELECT u.telegram_id, b.status FROM bookings b JOIN users u ON u.id = b.client_id ORDER BY 1"
    )
    assert [row["telegram_id"] for row in rows] == [one.client.person.id for one in guests]
    assert {row["status"] for row in rows} == {"confirmed"}
    assert await stage.value("SELECT count(*) FROM availability_blocks WHERE kind = 'booking'") == CLIENTS
    assert await stage.value("SELECT count(*) FROM audit_events WHERE object_type = 'booking'") == CLIENTS


async def check_notifications(stage: Stage, guests: list[Guest]) -> None:
    sent = await stage.rows("SELECT status, count(*) AS number FROM notifications GROUP BY 1")
    assert sent == [{"status": "sent", "number": 2 * CLIENTS}]
    ids = {master.name: master.telegram_id for master in MASTERS}
    for one in guests:
        name, screens = one.client.person.first_name, one.client.screens
        own = [m for m in await stage.chat.history(one.client.person) if m.from_bot and m.id not in screens]
        assert any(one.booked in message.text for message in own), (name, one.booked)
        masters = await stage.chat.history(ids[one.master])
        assert any(one.booked in message.text and name in message.text for message in masters), (name, one.booked)

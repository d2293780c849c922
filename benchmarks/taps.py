"""Taps, one after the other, and how long until the screen is edited; by turns in peace and while somebody floods."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import cycle, islice
from statistics import median
from typing import NamedTuple

from accounts.callbacks import Menu
from benchmarks import bots
from benchmarks.bots import Which
from benchmarks.edge import Edge
from benchmarks.errors import WrongResult
from benchmarks.shop import FIRST_OLD_CLIENT
from benchmarks.worker import Worker

WARM_UP_TAPS = 25
PEOPLE = 50
FLOODER = FIRST_OLD_CLIENT + PEOPLE
FLOOD_PER_SECOND = 50
_BURST = 40
_TURN = 10  # taps
_BREATH_SECONDS = 0.01
_PATIENCE_SECONDS = 60.0


class Tapped(NamedTuple):
    """The median tap's seconds in peace and in a flood (None without), and the bot's processor seconds for a tap."""

    calm: float
    flooded: float | None
    cpu: float


def measure(*, worker: Worker, which: Which, taps: int, is_flooded: bool) -> Tapped:
    """Let a worker be the bot while people tap it in turn; WrongResult when a screen is never edited.

    With a flood, every other ten taps are made in it: both medians have met the same weather.
    """
    try:
        walls = asyncio.run(_tap(worker, which, taps, is_flooded=is_flooded))
    except TimeoutError:
        worker.receive()  # raises what went wrong there, if that is why
        raise WrongResult("A tap was never answered.") from None
    cpu = worker.receive() / (WARM_UP_TAPS + taps)
    return Tapped(median(walls[False]), median(walls[True]) if is_flooded else None, cpu)


async def _tap(worker: Worker, which: Which, taps: int, *, is_flooded: bool) -> dict[bool, list[float]]:
    people = cycle(range(FIRST_OLD_CLIENT, FIRST_OLD_CLIENT + PEOPLE))
    walls: dict[bool, list[float]] = {False: [], True: []}
    async with asyncio.timeout(_PATIENCE_SECONDS), Edge.running() as edge, _flood(edge) as gate:
        worker.send(bots.serve, url=edge.url, which=which)
        for number, person in enumerate(islice(people, WARM_UP_TAPS + taps), start=-WARM_UP_TAPS):
            in_flood = is_flooded and number // _TURN % 2 == 1
            gate.set() if in_flood else gate.clear()
            wall = await edge.tap(person, Menu().pack())
            if number >= 0:
                walls[in_flood].append(wall)
            await asyncio.sleep(_BREATH_SECONDS)  # faster than people, and still below everybody's limit
    return walls


@asynccontextmanager
async def _flood(edge: Edge) -> AsyncIterator[asyncio.Event]:
    """One person taps and types as long as the gate is open; it opens with more than they may send at once."""
    gate = asyncio.Event()
    task = asyncio.create_task(_pour(edge, gate))
    try:
        yield gate
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _pour(edge: Edge, gate: asyncio.Event) -> None:
    await gate.wait()
    for _ in range(_BURST):
        edge.type(FLOODER, "flood")
    while True:
        await gate.wait()
        edge.press(FLOODER, Menu().pack())
        edge.type(FLOODER, "flood")
        await asyncio.sleep(2 / FLOOD_PER_SECOND)

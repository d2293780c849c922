"""A shop that many people use at once: whatever may happen to its time happens, in random order, while a clock runs."""

import datetime as dt
import random
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from accounts.errors import AccountError
from bookings.errors import BookingError
from bookings.tests.books import mistakes
from observability.tests.at_once import run_at_once
from schedules.calendar import local_day, shop_zone
from schedules.errors import ScheduleError
from schedules.services import ScheduleChange

CONNECTIONS = 16
ACTS_A_WAVE = 8
MOST_ACTS = 200_000
# On a slow machine it takes longer until everything has been done once; so many times as long, and no more.
LONGER = 4
PATIENCE = 90.0
OPENS, CLOSES = dt.time(9), dt.time(19)
JUMPS = [10, 20, 40, 90, 150]
NOTHING = "nothing"
DONE = "done"

Act = Callable[["Storm", random.Random], object]


@dataclass
class Storm:
    """Waves of acts from many connections; between two waves nobody acts, the books are checked and the clock jumps.

    An act is made with the storm and dice and returns what it did (nothing, when that is falsy); a refusal by a rule
    is an outcome like another, every other error is a surprise. With `insist` it goes on, within reason, until every
    act has succeeded once.
    """

    acts: dict[str, Act]
    weights: dict[str, int]
    now: dt.datetime
    seed: int
    seconds: float
    sweep: Callable[[dt.datetime], None]
    insist: bool = False
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    reported: set[tuple[int, dt.datetime]] = field(default_factory=set)
    waves: int = 0
    over: bool = False

    def rage(self) -> None:
        """Until the time is up, or something is wrong."""
        self._lock = threading.Lock()
        self._dice = random.Random(self.seed)
        self._deadline = time.monotonic() + self.seconds
        self._between = threading.Barrier(CONNECTIONS, action=self._between_waves)
        workers = [lambda number=number: self._work(number) for number in range(CONNECTIONS)]
        for result in run_at_once(workers, connections=CONNECTIONS):
            if isinstance(result, Exception):
                self.surprises.append(f"a worker died: {result!r}")

    def table(self) -> str:
        """How often each act came to what, an act a line."""
        lines = [
            f"seed {self.seed}, {self.waves} waves, {sum(self.counts.values())} acts, until {self.now:%d.%m %H:%M}"
        ]
        for name in self.acts:
            found = sorted((outcome, number) for (act, outcome), number in self.counts.items() if act == name)
            lines.append(f"  {name}: " + ", ".join(f"{outcome} {number}" for outcome, number in found))
        return "\n".join(lines) + "\n"

    def never_done(self) -> list[str]:
        """The acts that have not succeeded a single time."""
        return [name for name in self.acts if not self.counts[name, DONE]]

    def minute_passes(self) -> None:
        with self._lock:
            self.now += dt.timedelta(minutes=1)

    def remember(self, change: ScheduleChange) -> None:
        """Whoever changed the hours knows of these bookings."""
        with self._lock:
            self.reported |= {(block.pk, block.during.lower) for block in change.in_the_way}

    def _work(self, number: int) -> None:
        dice = random.Random(f"{self.seed}:{number}")
        names, weights = list(self.weights), list(self.weights.values())
        while not self.over:
            for name in dice.choices(names, weights, k=ACTS_A_WAVE):
                self._act(name, dice)
            self._between.wait(PATIENCE)

    def _act(self, name: str, dice: random.Random) -> None:
        try:
            outcome = DONE if self.acts[name](self, dice) else NOTHING
        except (BookingError, ScheduleError, AccountError) as error:
            outcome = type(error).__name__
        except Exception as error:
            outcome = f"{type(error).__name__}!"
            with self._lock:
                self.surprises.append(f"{name}: {traceback.format_exc()}")
        with self._lock:
            self.counts[name, outcome] += 1

    def _between_waves(self) -> None:
        """Alone: check everything, and let time pass."""
        self.waves += 1
        try:
            self.sweep(self.now)
            self.surprises += mistakes(now=self.now, reported=self.reported)
        except Exception:
            self.surprises.append(traceback.format_exc())
        acts, left = sum(self.counts.values()), self._deadline - time.monotonic()
        is_time_up = left < 0 and (not self.insist or not self.never_done() or left < -LONGER * self.seconds)
        self.over = bool(self.surprises) or is_time_up or acts > MOST_ACTS
        if not self.over:
            self._jump()

    def _jump(self) -> None:
        self.now += dt.timedelta(minutes=self._dice.choice(JUMPS))
        if self.now.astimezone(shop_zone()).time() > CLOSES:
            tomorrow = local_day(self.now) + dt.timedelta(days=1)
            self.now = dt.datetime.combine(tomorrow, OPENS, shop_zone()).astimezone(dt.UTC)

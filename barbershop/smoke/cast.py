"""Who is on the stage, what they have agreed on, and what they type."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from barbershop.smoke.errors import CheckFailed
from barbershop.smoke.play import Client
from barbershop.smoke.stage import Stage
from bookings.seeding import MASTERS

SETTLE_SECONDS = 15.0
MASTER = MASTERS[0]
WALK_IN = "Пантелеймон"
PHONE = "+79160000001"
FLOOD = "Прорвало трубу над залом"
ILLNESS = "Слёг с простудой"
FLOODER, FLOODER_ID = "Торопыга", 1009
# What people type or are called: none of it may be in a log line.
TYPED = (FLOODER, WALK_IN, PHONE, PHONE.removeprefix("+7"), FLOOD, ILLNESS)


@dataclass
class Play:
    """The stage, who is on it, and what they have agreed on."""

    stage: Stage
    anna: Client = field(init=False)
    viktor: Client = field(init=False)
    boris: Client = field(init=False)
    day: str = ""
    time: str = ""
    news: int = 0

    @property
    def when(self) -> str:
        return f"{self.day}, {self.time}"


Step = Callable[[Play], Awaitable[None]]


def check(holds: object, why: str) -> None:
    if not holds:
        raise CheckFailed(why)

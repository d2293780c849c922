"""What a simple model remembers of a shop. Time is in minutes since the local midnight of the Monday it began on.

Nothing here asks the product: a day is minutes times 1440, what is free is a set of minutes.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

DAY = 24 * 60
STEP = 30
Stretch = tuple[int, int]
Hours = tuple[Stretch, ...]


class Named:
    """Shown by its short name in the sequence of a failing example, where dataclasses are spelt out."""

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))


@dataclass(eq=False)
class Person(Named):
    name: str
    id: int
    telegram_id: int | None
    role: str
    is_active: bool = True
    phone: str = ""

    def __repr__(self) -> str:
        return self.name


@dataclass(eq=False)
class Barber(Named):
    """Cycles and lunches by the day from which they are in force, and those of single days."""

    id: int
    person: Person
    does: dict["Service", tuple[Decimal, int]] = field(default_factory=dict)
    is_active: bool = True
    cycles: dict[int, tuple[int, int, dict[int, Hours]]] = field(default_factory=dict)
    own_hours: dict[int, Hours] = field(default_factory=dict)
    lunches: dict[int, Stretch | None] = field(default_factory=dict)
    own_lunches: dict[int, Stretch | None] = field(default_factory=dict)
    off: list["TimeOff"] = field(default_factory=list)

    def __repr__(self) -> str:
        return self.person.name

    def hours(self, day: int) -> Hours:
        if day in self.own_hours:
            return self.own_hours[day]
        since = max((first for first in self.cycles if first <= day), default=None)
        if since is None:
            return ()
        length, anchor, hours = self.cycles[since]
        return hours.get((day - anchor) % length, ())

    def lunch(self, day: int) -> Stretch | None:
        if day in self.own_lunches:
            return self.own_lunches[day]
        since = max((first for first in self.lunches if first <= day), default=None)
        return (13 * 60, 14 * 60) if since is None else self.lunches[since]

    def shift_minutes(self, day: int) -> set[int]:
        return {day * DAY + each for begins, ends in self.hours(day) for each in range(begins, ends)}

    def lunch_minutes(self, day: int) -> set[int]:
        return {day * DAY + each for each in range(*(self.lunch(day) or (0, 0)))}

    def working_minutes(self, day: int) -> set[int]:
        return self.shift_minutes(day) - self.lunch_minutes(day)


@dataclass(eq=False)
class Service(Named):
    name: str
    id: int
    price: Decimal
    minutes: int
    buffer: int

    def __repr__(self) -> str:
        return self.name


@dataclass(eq=False)
class TimeOff:
    start: int
    end: int
    reason: str


@dataclass(eq=False)
class Visit(Named):
    """From `start` to `end`, the barber is taken until `until`."""

    number: int
    client: Person | None
    barber: Barber
    services: tuple[Service, ...]
    start: int
    end: int
    until: int
    price: Decimal
    source: str
    key: str
    name: str = ""
    phone: str = ""
    status: str = "confirmed"
    cancelled_by: str = ""
    cancel_reason: str = ""
    cancelled_at: float | None = None
    confirm_by: int | None = None
    asked_at: float | None = None
    confirmed_at: float | None = None
    moves: int = 0
    id: int = 0

    def __repr__(self) -> str:
        return f"visit {self.number}"

    @property
    def takes_time(self) -> bool:
        return self.status != "cancelled"


@dataclass(eq=False)
class Wait(Named):
    number: int
    client: Person
    barber: Barber | None
    day: int
    services: tuple[Service, ...]
    status: str = "waiting"
    id: int = 0

    def __repr__(self) -> str:
        return f"wait {self.number}"


@dataclass(eq=False)
class Offer(Named):
    """A time held for a client. `wanted` are the minutes that the barber wants off and the visit is in the way of."""

    number: int
    client: Person
    barber: Barber
    start: int
    end: int
    until: int
    expires: float
    wait: Wait | None = None
    visit: Visit | None = None
    wanted: set[int] = field(default_factory=set)
    reason: str = ""
    status: str = "open"
    id: int = 0

    def __repr__(self) -> str:
        return f"offer {self.number}"


@dataclass
class Rules:
    """The shop's settings, and how far its clock is from UTC in minutes."""

    zone: str
    offset: int
    horizon: int = 4
    notice: int = 30
    cancel_notice: int = 120
    hold: int = 15
    move_hold: int = 720
    no_shows: int = 1

    def moment(self, minute: float) -> dt.datetime:
        return dt.datetime(2026, 3, 2, tzinfo=dt.UTC) + dt.timedelta(minutes=minute - self.offset)

    def date(self, day: int) -> dt.date:
        return dt.date(2026, 3, 2) + dt.timedelta(days=day)


class Refused(Exception):
    """What is asked for is against the rules; the codes are those of the rules it is against."""

    def __init__(self, codes: Iterable[str]) -> None:
        self.codes = frozenset(codes)
        super().__init__(", ".join(sorted(self.codes)))


def refuse(**codes: object) -> None:
    """Refused with the codes whose condition is true, if there is one."""
    if found := [code for code, is_true in codes.items() if is_true]:
        raise Refused(found)


def day_of(minute: float) -> int:
    return int(minute // DAY)

"""Which bookings a slice makes. Every lane has a master and clients of its own: nobody waits for anybody's slot.

A lane's n-th booking is its n-th client's, on the n-th half hour of the afternoons after the window's `now`.
"""

import datetime as dt
from typing import NamedTuple

from benchmarks.shop import FIRST_CLIENT, NOW, SERVICE_MINUTES

LANES = 8
AFTERNOON = 12
LONGEST = 30 * AFTERNOON
_WINDOW = dt.timedelta(days=40)
_FIRST_AFTERNOON = dt.timedelta(days=1, hours=5)


class Slice(NamedTuple):
    """`window` is a month with nothing booked; from `first_client` on, LANES * per_lane clients have no booking."""

    window: int
    first_client: int
    per_lane: int

    @property
    def now(self) -> dt.datetime:
        return NOW + self.window * _WINDOW

    @property
    def bookings(self) -> int:
        return LANES * self.per_lane

    def client(self, *, lane: int, n: int) -> int:
        return self.first_client + lane * self.per_lane + n

    def starts_at(self, *, n: int) -> dt.datetime:
        half_hours = dt.timedelta(minutes=n % AFTERNOON * SERVICE_MINUTES)
        return self.first_afternoon + dt.timedelta(days=n // AFTERNOON) + half_hours

    @property
    def first_afternoon(self) -> dt.datetime:
        return self.now + _FIRST_AFTERNOON


class Diary:
    """Hands out what no slice of this database has used yet."""

    def __init__(self) -> None:
        self._window = 0
        self._client = FIRST_CLIENT

    def next_slice(self, per_lane: int) -> Slice:
        if per_lane > LONGEST:
            raise ValueError(f"A lane has {LONGEST} slots in a window, not {per_lane}.")
        planned = Slice(self._window, self._client, per_lane)
        self._window += 1
        self._client += planned.bookings
        return planned

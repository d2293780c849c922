"""The booking service under load: four threads of a worker, each with a lane of its own."""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from benchmarks.plan import Slice
from benchmarks.shop import Shop
from bookings.services import create_booking
from observability.correlation import correlated

THREADS = 4
_threads = ThreadPoolExecutor(THREADS)  # kept, as are their connections


class Timing(NamedTuple):
    """When a worker's share of a slice began and ended (monotonic clock, one for the machine), and its CPU seconds."""

    began: float
    ended: float
    cpu: float
    booked: int


def book(*, shop: Shop, planned: Slice, lanes: Iterable[int]) -> Timing:
    """Book the lanes' share of a slice through the service; whatever it raises is raised."""
    began, began_cpu = time.monotonic(), time.process_time()
    shares = [_threads.submit(_book_lane, shop, planned, lane) for lane in lanes]
    booked = sum(share.result() for share in shares)
    return Timing(began, time.monotonic(), time.process_time() - began_cpu, booked)


def _book_lane(shop: Shop, planned: Slice, lane: int) -> int:
    """The number of bookings made, each another one."""
    return len({book_one(shop, planned, lane=lane, n=n) for n in range(planned.per_lane)})


def book_one(shop: Shop, planned: Slice, *, lane: int, n: int) -> int:
    """One booking as the bot makes it, under the correlation id of an update; its id."""
    with correlated(f"tg-{planned.client(lane=lane, n=n)}"):
        return create_booking(
            client_id=planned.client(lane=lane, n=n),
            service_ids=[shop.service_id],
            master_id=shop.chairs[lane],
            starts_at=planned.starts_at(n=n),
            idempotency_key="bench",
            now=planned.now,
        ).pk

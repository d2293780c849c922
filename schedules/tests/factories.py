"""Masters, their weeks and what takes their time, for tests."""

# factory-boy's declarations carry no types.
# mypy: disable-error-code="no-untyped-call"

import datetime as dt
from collections.abc import Iterable

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from factory.declarations import LazyAttribute, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from accounts.models import Role
from accounts.tests.factories import UserFactory
from schedules.models import AvailabilityBlock, BlockKind, Lunch, Master, Rota, Shift

MONDAY = dt.date(2026, 3, 2)
# Every kind of block for `parametrize`; alone, a booking's and a hold's are blocks of nothing, and such a test says so.
BLOCK_KINDS = [
    pytest.param(BlockKind.BOOKING, marks=pytest.mark.leaves_broken("blocks_without_booking")),
    BlockKind.TIME_OFF,
    BlockKind.BREAK,
    pytest.param(BlockKind.HOLD, marks=pytest.mark.leaves_broken("expired_holds")),
]
LONG_AGO = dt.date(2000, 1, 1)


class MasterFactory(DjangoModelFactory[Master]):
    """A master with lunch from 13 to 14 and no shifts yet."""

    class Meta:
        model = Master

    user = SubFactory(
        UserFactory, role=Role.MASTER, name=SelfAttribute("..name"), telegram_id=Sequence(lambda n: 500_000 + n)
    )
    name = Sequence(lambda n: f"Master {n}")


class BlockFactory(DjangoModelFactory[AvailabilityBlock]):
    """A day off on the Monday, from noon UTC for an hour unless `starts_at` and `ends_at` say otherwise."""

    class Meta:
        model = AvailabilityBlock

    class Params:
        begins = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
        ends = LazyAttribute(lambda block: block.begins + dt.timedelta(hours=1))

    master = SubFactory(MasterFactory)
    kind = BlockKind.TIME_OFF
    during = LazyAttribute(lambda block: DateTimeTZRange(block.begins, block.ends, "[)"))


def add_shifts(
    master: Master,
    *,
    days: Iterable[int],
    starts: dt.time,
    ends: dt.time,
    cycle_days: int = 7,
    cycle_anchor: dt.date = MONDAY,
) -> Rota:
    """The same hours on several days of the master's cycle, which is in force since long ago."""
    rota, _ = Rota.objects.get_or_create(
        master=master,
        from_day=LONG_AGO,
        one_day=False,
        defaults={"cycle_days": cycle_days, "cycle_anchor": cycle_anchor},
    )
    Shift.objects.bulk_create(Shift(rota=rota, cycle_day=day, starts=starts, ends=ends) for day in days)
    return rota


def give_lunch(master: Master, lunch: tuple[dt.time, dt.time] | None) -> Lunch:
    """Lunch then, or none, on every day since long ago."""
    starts, ends = lunch or (None, None)
    return Lunch.objects.create(master=master, from_day=LONG_AGO, starts=starts, ends=ends)

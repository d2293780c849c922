"""Masters, their weeks and what takes their time, for tests."""

# factory-boy's declarations carry no types.
# mypy: disable-error-code="no-untyped-call"

import datetime as dt
from collections.abc import Iterable

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from factory.declarations import LazyAttribute, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from accounts.models import Role
from accounts.tests.factories import UserFactory
from schedules.models import AvailabilityBlock, BlockKind, Master, Shift

MONDAY = dt.date(2026, 3, 2)


class MasterFactory(DjangoModelFactory[Master]):
    """A master with lunch from 13 to 14 and no shifts yet, whose cycle is a week that begins on Monday."""

    class Meta:
        model = Master

    user = SubFactory(
        UserFactory, role=Role.MASTER, name=SelfAttribute("..name"), telegram_id=Sequence(lambda n: 500_000 + n)
    )
    name = Sequence(lambda n: f"Master {n}")
    cycle_anchor = MONDAY


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


def add_shifts(master: Master, *, days: Iterable[int], starts: dt.time, ends: dt.time) -> None:
    """The same hours on several days of the master's cycle."""
    Shift.objects.bulk_create(Shift(master=master, cycle_day=day, starts=starts, ends=ends) for day in days)

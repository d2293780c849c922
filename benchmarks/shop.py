"""The shop that is measured: its masters, its clients, its past. Everything here runs in a worker."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple

from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import Role, User
from bookings.models import Offer, Service
from schedules.claims import lock_masters
from schedules.models import Lunch, Master, Rota, Shift

# A Monday morning; `now` is a parameter of everything that is measured.
NOW = dt.datetime(2030, 1, 7, 6, tzinfo=dt.UTC)
OPENS = dt.time(10)
CLOSES = dt.time(20)
SERVICE_MINUTES = 30
# Room for a million old visits of 18 masters at 16 a day.
PAST = dt.timedelta(days=3_600)
OLD_CLIENTS = 5_000
FIRST_OLD_CLIENT = 100_001
FIRST_CLIENT = 1_000_001
# Ids that can't be taken for one another when a captured statement is turned into a script.
FIRST_IDS = {
    "masters": 5_001,
    "services": 7_001,
    "availability_blocks": 20_000_001,
    "bookings": 30_000_001,
    "booking_services": 40_000_001,
    "audit_events": 50_000_001,
    "notifications": 60_000_001,
}
TOUCHED = (
    "users", "masters", "rotas", "shifts", "lunches", "services", "offers", "availability_blocks", "bookings",
    "booking_services", "audit_events", "notifications", "procrastinate_jobs", "procrastinate_events",
    "telegram_updates",
)  # fmt: skip

# The n-th old visit: the masters in turn, 16 half hours a day from ten o'clock, day after day as time went.
_OLD_VISITS = """
    WITH visit AS (
        SELECT %(masters)s::bigint[] AS masters, n, n / cardinality(%(masters)s::bigint[]) AS turn
          FROM generate_series(%(first)s::int, %(last)s::int) AS n
    ), planned AS (
        SELECT n, masters[1 + n %% cardinality(masters)] AS master_id,
               %(begin)s::timestamptz + turn / 16 * interval '1 day' + turn %% 16 * interval '30 minutes' AS starts_at
          FROM visit
    ), block AS (
        INSERT INTO availability_blocks (master_id, kind, during)
        SELECT master_id, 'booking', tstzrange(starts_at, starts_at + interval '30 minutes') FROM planned ORDER BY n
        RETURNING id, master_id, starts_at
    ), booking AS (
        INSERT INTO bookings (client_id, walk_in_name, walk_in_phone, master_id, block_id, starts_at, ends_at,
                              total_price, status, source, idempotency_key, cancelled_by, cancel_reason, created_at)
        SELECT %(client)s::bigint + id %% %(clients)s::int, '', '', master_id, id, starts_at,
               starts_at + interval '30 minutes', 900, 'completed', 'bot', 'old:' || id, '', '', starts_at
          FROM block ORDER BY id
        RETURNING id
    )
    INSERT INTO booking_services (booking_id, service_id, position, price, duration_minutes)
    SELECT id, %(service)s::bigint, 0, 900, 30 FROM booking ORDER BY id
"""
# Every other half hour of the coming month, and a week off for each third master.
_COMING_MONTH = """
    INSERT INTO availability_blocks (master_id, kind, during)
    SELECT master_id, 'break', tstzrange(starts_at, starts_at + interval '30 minutes')
      FROM unnest(%(masters)s::bigint[]) AS master_id,
           generate_series(%(opens)s::timestamptz, %(opens)s::timestamptz + interval '30 days', '1 day') AS opens,
           generate_series(opens, opens + interval '9 hours', '1 hour') AS starts_at
     WHERE master_id %% 3 <> 0 OR opens < %(off)s::timestamptz OR opens >= %(off)s::timestamptz + interval '7 days'
    UNION ALL
    SELECT master_id, 'time_off', tstzrange(%(off)s::timestamptz, %(off)s::timestamptz + interval '7 days')
      FROM unnest(%(masters)s::bigint[]) AS master_id
     WHERE master_id %% 3 = 0
"""


class Shop(NamedTuple):
    """Who is booked: `chairs` have empty days ahead, `busy` ones half-full. All share one kind of past."""

    service_id: int
    chairs: list[int]
    busy: list[int]


def open_shop(*, chairs: int, busy: int, clients: int) -> Shop:
    """Migrate an empty database; fill it with people and with the busy masters' coming month."""
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        for table, first in FIRST_IDS.items():
            cursor.execute(f"ALTER SEQUENCE {table}_id_seq RESTART WITH {first}")
        for table in TOUCHED:  # nothing works in the background but what is measured
            cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
    _add_clients(first=FIRST_OLD_CLIENT, count=OLD_CLIENTS)
    _add_clients(first=FIRST_CLIENT, count=clients)
    service = Service.objects.create(name="Beard", price=Decimal(900), duration_minutes=SERVICE_MINUTES)
    weeks = [range(7)] * chairs + [range(5) if number % 2 else range(0, 7, 2) for number in range(busy)]
    masters = [_add_master(service, number=number, days=days) for number, days in enumerate(weeks)]
    shop = Shop(service.pk, masters[:chairs], masters[chairs:])
    opens = NOW + dt.timedelta(hours=1)
    with connection.cursor() as cursor:
        cursor.execute(_COMING_MONTH, {"masters": shop.busy, "opens": opens, "off": opens + dt.timedelta(days=9)})
    return shop


def add_history(*, shop: Shop, first: int, end: int) -> None:
    """The old visits from the `first`-th to before the `end`-th."""
    values: dict[str, Any] = {
        "masters": shop.chairs + shop.busy,
        "begin": NOW + dt.timedelta(hours=1) - PAST,
        "client": FIRST_OLD_CLIENT,
        "clients": OLD_CLIENTS,
        "service": shop.service_id,
        "first": first,
        "last": end - 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OLD_VISITS, values)


def tidy() -> None:
    """Vacuum and analyze what the benchmark fills."""
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(TOUCHED)}")


def _add_clients(*, first: int, count: int) -> None:
    User.objects.bulk_create(
        (User(pk=pk, telegram_id=pk, name="Client", password="!") for pk in range(first, first + count)),
        batch_size=1_000,
    )


def _add_master(service: Service, *, number: int, days: Iterable[int]) -> int:
    """A master with a plain week; in the coming month each second has a long day, each third a day without lunch."""
    user = User.objects.create(telegram_id=9_001 + number, name="Master", role=Role.MASTER, password="!")
    master = Master.objects.create(user=user, name=f"Master {number}")
    Offer.objects.create(master=master, service=service)
    week = Rota.objects.create(master=master, from_day=(NOW - PAST).date(), cycle_days=7, cycle_anchor=NOW.date())
    Shift.objects.bulk_create(Shift(rota=week, cycle_day=day, starts=OPENS, ends=CLOSES) for day in days)
    soon = NOW.date() + dt.timedelta(days=5)
    if number % 2:
        long_day = Rota.objects.create(master=master, from_day=soon, one_day=True, cycle_days=1, cycle_anchor=soon)
        Shift.objects.create(rota=long_day, cycle_day=0, starts=OPENS, ends=dt.time(22))
    if number % 3 == 0:
        Lunch.objects.create(master=master, from_day=soon, one_day=True)
    with transaction.atomic():
        lock_masters([master.pk])  # as whoever writes the rota does: from now on there is something to keep
    return master.pk

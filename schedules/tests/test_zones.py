"""What the shop's clock does, and what becomes of slots and bookings when the shop has another."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from schedules.calendar import DayRange, wall_clock_minute
from schedules.claims import check_slot
from schedules.errors import OutsideShift, TimeTaken
from schedules.models import BlockKind, Master
from schedules.selectors import free_slots
from schedules.tests.factories import BlockFactory, MasterFactory, add_shifts, give_lunch

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TUESDAY = dt.date(2026, 3, 3)
NOON = dt.time(12)


@pytest.fixture
def owl(db: None) -> Master:
    """At work around the clock, without lunch."""
    master = MasterFactory.create()
    give_lunch(master, None)
    add_shifts(master, days=[0], starts=dt.time(0), ends=dt.time(23, 59), cycle_days=1)
    return master


def shown(master: Master, day: dt.date, zone: str, *, taken: int = 30) -> list[str]:
    """What the clock shows at each slot of a day, asked for at noon the day before."""
    now = dt.datetime.combine(day - DAY, NOON, dt.UTC)
    slots = free_slots(needs={master.pk: taken}, days=DayRange(day, day), now=now)
    return [f"{slot.starts_at.astimezone(ZoneInfo(zone)):%d %H:%M}" for slot in slots]


@pytest.mark.parametrize(
    ("day", "expected", "hours"),
    [
        (dt.date(2026, 3, 29), ["29 00:00", "29 01:00", "29 03:00", "29 04:00"], 23),
        (dt.date(2026, 10, 25), ["25 00:00", "25 01:00", "25 02:00", "25 02:00", "25 03:00", "25 04:00"], 25),
    ],
    ids=["the night the clock skips an hour", "the night it shows one twice"],
)
def test_night_shift_has_as_many_hours_as_the_night(
    settings: Settings, day: dt.date, expected: list[str], hours: int
) -> None:
    settings.SHOP_TIME_ZONE = "Europe/Berlin"
    master = MasterFactory.create()
    give_lunch(master, None)
    add_shifts(master, days=[0], starts=dt.time(0), ends=dt.time(5), cycle_days=1)
    assert shown(master, day, "Europe/Berlin", taken=60)[::2] == expected
    midnights = [wall_clock_minute(day + dt.timedelta(days=n), dt.time.min) for n in (0, 1)]
    assert midnights[1] - midnights[0] == hours * 60


@pytest.mark.parametrize(
    ("zone", "day", "slots", "first", "last"),
    [
        ("America/Havana", dt.date(2026, 3, 8), 45, ["08 01:00", "08 01:30"], ["08 22:30", "08 23:00"]),
        ("America/Havana", dt.date(2026, 11, 1), 49, ["01 00:00", "01 00:30", "01 00:00"], ["01 23:00"]),
        ("Africa/Cairo", dt.date(2026, 4, 24), 45, ["24 01:00"], ["24 23:00"]),
        ("Africa/Cairo", dt.date(2026, 10, 29), 47, ["29 00:00"], ["29 22:30", "29 23:00"]),
        ("Asia/Beirut", dt.date(2026, 3, 29), 45, ["29 01:00"], ["29 23:00"]),
        ("America/Nuuk", dt.date(2026, 3, 28), 46, ["28 00:00"], ["28 22:00", "28 22:30"]),
        ("America/Nuuk", dt.date(2026, 3, 29), 47, ["29 00:00"], ["29 23:00"]),
        ("Australia/Lord_Howe", dt.date(2026, 4, 5), 48, ["05 00:00"], ["05 23:00"]),
        ("Australia/Lord_Howe", dt.date(2026, 10, 4), 46, ["04 00:00"], ["04 23:00"]),
        ("Asia/Kolkata", dt.date(2028, 2, 29), 47, ["29 00:00", "29 00:30"], ["29 23:00"]),
    ],
)
def test_day_has_the_half_hours_that_its_clock_shows(
    *, owl: Master, settings: Settings, zone: str, day: dt.date, slots: int, first: list[str], last: list[str]
) -> None:
    """The shift ends when the clock first shows 23:59, so the day's last half hour is not among them."""
    settings.SHOP_TIME_ZONE = zone
    found = shown(owl, day, zone)
    assert len(found) == slots
    assert found[: len(first)] == first
    assert found[-len(last) :] == last


def test_shift_until_an_hour_that_is_skipped_does_not_run_into_the_next_day(owl: Master, settings: Settings) -> None:
    """In Nuuk the clock goes from 22:59 on Saturday to 0:00 on Sunday."""
    settings.SHOP_TIME_ZONE = "America/Nuuk"
    saturday = dt.date(2026, 3, 28)
    midnight = dt.datetime(2026, 3, 29, 1, tzinfo=dt.UTC)
    assert wall_clock_minute(saturday + DAY, dt.time.min) * 60 == midnight.timestamp()
    now = dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC)
    slots = free_slots(needs={owl.pk: 60}, days=DayRange(saturday, saturday), now=now)
    assert slots[-1].starts_at == midnight - dt.timedelta(hours=1)
    with pytest.raises(OutsideShift):
        check_slot(master_id=owl.pk, starts_at=midnight - dt.timedelta(minutes=30), taken_minutes=60, now=now)
    both = free_slots(needs={owl.pk: 60}, days=DayRange(saturday, saturday + DAY), now=now)
    assert len(both) == len({slot.starts_at for slot in both})


def test_shop_that_moves_to_another_zone_works_by_the_new_clock(boris: Master, settings: Settings) -> None:
    assert shown(boris, TUESDAY, "Europe/Moscow", taken=60)[:2] == ["03 10:00", "03 10:30"]
    settings.SHOP_TIME_ZONE = "Asia/Kolkata"
    found = shown(boris, TUESDAY, "Asia/Kolkata", taken=60)
    assert (found[0], found[-1], len(found)) == ("03 10:00", "03 19:00", 16)
    assert "03 13:00" not in found


@pytest.mark.leaves_broken("blocks_without_booking")
def test_what_is_booked_keeps_its_moment_when_the_shop_moves(boris: Master, settings: Settings) -> None:
    """Tuesday at 10 in Moscow is 12:30 in Kolkata, and is taken there."""
    begins = dt.datetime(2026, 3, 3, 7, tzinfo=dt.UTC)
    block = BlockFactory.create(master=boris, kind=BlockKind.BOOKING, begins=begins)
    assert "03 10:00" not in shown(boris, TUESDAY, "Europe/Moscow", taken=60)
    settings.SHOP_TIME_ZONE = "Asia/Kolkata"
    block.refresh_from_db()
    assert (block.during.lower, block.during.upper) == (begins, begins + dt.timedelta(hours=1))
    found = shown(boris, TUESDAY, "Asia/Kolkata", taken=30)
    # 12:30 is taken until lunch is half over.
    assert found[:7] == [f"03 {time}" for time in ("10:00", "10:30", "11:00", "11:30", "12:00", "14:00", "14:30")]
    with pytest.raises(TimeTaken):
        check_slot(
            master_id=boris.pk,
            starts_at=begins - dt.timedelta(minutes=30),
            taken_minutes=60,
            now=dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC),
        )

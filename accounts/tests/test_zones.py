"""People's time zones: whether their clocks differ from the shop's, and what the zones are called."""

import datetime as dt
from itertools import pairwise
from typing import Any

import pytest
from django.utils import translation

from accounts import texts
from accounts.callbacks import SetTimeZone
from accounts.zones import OFFERED, known_zones, utc_offset, zone_differs, zone_of

WINTER = dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC)
SUMMER = dt.datetime(2026, 7, 15, 12, tzinfo=dt.UTC)
RUSSIAN_ZONES = 11


@pytest.mark.parametrize("zone", ["", "Europe/Moscow", "Europe/Minsk", "Europe/Istanbul"])
def test_zone_whose_clock_shows_the_same_does_not_differ(zone: str) -> None:
    assert not zone_differs(zone=zone, at=WINTER)


@pytest.mark.parametrize("zone", ["Europe/Kaliningrad", "Europe/Samara", "America/New_York", "Asia/Kolkata"])
def test_zone_whose_clock_shows_another_time_differs(zone: str) -> None:
    assert zone_differs(zone=zone, at=WINTER)


def test_zones_differ_at_the_moments_at_which_their_clocks_do() -> None:
    assert zone_differs(zone="Europe/Helsinki", at=WINTER)
    assert not zone_differs(zone="Europe/Helsinki", at=SUMMER)
    assert not zone_differs(zone="Europe/Berlin", other="Africa/Lagos", at=WINTER)
    assert zone_differs(zone="Europe/Berlin", other="Africa/Lagos", at=SUMMER)


def test_zone_is_compared_with_the_shops_wherever_the_shop_is(settings: Any) -> None:
    settings.SHOP_TIME_ZONE = "Asia/Omsk"
    assert not zone_differs(zone="", at=WINTER)
    assert not zone_differs(zone="Asia/Omsk", at=WINTER)
    assert zone_differs(zone="Europe/Moscow", at=WINTER)


def test_moment_may_come_in_any_zone() -> None:
    tokyo = SUMMER.astimezone(zone_of("Asia/Tokyo"))
    assert utc_offset("Europe/Berlin", at=tokyo) == utc_offset("Europe/Berlin", at=SUMMER) == dt.timedelta(hours=2)


@pytest.mark.parametrize("lost", ["Mars/Olympus", "../../../etc/passwd", "Europe", "/etc/localtime", "a\x00b"])
def test_zone_that_this_machine_does_not_know_is_taken_for_the_shops(lost: str) -> None:
    assert zone_of(lost).key == "Europe/Moscow"
    assert texts.zone_name(lost, at=WINTER).endswith(", UTC+3")


def test_machines_own_zone_is_no_name_of_a_zone() -> None:
    assert "localtime" not in known_zones()
    assert {"Europe/Moscow", "UTC"} <= known_zones()


def test_offered_zones_are_known_and_fit_into_a_button() -> None:
    assert OFFERED.keys() <= known_zones()
    for zone in OFFERED:
        assert SetTimeZone.unpack(SetTimeZone(zone=zone).pack()).zone == zone


def test_all_of_russia_is_offered_from_west_to_east_an_hour_each() -> None:
    offsets = [utc_offset(zone, at=WINTER) for zone in list(OFFERED)[:RUSSIAN_ZONES]]
    assert offsets[0] == dt.timedelta(hours=2)
    assert all(later - earlier == dt.timedelta(hours=1) for earlier, later in pairwise(offsets))


@pytest.mark.parametrize(
    ("zone", "language", "name"),
    [
        ("", "ru", "Москва, UTC+3"),
        ("Europe/Moscow", "en", "Moscow, UTC+3"),
        ("Asia/Kamchatka", "ru", "Камчатка, UTC+12"),
        ("America/New_York", "ru", "New York, UTC−5"),
        ("America/Argentina/Buenos_Aires", "en", "Buenos Aires, UTC−3"),
        ("Asia/Kathmandu", "en", "Kathmandu, UTC+5:45"),
        ("America/St_Johns", "en", "St Johns, UTC−3:30"),
        ("UTC", "en", "UTC, UTC+0"),
    ],
)
def test_zone_is_called_by_its_city_and_offset(zone: str, language: str, name: str) -> None:
    with translation.override(language):
        assert texts.zone_name(zone, at=WINTER) == name


def test_offset_in_a_name_is_that_of_the_moment() -> None:
    with translation.override("ru"):
        assert texts.zone_name("Europe/Berlin", at=WINTER) == "Берлин, UTC+1"
        assert texts.zone_name("Europe/Berlin", at=SUMMER) == "Берлин, UTC+2"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "Europe/Paris", "europe/moscow", " ", "Europe/Moscow\n", "0"])
def test_button_of_a_zone_that_is_not_offered_does_not_parse(zone: str) -> None:
    with pytest.raises(ValueError):
        SetTimeZone.unpack(f"1setz:{zone}")

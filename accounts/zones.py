"""Time zones of people: an IANA name, or nothing for the shop's."""

import datetime as dt
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.utils.translation import gettext_lazy as _

# The zones a person chooses from, by the city people know them by: Russia's from west to east, then others.
OFFERED = {
    "Europe/Kaliningrad": _("Kaliningrad"),
    "Europe/Moscow": _("Moscow"),
    "Europe/Samara": _("Samara"),
    "Asia/Yekaterinburg": _("Yekaterinburg"),
    "Asia/Omsk": _("Omsk"),
    "Asia/Krasnoyarsk": _("Krasnoyarsk"),
    "Asia/Irkutsk": _("Irkutsk"),
    "Asia/Yakutsk": _("Yakutsk"),
    "Asia/Vladivostok": _("Vladivostok"),
    "Asia/Magadan": _("Magadan"),
    "Asia/Kamchatka": _("Kamchatka"),
    "Europe/Minsk": _("Minsk"),
    "Asia/Tbilisi": _("Tbilisi"),
    "Asia/Yerevan": _("Yerevan"),
    "Asia/Baku": _("Baku"),
    "Asia/Almaty": _("Almaty"),
    "Asia/Tashkent": _("Tashkent"),
    "Asia/Bishkek": _("Bishkek"),
    "Europe/Istanbul": _("Istanbul"),
    "Asia/Dubai": _("Dubai"),
    "Asia/Jerusalem": _("Jerusalem"),
    "Asia/Bangkok": _("Bangkok"),
    "Europe/Belgrade": _("Belgrade"),
    "Europe/Berlin": _("Berlin"),
    "Europe/London": _("London"),
}


@cache
def known_zones() -> frozenset[str]:
    """Every name of the IANA database on this machine, without the machine's own zone, which is no place."""
    return frozenset(available_timezones() - {"localtime"})


def zone_of(name: str) -> ZoneInfo:
    """The zone by that name; the shop's when it is empty, or when this machine's database has lost it."""
    try:
        return ZoneInfo(name or settings.SHOP_TIME_ZONE)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(settings.SHOP_TIME_ZONE)


def utc_offset(name: str, *, at: dt.datetime) -> dt.timedelta:
    """What the zone's clock is ahead of UTC at a moment (aware); behind is negative."""
    return at.astimezone(zone_of(name)).utcoffset() or dt.timedelta()


def zone_differs(*, zone: str, at: dt.datetime, other: str = "") -> bool:
    """Whether clocks in the two zones show different times at a moment (aware); an empty name is the shop's."""
    return utc_offset(zone, at=at) != utc_offset(other, at=at)

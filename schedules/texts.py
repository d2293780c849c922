"""Words about changes of a schedule, for the forms of staff; the only place of this app that chooses them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.errors import AccountError
from schedules.calendar import shop_zone
from schedules.errors import InvalidName, MasterUnavailable, PastDay, ScheduleError


def refusal(error: ScheduleError | AccountError) -> str:
    """Why a change was refused."""
    words = {
        PastDay.code: _("This day is over; what was worked is not rewritten."),
        MasterUnavailable.code: _("There is no such person, their access is closed, or they are a master already."),
        InvalidName.code: _("This is not a name, or it is too long."),
        "cycle_length": _("A cycle has from 1 to 56 days."),
        "outside_cycle": _("The cycle has no such day; days are counted from 0."),
        "whole_minutes": _("Hours and minutes only."),
        "ends_before_start": _("It ends before it begins."),
        "overlap": _("It overlaps another shift of that day."),
        "too_long": _("Lunch is at most four hours long."),
        "too_far": _("This is more than a year ahead."),
    }
    return words.get(error.data.get("why") or error.code) or _("You may not change this.")


def in_the_way(moments: Iterable[dt.datetime]) -> str:
    """How many bookings a change runs into, and when they are by the shop's clock."""
    times = [date_format(moment.astimezone(shop_zone()), "j E H:i") for moment in moments]
    return ngettext(
        "%(count)d booking is in the way of this, and stays: %(times)s.",
        "%(count)d bookings are in the way of this, and stay: %(times)s.",
        len(times),
    ) % {"count": len(times), "times": ", ".join(times)}


def cycle(shifts: Iterable[tuple[int, dt.time, dt.time]]) -> str:
    """The hours of a cycle, each with its days: `0, 1, 2: 10:00–18:00; 3: 09:00–13:00, 14:00–20:00`."""
    hours: dict[int, list[str]] = defaultdict(list)
    for day, starts, ends in shifts:
        hours[day].append(f"{starts:%H:%M}–{ends:%H:%M}")
    days: dict[str, list[str]] = defaultdict(list)
    for day, stretches in hours.items():
        days[", ".join(stretches)].append(str(day))
    return "; ".join(f"{', '.join(numbers)}: {stretches}" for stretches, numbers in days.items())


def cleared(count: int) -> str:
    return ngettext(
        "The cycle decides about %(count)d day again.", "The cycle decides about %(count)d days again.", count
    ) % {"count": count}

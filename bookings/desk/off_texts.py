"""Words for the desk about when a master does not work: time off and lunch."""

import datetime as dt
from collections.abc import Sequence
from html import escape

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.desk import texts
from bookings.desk.texts import between, cropped, who
from bookings.models import Booking
from bookings.services import TimeOff
from bookings.texts import bold, day, day_and_time, paragraphs, time
from schedules.calendar import day_starts_at, local_day
from schedules.plans import LunchHours

Stretch = tuple[dt.datetime, dt.datetime]

_A_DAY = dt.timedelta(days=1)
_SHOWN = 15


def time_off(stretches: Sequence[Stretch], *, own: bool) -> str:
    question = _("When do you take time off?") if own else _("When is the day off?")
    if not stretches:
        return question
    return paragraphs(
        _("Your time off:") if own else _("Time off:"),
        _listed([stretch(*each) for each in stretches]),
        _("Tap one to take it back, or choose a new one."),
    )


def no_working_days(*, own: bool) -> str:
    return _("You have no working days ahead.") if own else _("The master has no working days ahead.")


def ask_off_day(kind: str, first: dt.date | None, *, own: bool) -> str:
    if first is not None:
        return _("From %(day)s until which day, that day included?") % {"day": bold(day(first))}
    return {
        "day": _("Which day do you take off?") if own else _("Which day is off?"),
        "span": _("From which day?"),
        "part": _("On which day do you take a part off?") if own else _("On which day is a part off?"),
    }[kind]


def ask_off_hour(date: dt.date, begins: dt.datetime | None) -> str:
    if begins is None:
        return _("%(day)s: from what time?") % {"day": bold(day(date))}
    return _("%(day)s, from %(time)s. Until what time?") % {"day": bold(day(date)), "time": bold(time(begins))}


def ask_off_reason(begins: dt.datetime, ends: dt.datetime) -> str:
    what = _("Time off: %(when)s.") % {"when": bold(stretch(begins, ends))}
    return paragraphs(what, _("Is there a reason to write down? Send it in a message, or go on without."))


def in_the_way(visits: Sequence[Booking], begins: dt.datetime, ends: dt.datetime) -> str:
    what = _("Time off: %(when)s.") % {"when": bold(stretch(begins, ends))}
    return paragraphs(what, _("These visits are in the way:"), _listed_visits(visits), _("What becomes of them?"))


def ask_off_cancel(visits: Sequence[Booking]) -> str:
    what = ngettext("%(count)d visit will be cancelled.", "%(count)d visits will be cancelled.", len(visits)) % {
        "count": len(visits)
    }
    return paragraphs(what, _("Write the reason in a message: the clients get to read it. Or choose:"))


def off_taken(begins: dt.datetime, ends: dt.datetime, result: TimeOff) -> str:
    """What was done, and whom the master has to call."""
    done = _("Time off: %(when)s.") % {"when": bold(stretch(begins, ends))}
    cancelled = ngettext("%(count)d visit is cancelled.", "%(count)d visits are cancelled.", len(result.cancelled))
    asked = ngettext(
        "%(count)d client is asked to move; until they agree, the visit stays.",
        "%(count)d clients are asked to move; until they agree, the visits stay.",
        len(result.offers),
    )
    return paragraphs(
        done,
        cancelled % {"count": len(result.cancelled)} if result.cancelled else "",
        asked % {"count": len(result.offers)} if result.offers else "",
        _("Please call them yourself, they are not in the bot; their visits stay:") if result.to_call else "",
        _listed_visits(result.to_call),
    )


def asked_already() -> str:
    return _("The clients are asked to move; until they agree, their visits stay.")


def off_taken_back(begins: dt.datetime, ends: dt.datetime, *, own: bool) -> str:
    words = _("You work after all: %(when)s.") if own else _("The master works after all: %(when)s.")
    return words % {"when": bold(stretch(begins, ends))}


def stretch(begins: dt.datetime, ends: dt.datetime) -> str:
    """A stretch of time as people write it: a day, days, hours of a day, or from a moment until another."""
    first, last = local_day(begins), local_day(ends)
    if ends == day_starts_at(last):
        last -= _A_DAY
        if begins == day_starts_at(first):
            return day(first) if first == last else f"{day(first)} — {day(last)}"
    if first == last:
        return f"{day(first)}, {between(begins, ends)}"
    return f"{day_and_time(begins)} — {day_and_time(ends)}"


# --- Lunch


def ask_lunch(lunch: LunchHours, date: dt.date | None, *, own: bool) -> str:
    now = texts.lunch_hours(lunch) if lunch else _("no lunch")
    if date is not None:
        return _("Lunch on %(day)s: %(now)s. When shall it be?") % {"day": bold(day(date)), "now": bold(now)}
    if own:
        return _("Your lunch now: %(now)s. When shall it be, from today on?") % {"now": bold(now)}
    return _("Lunch now: %(now)s. When shall it be, from today on?") % {"now": bold(now)}


def ask_lunch_day() -> str:
    return _("On which day is lunch at another time?")


def lunch_set(lunch: LunchHours, date: dt.date | None, in_its_way: Sequence[Booking]) -> str:
    hours = texts.lunch_hours(lunch) if lunch else _("no lunch")
    done = (
        _("Lunch on %(day)s: %(hours)s.") % {"day": bold(day(date)), "hours": bold(hours)}
        if date is not None
        else _("Lunch from today on: %(hours)s.") % {"hours": bold(hours)}
    )
    if not in_its_way:
        return done
    return paragraphs(done, _("These visits run into it, and stay:"), _listed_visits(in_its_way))


def _listed_visits(visits: Sequence[Booking]) -> str:
    return _listed([f"{day_and_time(visit.starts_at)} · {escape(cropped(who(visit)))}" for visit in visits])


def _listed(lines: Sequence[str]) -> str:
    more = [_("and %(count)d more") % {"count": len(lines) - _SHOWN}] if len(lines) > _SHOWN else []
    return "\n".join([*(f"• {line}" for line in lines[:_SHOWN]), *more])

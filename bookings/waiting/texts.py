"""Words about the waiting list, and about times that are held."""

from collections.abc import Iterable
from html import escape

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.models import Service, WaitlistEntry, WaitlistStatus
from bookings.texts import IN_A_LINE, bold, day, names, together


def choose_day(services: Iterable[Service]) -> str:
    question = _("%(service)s. Everything is taken on these days. Which one shall I watch for you?")
    return question % {"service": bold(together(services))}


def no_full_days() -> str:
    return _("There is no such day: where somebody works, there is free time.")


def joined(entry: WaitlistEntry) -> str:
    promise = _("I'll tell you as soon as a time comes free: %(wait)s.") % {"wait": wait(entry)}
    return f"{promise} {_held()}"


def waits(entries: Iterable[WaitlistEntry]) -> str:
    return "\n".join([_("You wait for:"), *(_line(entry) for entry in entries)])


def wait(entry: WaitlistEntry) -> str:
    """Стрижка, пт, 5 декабря, Борис."""
    who = escape(entry.master.name) if entry.master else _("any master")
    return f"{names(entry.services.all(), limit=IN_A_LINE)}, {day(entry.day)}, {who}"


def left() -> str:
    return _("All right, you don't wait for it any more.")


def declined() -> str:
    return _("All right. If another time comes free, I'll tell you.")


def kept() -> str:
    return _("All right, the visit stays as it is. The master knows.")


def button_tell_me() -> str:
    return "🔔 " + _("Tell me if a slot frees up")


def button_leave() -> str:
    return "🔕 " + _("Stop waiting")


def button_leave_day(entry: WaitlistEntry) -> str:
    return f"{button_leave()}: {day(entry.day)}"


def button_take() -> str:
    return "✅ " + _("Book")


def button_pass() -> str:
    return _("No, thanks")


def button_take_move() -> str:
    return "✅ " + _("The new time suits me")


def button_keep_time() -> str:
    return _("Keep the old time")


def _held() -> str:
    minutes = settings.WAITLIST_HOLD_MINUTES
    return ngettext(
        "Then it is held for you for %(count)d minute.", "Then it is held for you for %(count)d minutes.", minutes
    ) % {"count": minutes}


def _line(entry: WaitlistEntry) -> str:
    held = " · " + _("there is a time for you, see above") if entry.status == WaitlistStatus.OFFERED else ""
    return f"🔔 {wait(entry)}{held}"


def hold_until(moment: str) -> str:
    return _("I'm holding it for you until %(when)s.") % {"when": bold(moment)}

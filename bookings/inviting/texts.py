"""Words about inviting who works here, and to who has come."""

import datetime as dt
from html import escape

from django.utils.translation import gettext as _

from accounts.models import Invite, Role
from bookings.services.joining import FIRST_HOURS
from bookings.texts import bold, day_and_time, paragraphs


def whom() -> str:
    return paragraphs(
        _("Whom shall we invite?"), _("I'll make a link for one person. Whoever opens it first gets the role.")
    )


def link(invite: Invite, url: str, zone: str) -> str:
    heading = _("A link for a master") if invite.role == Role.MASTER else _("A link for an administrator")
    until = _("It works once, until %(when)s.") % {"when": day_and_time(invite.expires_at, zone)}
    care = _("Send it to this person only, and right away: I can't show it a second time.")
    return paragraphs(bold(heading), escape(url), f"{until}\n{care}")


def joined(role: Role) -> str:
    if role == Role.ADMIN:
        return paragraphs(bold(_("Welcome!")), _("You are an administrator now: the days of all masters are yours."))
    hours = {"from": _hour(FIRST_HOURS[0]), "until": _hour(FIRST_HOURS[1])}
    week = _("For now you work Monday to Friday, %(from)s to %(until)s, at the barbershop's prices.") % hours
    change = _("Lunch and days off are yours to set; for other hours, ask the administrator.")
    return paragraphs(bold(_("Welcome!")), _("You are a master now."), f"{week}\n{change}")


def invitation() -> str:
    """What goes with the link when it is sent on."""
    return _("Join us!")


def button_invite() -> str:
    return "🤝 " + _("Invite a master")


def button_master() -> str:
    return "💈 " + _("A master")


def button_admin() -> str:
    return "🗝 " + _("An administrator")


def button_send() -> str:
    return "📨 " + _("Send the link")


def _hour(time: dt.time) -> str:
    return f"{time:%H:%M}"

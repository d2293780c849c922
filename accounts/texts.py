"""Words about people and the conversation itself."""

import datetime as dt
from collections.abc import Set
from html import escape

from django.conf import settings
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Invite, Role, User
from accounts.zones import OFFERED, utc_offset, zone_of


def welcome(user: User) -> str:
    greeting = _("Hello, %(name)s!") % {"name": escape(user.name)} if user.name else _("Hello!")
    invitation = _("This is %(shop)s. Booking a visit takes half a minute.") % {"shop": escape(settings.SHOP_NAME)}
    return f"{greeting}\n{invitation}"


def help_text(role: Role) -> str:
    lines = [*_HELP[role](), "/start " + _("begins anew, whatever happened.")]
    if settings.SHOP_ADDRESS:
        lines.append(_("Address: %(address)s") % {"address": escape(settings.SHOP_ADDRESS)})
    return "\n".join(lines)


def _help_for_clients() -> list[str]:
    return [
        _("I book visits to the barbershop."),
        _("Tap “Book”, choose a service, a master, a day and a time, and confirm."),
        _("“My bookings” shows your visit; you can move or cancel it there."),
    ]


def _help_for_masters() -> list[str]:
    return [
        _("I keep your day in order."),
        _("“Schedule”: a day or a week with its free time. Tap a visit for the phone, another time, a cancellation."),
        _("“New booking” is for who calls or drops in."),
        _("“Day off” takes a day, several, or a part of one; “Lunch” says when you have your break."),
        _("To be a client yourself: /book, and your visits are in /my."),
    ]


def _help_for_staff() -> list[str]:
    return [
        _("I keep the days of all masters in order."),
        _("“Schedule”, “New booking”, “Day off” and “Lunch” ask whose day it is about, then go on as for the master."),
        _("A visit's card has the phone, another time, a cancellation; the client and the master get to know from me."),
        _("“Invite a master” gives you a link to pass on."),
        _("To be a client yourself: /book, and your visits are in /my."),
    ]


_HELP = {
    Role.CLIENT: _help_for_clients,
    Role.MASTER: _help_for_masters,
    Role.ADMIN: _help_for_staff,
    Role.OWNER: _help_for_staff,
}


def choose_language() -> str:
    return _("Choose the language.")


def choose_time_zone(*, now: dt.datetime) -> str:
    question = _("Which time zone do you live in?")
    return f"{question}\n" + _("Visits go by the barbershop's clock: %(zone)s.") % {"zone": zone_name("", at=now)}


def zone_name(zone: str, *, at: dt.datetime) -> str:
    """A zone (empty: the shop's) as people know it, with its offset at a moment: Москва, UTC+3."""
    key = zone_of(zone).key
    city = OFFERED.get(key) or key.rpartition("/")[2].replace("_", " ")
    return f"{city}, {_offset(utc_offset(key, at=at))}"


def _offset(offset: dt.timedelta) -> str:
    hours, minutes = divmod(abs(offset) // dt.timedelta(minutes=1), 60)
    sign = "−" if offset < dt.timedelta() else "+"
    return f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")


def old_button() -> str:
    return _("This button is out of date. Here is a fresh menu.")


def not_understood() -> str:
    return _("I only understand buttons. Here they are.")


def access_closed() -> str:
    return _("Your access is closed. Please call the barbershop.")


def only_for(roles: Set[Role]) -> str:
    """Whom this is for, to somebody who is not one of them."""
    if Role.MASTER in roles:
        return _("This is for masters only.")
    if Role.ADMIN not in roles:
        return _("This is for the owner only.")
    return _("This is for administrators only.")


def private_only() -> str:
    return _("I book visits in private messages only. Let's talk there!")


def button_private_chat() -> str:
    return _("Open the private chat")


def second_hand() -> str:
    return _("I don't read forwarded messages, nor what other bots send. Please write it yourself.")


def invite_made(invite: Invite) -> str:
    """For the page of admin that shows a link."""
    until = date_format(localtime(invite.expires_at), "j E H:i")
    return _(
        "The link works once, until %(when)s. Send it to this person only, and right away: it isn't shown again."
    ) % {"when": until}


def bot_unknown() -> str:
    return _("The bot hasn't run yet, so its address isn't known. Let the person write to the bot:")


def invites_revoked(count: int) -> str:
    return ngettext("%(count)d invite revoked.", "%(count)d invites revoked.", count) % {"count": count}


def not_yours() -> str:
    """It is somebody else's, or there is none: which of the two isn't theirs to know."""
    return _("There is no such thing here any more. Please start from the menu.")


def too_fast() -> str:
    return _("That is too fast for me. Please wait a little and try again.")


def failed(reference: str) -> str:
    return _("Something went wrong on our side. Please try once more, or /start. Reference: %(reference)s") % {
        "reference": reference
    }


def button_menu() -> str:
    return "🏠 " + _("Menu")


def button_back() -> str:
    return "⬅️ " + _("Back")


def button_help() -> str:
    return "❓ " + _("Help")


def button_privacy() -> str:
    return "🔒 " + _("What is stored about me")


def button_language() -> str:
    return "🌐 " + _("Language")


def button_time_zone() -> str:
    return "🕒 " + _("Time zone")


def button_shop_zone(*, chosen: bool) -> str:
    return _ticked(_("As in the barbershop"), chosen=chosen)


def button_zone(zone: str, *, at: dt.datetime, chosen: bool) -> str:
    return _ticked(zone_name(zone, at=at), chosen=chosen)


def _ticked(text: str, *, chosen: bool) -> str:
    return f"✅ {text}" if chosen else text

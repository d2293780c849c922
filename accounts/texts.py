"""Words about people and the conversation itself."""

import datetime as dt
from html import escape

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.zones import OFFERED, utc_offset, zone_of


def welcome(user: User) -> str:
    greeting = _("Hello, %(name)s!") % {"name": escape(user.name)} if user.name else _("Hello!")
    invitation = _("This is %(shop)s. Booking a visit takes half a minute.") % {"shop": escape(settings.SHOP_NAME)}
    return f"{greeting}\n{invitation}"


def help_text() -> str:
    lines = [
        _("I book visits to the barbershop."),
        _("Tap “Book”, choose a service, a master, a day and a time, and confirm."),
        _("“My bookings” shows your visit; you can move or cancel it there."),
        "/start " + _("begins anew, whatever happened."),
    ]
    if settings.SHOP_ADDRESS:
        lines.append(_("Address: %(address)s") % {"address": escape(settings.SHOP_ADDRESS)})
    return "\n".join(lines)


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


def button_language() -> str:
    return "🌐 " + _("Language")


def button_time_zone() -> str:
    return "🕒 " + _("Time zone")


def button_shop_zone(*, chosen: bool) -> str:
    return _ticked(_("As in the barbershop"), chosen=chosen)


def button_zone(zone: str, *, at: dt.datetime, chosen: bool) -> str:
    return _ticked(zone_name(zone, at=at), chosen=chosen)


def _ticked(text: str, *, chosen: bool) -> str:
    return f"✔️ {text}" if chosen else text

"""Words about people and the conversation itself."""

from html import escape

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User


def welcome(user: User) -> str:
    greeting = _("Hello, %(name)s!") % {"name": escape(user.name)} if user.name else _("Hello!")
    invitation = _("This is %(shop)s. Booking a visit takes half a minute.") % {"shop": escape(settings.SHOP_NAME)}
    return f"{greeting}\n{invitation}"


def help_text() -> str:
    lines = [
        _("I book visits to the barbershop."),
        _("Tap “Book”, choose a service, a master, a day and a time, and confirm."),
        _("“My bookings” shows your visit; you can cancel it there."),
        "/start " + _("begins anew, whatever happened."),
    ]
    if settings.SHOP_ADDRESS:
        lines.append(_("Address: %(address)s") % {"address": escape(settings.SHOP_ADDRESS)})
    return "\n".join(lines)


def choose_language() -> str:
    return _("Choose the language.")


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

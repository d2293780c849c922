"""What the desk's buttons say."""

import datetime as dt

from django.utils.translation import gettext as _

from bookings.desk import off_texts, texts
from bookings.models import Booking
from bookings.texts import day, time
from schedules.models import Master
from schedules.plans import LunchHours


def schedule() -> str:
    return "📋 " + _("Schedule")


def new_booking() -> str:
    return "➕ " + _("New booking")


def day_off() -> str:
    return "🌴 " + _("Day off")


def lunch() -> str:
    return "🍽 " + _("Lunch")


def master(someone: Master) -> str:
    return "💈 " + texts.cropped(someone.name)


def another_master() -> str:
    return "👥 " + _("Another master")


def more() -> str:
    return _("More") + " ➡️"


def today() -> str:
    return _("Today")


def week() -> str:
    return "🗓 " + _("The week")


def earlier(date: dt.date) -> str:
    return f"⬅️ {day(date)}"


def later(date: dt.date) -> str:
    return f"{day(date)} ➡️"


def visit(booking: Booking) -> str:
    return f"{time(booking.starts_at)} · {texts.cropped(texts.who(booking))}"


def cancel_with_reason() -> str:
    return "❌ " + _("Cancel with reason")


def no_show() -> str:
    return "⚠️ " + _("No-show")


def without_phone() -> str:
    return _("Without a phone")


def without_reason() -> str:
    return _("Without a reason")


def whole_day() -> str:
    return _("A day")


def several_days() -> str:
    return _("Several days")


def part_of_a_day() -> str:
    return _("Part of a day")


def take_back(begins: dt.datetime, ends: dt.datetime) -> str:
    return f"↩️ {off_texts.stretch(begins, ends)}"


def cancel_all() -> str:
    return "❌ " + _("Cancel all with a reason")


def offer_other_times() -> str:
    return "🔁 " + _("Offer another time")


def lunch_at(hours: LunchHours) -> str:
    return f"{hours[0]:%H:%M}" if hours else _("No lunch")


def one_day_only() -> str:
    return _("For one day only")


def ticked(text: str, *, chosen: bool) -> str:
    return f"✅ {text}" if chosen else text

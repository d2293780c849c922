"""Words about bookings; the only place that chooses them."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from html import escape

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from bookings import errors
from bookings.models import Booking, BookingStatus, NotificationKind, Service
from bookings.selectors import OfferTerms
from schedules.calendar import shop_zone


def day(date: dt.date) -> str:
    """A date as people write it: пт, 5 декабря."""
    text = str(date_format(date, "D, j E"))
    return text.lower() if get_language() == "ru" else text


def time(moment: dt.datetime) -> str:
    return moment.astimezone(shop_zone()).strftime("%H:%M")


def day_and_time(moment: dt.datetime) -> str:
    """пт, 5 декабря, 14:00, by the shop's clock."""
    local = moment.astimezone(shop_zone())
    return f"{day(local.date())}, {local:%H:%M}"


def price(amount: Decimal) -> str:
    """1 500 ₽; kopecks only when there are some."""
    digits = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"
    return digits.replace(",", " ").replace(".", ",") + " ₽"


def duration(minutes: int) -> str:
    return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}


def choose_service() -> str:
    return _("What shall we do?")


def choose_master(service: Service) -> str:
    return _("%(service)s. Which master?") % {"service": _bold(service.label)}


def choose_day(service: Service) -> str:
    return _("%(service)s. Which day?") % {"service": _bold(service.label)}


def choose_time(service: Service, date: dt.date) -> str:
    return _("%(service)s, %(day)s. What time?") % {"service": _bold(service.label), "day": day(date)}


def nothing_free() -> str:
    return _("There is no free time for this in the coming days. Try another service or master.")


def nothing_offered() -> str:
    return _("Booking is not open yet. Please call the barbershop.")


def day_full() -> str:
    return _("That day is full now. Choose another one.")


def summary(service: Service, terms: OfferTerms, starts_at: dt.datetime) -> str:
    lines = [
        _("Shall we book it?"),
        "",
        *_visit([service], terms.master_name, starts_at, terms.price),
        duration(terms.duration_minutes),
    ]
    return "\n".join(lines)


def card(booking: Booking) -> str:
    heading = {
        BookingStatus.CONFIRMED.value: _("You are booked."),
        BookingStatus.CANCELLED.value: _("The booking is cancelled."),
        BookingStatus.COMPLETED.value: _("The visit is over. Thank you!"),
        BookingStatus.NO_SHOW.value: _("You missed this visit."),
    }[booking.status]
    visit = _visit(booking.services.all(), booking.master.name, booking.starts_at, booking.total_price)
    return "\n".join([f"<b>{heading}</b>", "", *visit])


def already_booked() -> str:
    return _("You already have a booking. Cancel it first if you need another time.")


def no_bookings() -> str:
    return _("You have no bookings yet.")


def past_visits(bookings: Iterable[Booking]) -> str:
    return "\n".join([_("Earlier:"), *(past_visit(booking) for booking in bookings)])


def past_visit(booking: Booking) -> str:
    mark = {BookingStatus.CANCELLED.value: "✖️", BookingStatus.NO_SHOW.value: "⚠️"}.get(booking.status, "✔️")
    return (
        f"{mark} {day_and_time(booking.starts_at)} · {_names(booking.services.all())} · {escape(booking.master.name)}"
    )


def ask_cancel(booking: Booking) -> str:
    return _("Cancel the visit on %(when)s?") % {"when": f"<b>{day_and_time(booking.starts_at)}</b>"}


def refusal(error: Exception) -> str:
    """What a refused rule means for the person, chosen by the error's type."""
    for kind, words in _refusals():
        if isinstance(error, kind):
            return words
    return _("This can't be done now. Please try again from the menu.")


def _refusals() -> list[tuple[type[Exception], str]]:
    return [
        (errors.SlotTaken, _("This time has just been taken.")),
        (errors.SlotUnavailable, _("This time can't be booked any more.")),
        (errors.ActiveBookingExists, already_booked()),
        (errors.ServiceUnavailable, _("This service is not offered any more.")),
        (errors.BookingNotFound, _("I can't find this booking.")),
        (errors.NotActive, _("This visit is already over.")),
        (errors.TooLateToCancel, _("It is too late to cancel here. Please call the barbershop.")),
        (errors.ClientDisabled, _("Your access is closed. Please call the barbershop.")),
    ]


def notification(kind: str, booking: Booking, *, services: Iterable[Service]) -> str:
    """The message that tells somebody about a booking."""
    heading = {
        NotificationKind.CLIENT_CONFIRMED.value: _("You are booked. See you!"),
        NotificationKind.CLIENT_CANCELLED.value: _("Your visit is cancelled."),
        NotificationKind.MASTER_NEW.value: _("New booking"),
        NotificationKind.MASTER_CANCELLED.value: _("Booking cancelled"),
    }[kind]
    to_master = kind in (NotificationKind.MASTER_NEW, NotificationKind.MASTER_CANCELLED)
    who = (
        booking.client.name
        if to_master and booking.client
        else booking.walk_in_name
        if to_master
        else booking.master.name
    )
    return "\n".join([f"<b>{heading}</b>", "", *_visit(services, who, booking.starts_at, booking.total_price)])


def _visit(services: Iterable[Service], who: str, starts_at: dt.datetime, total: Decimal) -> list[str]:
    lines = [
        f"✂️ {_names(services)}",
        f"👤 {escape(who) or '—'}",
        f"🗓 {day_and_time(starts_at)}",
        f"💳 {price(total)}",
    ]
    if settings.SHOP_ADDRESS:
        lines.append(f"📍 {escape(settings.SHOP_ADDRESS)}")
    return lines


def _names(services: Iterable[Service]) -> str:
    return escape(" + ".join(service.label for service in services))


def _bold(text: str) -> str:
    return f"<b>{escape(text)}</b>"


def button_book() -> str:
    return "✂️ " + _("Book")


def button_my_bookings() -> str:
    return "🗓 " + _("My bookings")


def button_service(service: Service) -> str:
    return f"{service.label} · {price(service.price)}"


def button_master(terms: OfferTerms) -> str:
    return f"{terms.master_name} · {price(terms.price)}"


def button_any_master() -> str:
    return "👥 " + _("Any master")


def button_confirm() -> str:
    return "✅ " + _("Confirm")


def button_cancel() -> str:
    return "❌ " + _("Cancel")


def button_keep() -> str:
    return _("Keep the booking")


def button_later_days() -> str:
    return _("Later") + " ➡️"

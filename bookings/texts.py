"""Words about bookings; the only place that chooses them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from accounts.texts import zone_name
from accounts.zones import zone_differs
from bookings.errors import ActiveBookingExists
from bookings.models import Booking, BookingStatus, Service
from bookings.refusal_words import WORDS
from bookings.selectors import OfferTerms
from schedules.calendar import day_starts_at, local_day, shop_zone

IN_A_LINE = 60
# Of a name, so that the price after it is seen on a phone.
ON_A_BUTTON = 40


def day(date: dt.date, *, year: bool = False) -> str:
    """A date as people write it: пт, 5 декабря."""
    text = str(date_format(date, "D, j E Y" if year else "D, j E"))
    return text.lower() if get_language() == "ru" else text


def time(moment: dt.datetime) -> str:
    return moment.astimezone(shop_zone()).strftime("%H:%M")


def day_and_time(moment: dt.datetime, zone: str = "", *, year: bool = False) -> str:
    """пт, 5 декабря, 14:00, by the shop's clock, which is named to who lives by another one (empty: the shop's)."""
    local = moment.astimezone(shop_zone())
    named = f" ({zone_name('', at=moment)})" if zone_differs(zone=zone, at=moment) else ""
    return f"{day(local.date(), year=year)}, {local:%H:%M}{named}"


def is_of_last_year(moment: dt.datetime, *, now: dt.datetime) -> bool:
    """Whether its day needs the year to be known: it is of an earlier one than today."""
    return local_day(moment).year < local_day(now).year


def until(moment: dt.datetime, *, now: dt.datetime, zone: str = "") -> str:
    """A deadline: 14:00 when it is today by the shop's clock, else with its day."""
    if local_day(moment) != local_day(now) or zone_differs(zone=zone, at=moment):
        return day_and_time(moment, zone)
    return time(moment)


def shop_clock(at: dt.datetime, zone: str) -> str:
    """Which clock bare times are by, for who lives by another one at that moment; or nothing."""
    if not zone_differs(zone=zone, at=at):
        return ""
    return _("Visits go by the barbershop's clock: %(zone)s.") % {"zone": zone_name("", at=at)}


def paragraphs(*parts: str) -> str:
    """The parts that say something, an empty line between them."""
    return "\n\n".join(filter(None, parts))


def price(amount: Decimal) -> str:
    """1 500 ₽; kopecks only when there are some."""
    digits = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"
    return digits.replace(",", " ").replace(".", ",") + " ₽"


def duration(minutes: int) -> str:
    """1 час 30 минут."""
    hours, rest = divmod(minutes, 60)
    parts = [ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}] if hours else []
    if rest or not hours:
        parts.append(ngettext("%(count)d minute", "%(count)d minutes", rest) % {"count": rest})
    return " ".join(parts)


def choose_service() -> str:
    return _("What shall we do?")


def choose_master(services: Sequence[Service]) -> str:
    return _("%(service)s. Which master?") % {"service": bold(together(services))}


def choose_day(services: Sequence[Service]) -> str:
    return _("%(service)s. Which day?") % {"service": bold(together(services))}


def choose_time(services: Sequence[Service], date: dt.date, zone: str) -> str:
    question = _("%(service)s, %(day)s. What time?") % {"service": bold(together(services)), "day": day(date)}
    return paragraphs(question, shop_clock(day_starts_at(date), zone))


def nothing_free() -> str:
    return _("There is no free time for this in the coming days. Try another service or master.")


def nothing_offered() -> str:
    return _("Booking is not open yet. Please call the barbershop.")


def day_full() -> str:
    return _("That day is full now. Choose another one.")


def summary(services: Sequence[Service], terms: OfferTerms, starts_at: dt.datetime, zone: str) -> str:
    lines = [
        _("Shall we book it?"),
        "",
        *visit(services, terms.master_name, starts_at, terms.price, zone),
        f"⏱ {duration(terms.duration_minutes)}",
    ]
    return "\n".join(lines)


def card(booking: Booking, *, now: dt.datetime, zone: str) -> str:
    heading = {
        BookingStatus.CONFIRMED.value: _("You are booked."),
        BookingStatus.CANCELLED.value: _("The booking is cancelled."),
        BookingStatus.COMPLETED.value: _("The visit is over. Thank you!"),
        BookingStatus.NO_SHOW.value: _("You missed this visit."),
    }[booking.status]
    year = is_of_last_year(booking.starts_at, now=now)
    lines = visit(booking.services.all(), booking.master.name, booking.starts_at, booking.total_price, zone, year=year)
    return paragraphs(bold(heading), "\n".join(lines), attendance(booking, now=now, zone=zone))


def attendance(booking: Booking, *, now: dt.datetime, zone: str) -> str:
    """What a client who has missed visits must do to keep the time; nothing for everybody else."""
    if booking.confirm_by is None or booking.status != BookingStatus.CONFIRMED or booking.starts_at <= now:
        return ""
    if booking.confirmed_at is not None:
        return _("You have said that you'll come. See you!")
    deadline = {"when": until(booking.confirm_by, now=now, zone=zone)}
    if booking.asked_at is None:
        return (
            _(
                "You have missed visits before, so a day ahead I'll ask whether you come. "
                "Without an answer by %(when)s the time goes to others."
            )
            % deadline
        )
    return (
        _("You have missed visits before: please confirm that you'll come by %(when)s, or the time goes to others.")
        % deadline
    )


def already_booked() -> str:
    return str(WORDS[ActiveBookingExists])


def no_bookings() -> str:
    return _("You have no bookings yet.")


def upcoming_visits(bookings: Iterable[Booking], zone: str) -> str:
    return "\n".join([_("You are booked:"), *(f"🗓 {in_a_line(booking, zone)}" for booking in bookings)])


def in_a_line(booking: Booking, zone: str, *, now: dt.datetime | None = None) -> str:
    """пт, 5 декабря, 14:00 · Стрижка · Борис; with the year, when `now` is of a later one."""
    when = day_and_time(booking.starts_at, zone, year=now is not None and is_of_last_year(booking.starts_at, now=now))
    return f"{when} · {names(booking.services.all(), limit=IN_A_LINE)} · {escape(booking.master.name)}"


def ask_cancel(booking: Booking, zone: str) -> str:
    return _("Cancel the visit on %(when)s?") % {"when": bold(day_and_time(booking.starts_at, zone))}


def share_contact() -> str:
    return _("Did somebody book for you by phone? Send me your contact, and I'll find the visit.")


def contact_kept(linked: int) -> str:
    """The phone is remembered; so many visits that were booked for it are the client's now."""
    thanks = _("Thank you, I have your phone number now.")
    if not linked:
        return thanks
    found = ngettext("I found %(count)d visit booked for it.", "I found %(count)d visits booked for it.", linked)
    return thanks + " " + found % {"count": linked}


def refusal(error: Exception) -> str:
    """What a refused rule means for the person, chosen by the error's type."""
    for kind in type(error).__mro__:
        if kind in WORDS:
            return str(WORDS[kind]) % getattr(error, "data", {})
    return _("This can't be done now. Please try again from the menu.")


def visit(
    services: Iterable[Service],
    who: str,
    starts_at: dt.datetime,
    total: Decimal | None,
    zone: str = "",
    *,
    year: bool = False,
) -> list[str]:
    """What, with whom, when, how much and where, a line each."""
    lines = [
        f"✂️ {names(services)}",
        f"👤 {escape(who) or '—'}",
        f"🗓 {day_and_time(starts_at, zone, year=year)}",
    ]
    if total is not None:
        lines.append(f"💳 {price(total)}")
    if settings.SHOP_ADDRESS:
        lines.append(f"📍 {escape(settings.SHOP_ADDRESS)}")
    return lines


def names(services: Iterable[Service], *, limit: int | None = None) -> str:
    """What is done, escaped; cut at `limit` characters where many visits share a message."""
    text = together(services)
    return escape(text if limit is None else cropped(text, limit))


def cropped(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def together(services: Iterable[Service]) -> str:
    """Стрижка + Борода; not escaped."""
    return " + ".join(service.label for service in services)


def bold(text: str) -> str:
    return f"<b>{escape(text)}</b>"


def button_book() -> str:
    return "✂️ " + _("Book")


def button_my_bookings() -> str:
    return "🗓 " + _("My bookings")


def button_service(service: Service) -> str:
    return f"{cropped(service.label, ON_A_BUTTON)} · {price(service.price)}"


def button_master(terms: OfferTerms) -> str:
    return f"{cropped(terms.master_name, ON_A_BUTTON)} · {price(terms.price)}"


def button_any_master() -> str:
    return "👥 " + _("Any master")


def button_confirm() -> str:
    return "✅ " + _("Confirm")


def button_cancel() -> str:
    return "❌ " + _("Cancel")


def button_move() -> str:
    return "🔁 " + _("Reschedule")


def button_come() -> str:
    return "👍 " + _("I'll come")


def button_visit(booking: Booking) -> str:
    return f"🗓 {day_and_time(booking.starts_at)}"


def button_keep() -> str:
    return _("Keep the booking")


def button_later_days() -> str:
    return _("Later") + " ➡️"

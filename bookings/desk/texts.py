"""Words for the desk: a master about their day. A master lives by the shop's clock."""

import datetime as dt
from collections.abc import Iterable
from html import escape

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings import texts
from bookings.desk.callbacks import Section
from bookings.desk.selectors import DayView
from bookings.models import Booking, BookingStatus, Service
from bookings.texts import bold, day, day_and_time, paragraphs, time
from schedules.calendar import day_starts_at, from_minute, local_day
from schedules.models import AvailabilityBlock, BlockKind, Master
from schedules.plans import LunchHours

_A_DAY = dt.timedelta(days=1)
_CROPPED = 28


def welcome(name: str, *, is_staff: bool) -> str:
    greeting = _("Hello, %(name)s!") % {"name": escape(name)} if name else _("Hello!")
    if is_staff:
        return f"{greeting}\n" + _("Every master's day, new bookings, days off and lunch are here.")
    return f"{greeting}\n" + _("Your day, new bookings, days off and lunch are here.")


def whose(section: Section) -> str:
    return {
        "schedule": _("Whose schedule?"),
        "new": _("New booking. With whom?"),
        "dayoff": _("Whose day off?"),
        "lunch": _("Whose lunch?"),
    }[section]


def nobody_to_run(section: Section) -> str:
    if section == "new":
        return _("No master offers anything yet. Services are given to masters in admin.")
    return _("There are no masters yet. Invite the first one.")


def of_master(master: Master, words: str) -> str:
    """Words about somebody else's day begin with whose it is."""
    return paragraphs(f"💈 {bold(master.name)}", words)


def reasons() -> list[str]:
    """Ready-made reasons, good enough for a client to read."""
    return [_("The master is ill"), _("Something urgent has come up"), _("Trouble in the barbershop")]


# --- The schedule


def schedule(view: DayView, lunch: LunchHours, *, today: dt.date) -> str:
    """A day line by line: visits, what else takes time, what is free."""
    lines = [(visit.starts_at, _visit_line(visit)) for visit in view.visits]
    lines += [(block.during.lower, _other_line(block, view.date)) for block in view.others]
    lines += [(from_minute(gap[0]), f"▫️ {between(*map(from_minute, gap))} — " + _("free")) for gap in view.free]
    heading = day(view.date) + (" · " + _("today") if view.date == today else "")
    pause = f"🍽 {lunch_hours(lunch)} — " + _("lunch") if lunch and view.works else ""
    rest = "" if view.works else _("No shift on this day.")
    return paragraphs(bold(heading), pause, "\n".join(words for _at, words in sorted(lines)), rest)


def week(views: Iterable[DayView], *, today: dt.date) -> str:
    return paragraphs(bold(_("The week")), "\n".join(_day_line(view, today=today) for view in views))


def _day_line(view: DayView, *, today: dt.date) -> str:
    visits = ngettext("%(count)d visit", "%(count)d visits", len(view.visits)) % {"count": len(view.visits)}
    if not view.works and not view.visits:
        return f"{day(view.date)} — " + _("no shift")
    if view.date < today:
        return f"{day(view.date)} — {visits}"
    if not view.visits and not view.free and any(block.kind == BlockKind.TIME_OFF for block in view.others):
        return f"{day(view.date)} — " + _("time off")
    free = sum(ends - begins for begins, ends in view.free)
    left = _("free: %(hours)s h") % {"hours": _hours(free)} if free else _("nothing free")
    return f"{day(view.date)} — {visits}, {left}"


def _hours(minutes: int) -> str:
    """5, or 5,5 in Russian: to the half hour, down."""
    halves = minutes // 30
    return str(number_format(halves / 2 if halves % 2 else halves // 2))


def _visit_line(visit: Booking) -> str:
    mark = {BookingStatus.NO_SHOW.value: "⚠️", BookingStatus.COMPLETED.value: "✔️"}.get(visit.status, "✂️")
    what = texts.names(visit.services.all(), limit=_CROPPED)
    return f"{mark} {between(visit.starts_at, visit.ends_at)} {escape(cropped(who(visit)))} · {what}"


def _other_line(block: AvailabilityBlock, date: dt.date) -> str:
    words = {BlockKind.HOLD.value: _("held for a client"), BlockKind.BREAK.value: _("break")}
    begins = max(block.during.lower, day_starts_at(date))
    ends = min(block.during.upper, day_starts_at(date + _A_DAY))
    return f"⛔️ {between(begins, ends)} — " + words.get(block.kind, _("time off"))


def between(begins: dt.datetime, ends: dt.datetime) -> str:
    """10:00–11:00; the end of a day is 24:00."""
    is_midnight = ends == day_starts_at(local_day(begins) + _A_DAY)
    return f"{time(begins)}–" + ("24:00" if is_midnight else time(ends))


def who(visit: Booking) -> str:
    return (visit.client.name if visit.client else visit.walk_in_name) or "—"


def cropped(text: str) -> str:
    return text if len(text) <= _CROPPED else text[: _CROPPED - 1] + "…"


# --- A visit


def card(visit: Booking) -> str:
    heading = {
        BookingStatus.CONFIRMED.value: _("A visit"),
        BookingStatus.CANCELLED.value: _("The visit is cancelled"),
        BookingStatus.COMPLETED.value: _("The visit is over"),
        BookingStatus.NO_SHOW.value: _("The client did not come"),
    }[visit.status]
    phone = (visit.client.phone if visit.client else "") or visit.walk_in_phone
    lines = texts.visit(visit.services.all(), who(visit), visit.starts_at, visit.total_price)
    lines += [f"📞 {escape(phone)}"] if phone else []
    reason = f"💬 {escape(visit.cancel_reason)}" if visit.cancel_reason else ""
    return paragraphs(bold(heading), "\n".join(lines), reason)


def ask_reason(visit: Booking) -> str:
    what = _("Why is the visit of %(who)s on %(when)s cancelled?") % {
        "who": bold(who(visit)),
        "when": bold(day_and_time(visit.starts_at)),
    }
    if not is_told(visit):
        return paragraphs(what, _("Write it in a message, or choose:"))
    return paragraphs(what, _("Write it in a message: the client gets to read it. Or choose:"))


def ask_no_show(visit: Booking) -> str:
    return _("%(who)s did not come on %(when)s? This can't be undone.") % {
        "who": bold(who(visit)),
        "when": bold(day_and_time(visit.starts_at)),
    }


def ask_day_to_move(visit: Booking) -> str:
    return _("%(who)s, now on %(when)s. To which day?") % {
        "who": bold(who(visit)),
        "when": day_and_time(visit.starts_at),
    }


def ask_time_to_move(visit: Booking, date: dt.date) -> str:
    return _("%(who)s, %(day)s. To what time?") % {"who": bold(who(visit)), "day": day(date)}


def nowhere_to_move() -> str:
    return _("There is no free time to move this visit to.")


def moved(visit: Booking) -> str:
    return _("Moved. The client gets the new time from me.") if is_told(visit) else tell_yourself()


def tell_yourself() -> str:
    return _("Done. Please tell the client yourself: they are not in the bot.")


def is_told(visit: Booking) -> bool:
    """Whether the client hears of a change from the bot."""
    return visit.client is not None and visit.client.telegram_id is not None


def only_words() -> str:
    return _("I am waiting for words: please write them in a message.")


# --- A booking by hand


def choose_service() -> str:
    return _("New booking. Which service?")


def nothing_free(*, own: bool) -> str:
    if own:
        return _("You have no free time for this in the coming days.")
    return _("There is no free time for this in the coming days.")


def nothing_offered(*, own: bool) -> str:
    if own:
        return _("You offer no services yet. Please ask the administrator.")
    return _("This master offers no services yet. They are added in admin.")


def ask_name(services: Iterable[Service], starts_at: dt.datetime) -> str:
    what = f"{bold(texts.together(services))}, {day_and_time(starts_at)}."
    return paragraphs(what, _("Whose name shall I write down? Send it in a message."))


def ask_phone(name: str) -> str:
    return _("And the phone of %(name)s? Send the number in a message, or go on without.") % {"name": bold(name)}


def booked() -> str:
    return _("Booked.")


def lunch_hours(lunch: LunchHours) -> str:
    return f"{lunch[0]:%H:%M}–{lunch[1]:%H:%M}" if lunch else ""

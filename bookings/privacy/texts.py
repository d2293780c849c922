"""Words about what is stored: plain ones."""

from django.utils.translation import gettext as _

from bookings.models import Booking
from bookings.texts import bold, day_and_time, paragraphs


def what_is_stored() -> str:
    lines = [
        _("your name and number in Telegram, so that I know you and can write to you;"),
        _("your phone, if you sent it to me;"),
        _("your language and time zone;"),
        _("your visits: what, when, with whom, for how much, and how they ended;"),
        _("the days you wait for, and when I wrote to you about what."),
    ]
    heading = bold(_("What I know about you"))
    messages = _("Your messages are deleted as soon as I have read them. One that I could not read waits for a person.")
    return paragraphs("\n".join([heading, *(f"• {line}" for line in lines)]), messages)


def export_caption() -> str:
    return _("Everything that is stored about you.")


def ask_erase() -> str:
    return paragraphs(
        bold(_("Delete everything I know about you?")),
        _(
            "Your name, phone and Telegram number go, and so do your places on the waiting list. "
            "Past visits stay in the books without your name. This can't be undone."
        ),
    )


def visit_to_come(booking: Booking, zone: str) -> str:
    return f"🗓 {day_and_time(booking.starts_at, zone)}"


def asked_too_long_ago() -> str:
    return _("That was a while ago, so I'd rather ask once more.")


def erased() -> str:
    return paragraphs(
        bold(_("Done: I don't know you any more.")),
        _("If you write to me again, we'll meet as if for the first time."),
    )


def button_export() -> str:
    return "📄 " + _("Get my data as a file")


def button_ask_erase() -> str:
    return "🗑 " + _("Delete my data")


def button_erase() -> str:
    return "🗑 " + _("Yes, delete everything")


def button_keep() -> str:
    return _("No, leave it")

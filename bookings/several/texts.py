"""Words about several services in one visit."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from bookings.models import Service
from bookings.selectors import OfferTerms
from bookings.texts import bold, button_service, duration, paragraphs, price, together


def choose_several(ticked: Sequence[Service], terms: Sequence[OfferTerms], *, more: bool) -> str:
    """What is ticked, and what it costs and takes with the masters who do it; whether more can be ticked."""
    if not ticked:
        return _("Tick what we do in one visit, up to three services.")
    question = _("Anything else? If not, tap “Next”.") if more else _("Is that right? Then tap “Next”.")
    prices = _span([price(amount) for amount in sorted(each.price for each in terms)])
    minutes = _span([duration(length) for length in sorted(each.duration_minutes for each in terms)])
    return paragraphs(f"{bold(together(ticked))}\n💳 {prices}\n⏱ {minutes}", question)


def _span(said: Sequence[str]) -> str:
    """The first and the last of these, or the only one."""
    return " – ".join(dict.fromkeys((said[0], said[-1])))


def button_tick(service: Service, *, ticked: bool) -> str:
    return ("✅ " if ticked else "") + button_service(service)


def button_several() -> str:
    return "☑️ " + _("Several services")


def button_next() -> str:
    return _("Next") + " ➡️"

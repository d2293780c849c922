"""The client ticks several services for one visit; from there on it is chosen as one service is."""

from accounts.models import User
from accounts.screens import Screen
from bookings import selectors
from bookings import texts as words
from bookings.callbacks import MOST_SERVICES
from bookings.errors import ServiceUnavailable
from bookings.screens import choose_service
from bookings.several import keyboards, texts
from bookings.several.callbacks import ChooseSeveral


def choose_several(user: User, choice: ChooseSeveral, *, note: str = "") -> Screen:
    """The services to tick for one visit: those that some master does together with the ticked ones."""
    ticked = selectors.services_of(service_ids=choice.service_ids)
    terms = selectors.offer_terms(service_ids=choice.service_ids)
    if choice.services and not terms:
        return choose_several(user, ChooseSeveral(), note=words.refusal(ServiceUnavailable()))
    offered = selectors.services_together(service_ids=choice.service_ids)
    if not offered:
        return choose_service(user)
    more = len(ticked) < min(len(offered), MOST_SERVICES)
    question = texts.choose_several(ticked, terms, more=more)
    return Screen(words.paragraphs(note, question), keyboards.services(offered, choice.service_ids))

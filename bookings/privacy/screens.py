"""The screens about what is stored: what it is, the file, and being forgotten."""

import datetime as dt

from django.utils import timezone

from accounts.actors import Actor
from accounts.documents import Document
from accounts.errors import AccountError
from accounts.models import Channel, Role, User
from accounts.screens import Screen
from bookings import services
from bookings import texts as words
from bookings.errors import VisitToCome
from bookings.privacy import keyboards, texts
from bookings.privacy.callbacks import Erase
from bookings.privacy.documents import FILE_NAME, as_document
from bookings.services.privacy import check_erasable

# An old "yes" isn't one any more.
ANSWER_WITHIN = dt.timedelta(hours=1)


def what_is_stored(user: User, *, note: str = "") -> Screen:
    board = keyboards.what_is_stored(can_erase=user.role == Role.CLIENT)
    return Screen(words.paragraphs(note, texts.what_is_stored()), board)


def export(user: User) -> Document:
    """Everything that is stored, as a file."""
    data = services.export_client(user_id=user.pk, by=Actor(user.pk, Channel.BOT), now=timezone.now())
    return Document(FILE_NAME, as_document(data).encode(), texts.export_caption(), keyboards.below_file())


def ask_erase(user: User, *, note: str = "") -> Screen:
    """Whether to forget them after all; or why that can't be done now."""
    now = timezone.now()
    try:
        check_erasable(user, now=now)
    except VisitToCome as error:
        return _in_the_way(user, error)
    except AccountError as error:
        return what_is_stored(user, note=words.refusal(error))
    return Screen(words.paragraphs(note, texts.ask_erase()), keyboards.ask_erase(now=now))


def erase(user: User, choice: Erase) -> Screen:
    """Forget who taps. When the tap comes again they are somebody new by then, and are forgotten like that."""
    now = timezone.now()
    if now - choice.asked_at > ANSWER_WITHIN:
        return ask_erase(user, note=texts.asked_too_long_ago())
    try:
        services.erase_client(user_id=user.pk, by=Actor(user.pk, Channel.BOT), now=now)
    except VisitToCome as error:
        return _in_the_way(user, error)
    except AccountError as error:
        return what_is_stored(user, note=words.refusal(error))
    return Screen(texts.erased(), keyboards.home())


def _in_the_way(user: User, error: VisitToCome) -> Screen:
    booking = error.booking
    text = words.paragraphs(words.refusal(error), texts.visit_to_come(booking, user.time_zone))
    return Screen(text, keyboards.in_the_way(booking, is_own=booking.client_id == user.pk))

"""Writes about people."""

import re

from django.db import transaction

from accounts.audit import record_audit
from accounts.models import Channel, Language, Role, User

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]+")
_NAME_LENGTH = 128


def clean_name(text: str) -> str:
    """A name as it may be stored and shown: no control, direction or surrogate characters, at most 128 long."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:_NAME_LENGTH]


def identify_telegram_user(*, telegram_id: int, name: str, language_code: str | None) -> User:
    """Find the person behind a Telegram id, or make a client of them; their name follows Telegram's.

    The language is Telegram's at first sight and the person's own choice from then on.
    """
    name = clean_name(name)
    user = User.objects.filter(telegram_id=telegram_id).first()
    if user is None:
        user, _ = User.objects.get_or_create(
            telegram_id=telegram_id,
            defaults={"name": name, "language": language_of(language_code), "password": "!"},
        )
    if user.name != name and user.role == Role.CLIENT:
        User.objects.filter(pk=user.pk).update(name=name)
        user.name = name
    return user


def language_of(language_code: str | None) -> Language:
    """Russian for Russian, Ukrainian, Belarusian and Kazakh clients and those who don't say; else English."""
    prefix = (language_code or "ru").partition("-")[0].lower()
    return Language.RU if prefix in {"ru", "uk", "be", "kk"} else Language.EN


def set_language(*, user: User, language: Language) -> User:
    """Remember the language a person chose."""
    User.objects.filter(pk=user.pk).update(language=language)
    user.language = language
    return user


def create_owner(*, username: str, password: str) -> tuple[User, bool]:
    """Make the owner who signs in to admin, unless there is somebody by that name; the user, and whether made now."""
    with transaction.atomic():
        existing = User.objects.filter(username=username).first()
        if existing:
            return existing, False
        owner = User.objects.create_superuser(username, password, name=username.capitalize())
        record_audit(
            actor_id=None,
            channel=Channel.COMMAND,
            action="owner_created",
            object_type="user",
            object_id=owner.pk,
            after={"role": owner.role},
        )
    return owner, True

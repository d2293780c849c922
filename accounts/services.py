"""Writes about people."""

import re

from django.db import transaction
from django.db.models import QuerySet

from accounts.audit import record_audit
from accounts.errors import NotOwnContact, UnknownTimeZone
from accounts.models import Channel, Language, Role, User
from accounts.phones import clean_phone
from accounts.zones import known_zones

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]+")
_NAME_LENGTH = 128


def clean_name(text: str, *, limit: int | None = _NAME_LENGTH) -> str:
    """Text as it may be stored and shown in a line: no control, direction or surrogate characters, cut at `limit`."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:limit]


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
        _row_of(user).update(name=name)
        user.name = name
    return user


def language_of(language_code: str | None) -> Language:
    """Russian for Russian, Ukrainian, Belarusian and Kazakh clients and those who don't say; else English."""
    prefix = (language_code or "ru").partition("-")[0].lower()
    return Language.RU if prefix in {"ru", "uk", "be", "kk"} else Language.EN


def language_with(*, telegram_id: int, language_code: str | None) -> Language:
    """The language that a person chose; with a stranger, that of their app."""
    chosen = User.objects.filter(telegram_id=telegram_id).values_list("language", flat=True).first()
    return Language(chosen) if chosen else language_of(language_code)


def set_language(*, user: User, language: Language) -> User:
    """Remember the language a person chose."""
    _row_of(user).update(language=language)
    user.language = language
    return user


def set_time_zone(*, user: User, time_zone: str) -> User:
    """Remember the IANA zone a person lives by, empty for the shop's; UnknownTimeZone when there is none such."""
    if time_zone and time_zone not in known_zones():
        raise UnknownTimeZone(user_id=user.pk)
    _row_of(user).update(time_zone=time_zone)
    user.time_zone = time_zone
    return user


def share_phone(*, user: User, phone: str, contact_user_id: int | None) -> User:
    """Keep the phone of the contact that a person shared in the chat, in E.164; also in a caller's transaction.

    NotOwnContact unless Telegram says that the contact is the person themselves; PhoneInvalid. Telegram gives the
    number in full, with or without its plus. The trail says that a phone was shared, not which.
    """
    if contact_user_id is None or contact_user_id != user.telegram_id:
        raise NotOwnContact(user_id=user.pk)
    number = clean_phone(f"+{phone.strip().removeprefix('+')}")
    with transaction.atomic():
        if _row_of(user).exclude(phone=number).update(phone=number):
            record_audit(
                actor_id=user.pk,
                channel=Channel.BOT,
                action="phone_shared",
                object_type="user",
                object_id=user.pk,
                after={"fields": ["phone"]},
            )
    user.phone = number
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


def _row_of(user: User) -> QuerySet[User]:
    """The person's row, or none when they were erased since they were read."""
    return User.objects.filter(pk=user.pk, telegram_id=user.telegram_id)

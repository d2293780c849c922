"""Phone numbers: what a person types becomes a number that can be called."""

import re

import phonenumbers
from django.conf import settings

from accounts.errors import PhoneInvalid

E164_PATTERN = r"^\+[1-9][0-9]{6,14}$"
_LONGEST = 64
# What contact lists put around a copied number: soft hyphens, zero widths, marks of direction.
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# The library would dial letters (8-800-FLOWERS), cut off what follows a number, and keep an extension aside.
_TYPED = re.compile(r"[\d\s()+.\u2010-\u2015\u2212-]+")


def clean_phone(text: str) -> str:
    """A number in E.164 ("8 916 123-45-67" is "+79161234567"); PhoneInvalid for everything else.

    Without a plus it is one of SHOP_PHONE_REGION. Extensions are refused, digits of any script are taken.
    """
    typed = _INVISIBLE.sub("", text) if len(text) <= _LONGEST else ""
    if not _TYPED.fullmatch(typed):
        raise PhoneInvalid
    try:
        number = phonenumbers.parse(typed, settings.SHOP_PHONE_REGION)
    except phonenumbers.NumberParseException:
        raise PhoneInvalid from None
    phone = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if number.extension or not phonenumbers.is_valid_number(number) or not re.fullmatch(E164_PATTERN, phone):
        raise PhoneInvalid
    return phone

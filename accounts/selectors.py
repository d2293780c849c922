"""Reads about people."""

from accounts.errors import PersonUnknown
from accounts.models import User

BY_TELEGRAM = "telegram:"
_BIGINT_END = 2**63


def find_person(reference: str) -> User:
    """The person whom an operator means: an id, a sign-in name, or `telegram:` and a Telegram id; else PersonUnknown.

    Digits alone are an id.
    """
    if reference.startswith(BY_TELEGRAM):
        found = User.objects.filter(telegram_id=_number(reference.removeprefix(BY_TELEGRAM)))
    elif reference.isdecimal():
        found = User.objects.filter(pk=_number(reference))
    else:
        found = User.objects.filter(username=reference)
    user = found.first()
    if user is None:
        raise PersonUnknown
    return user


def _number(digits: str) -> int:
    """An id that a column can hold; 0, which is nobody's, for everything else."""
    number = int(digits) if digits.isdecimal() and len(digits) <= len(str(_BIGINT_END)) else 0
    return number if number < _BIGINT_END else 0

"""Buttons that every app's screens share."""

from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from pydantic import AfterValidator, Field

from accounts.zones import OFFERED


def _offered(zone: str) -> str:
    if zone and zone not in OFFERED:
        raise ValueError("not a zone that is offered")
    return zone


OfferedZone = Annotated[str, AfterValidator(_offered)]


class Menu(CallbackData, prefix="1menu"):
    """Go home."""


class ChooseLanguage(CallbackData, prefix="1lang"):
    """Open the choice of language."""


class SetLanguage(CallbackData, prefix="1setl"):
    """Speak this language from now on."""

    code: str


class ChooseTimeZone(CallbackData, prefix="1zone"):
    """Open the choice of time zone."""


class SetTimeZone(CallbackData, prefix="1setz"):
    """Live by this zone from now on; empty is the shop's."""

    zone: OfferedZone


class Help(CallbackData, prefix="1help"):
    """Open the help."""


class Privacy(CallbackData, prefix="1priv"):
    """Open what is stored about the person."""


class Answer(CallbackData, prefix="1ans"):
    """Answer the open question by a tap; any other tap goes elsewhere, and closes it. The key says which it was."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8}$")]

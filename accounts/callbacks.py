"""Buttons that every app's screens share."""

from aiogram.filters.callback_data import CallbackData


class Menu(CallbackData, prefix="1menu"):
    """Go home."""


class ChooseLanguage(CallbackData, prefix="1lang"):
    """Open the choice of language."""


class SetLanguage(CallbackData, prefix="1setl"):
    """Speak this language from now on."""

    code: str


class Help(CallbackData, prefix="1help"):
    """Open the help."""

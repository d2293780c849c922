"""Rows of buttons that every app's screens share."""

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from accounts import texts
from accounts.callbacks import ChooseLanguage, Help, Menu, SetLanguage
from accounts.models import Language

Row = list[InlineKeyboardButton]


def button(text: str, data: CallbackData) -> InlineKeyboardButton:
    return InlineKeyboardButton(text=text, callback_data=data.pack())


def keyboard(*rows: Row) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(inline_keyboard=[row for row in rows if row])


def way_back(data: CallbackData | None = None) -> Row:
    """Back (where there is somewhere to go back to) and home."""
    home = button(texts.button_menu(), Menu())
    return [button(texts.button_back(), data), home] if data else [home]


def language_choice() -> InlineKeyboardMarkup:
    return keyboard([button(language.label, SetLanguage(code=language.value)) for language in Language], way_back())


def help_and_language() -> Row:
    return [button(texts.button_help(), Help()), button(texts.button_language(), ChooseLanguage())]

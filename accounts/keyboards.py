"""Rows of buttons that every app's screens share."""

import datetime as dt

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from accounts import texts
from accounts.callbacks import ChooseLanguage, ChooseTimeZone, Help, Menu, Privacy, SetLanguage, SetTimeZone
from accounts.models import Language
from accounts.zones import OFFERED

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
    return keyboard(
        [button(language.label, SetLanguage(code=language.value)) for language in Language],
        [button(texts.button_time_zone(), ChooseTimeZone())],
        way_back(),
    )


def time_zone_choice(chosen: str, *, now: dt.datetime) -> InlineKeyboardMarkup:
    """The shop's zone, then the offered ones two in a row; the chosen one is ticked."""
    buttons = [
        button(texts.button_zone(zone, at=now, chosen=zone == chosen), SetTimeZone(zone=zone)) for zone in OFFERED
    ]
    return keyboard(
        [button(texts.button_shop_zone(chosen=not chosen), SetTimeZone(zone=""))],
        *(buttons[start : start + 2] for start in range(0, len(buttons), 2)),
        way_back(ChooseLanguage()),
    )


def privacy() -> Row:
    return [button(texts.button_privacy(), Privacy())]


def help_and_language() -> Row:
    return [button(texts.button_help(), Help()), button(texts.button_language(), ChooseLanguage())]

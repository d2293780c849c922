"""What Telegram shows of the bot before anybody taps: the menu of commands per role and language, the descriptions."""

import logging
import zlib
from functools import cache

from aiogram import Bot
from aiogram.exceptions import ClientDecodeError, TelegramAPIError
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from django.conf import settings
from django.utils import timezone, translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.access import AT_THE_DESK
from accounts.links import remember_bot
from accounts.models import Language, Role, User
from accounts.threads import in_thread
from observability.events import emit

EVERYBODYS = ""
# Telegram picks by the language of the person's app: Russian for everybody but those who use it in English.
_PUBLISHED = ((Language.RU, None), (Language.EN, "en"))
# Where commands of an earlier bot may still stand, before those of everybody.
_OBSOLETE_SCOPES = (
    BotCommandScopeAllPrivateChats(),
    BotCommandScopeAllGroupChats(),
    BotCommandScopeAllChatAdministrators(),
)
_OBSOLETE_LANGUAGES = ("ru", "uk", "be", "kk")
_LONGEST_DESCRIPTION = 512
_LONGEST_SHORT_DESCRIPTION = 120


def commands(role: Role) -> list[BotCommand]:
    """The menu of commands of a role, in the language that is active."""
    listed = {
        "start": _("Menu"),
        "book": _("Book a visit"),
        "my": _("My bookings"),
        "language": _("Language"),
        "privacy": _("Your data"),
        "help": _("Help"),
    }
    if role in AT_THE_DESK:
        desk = {
            "schedule": _("Schedule"),
            "new": _("New booking"),
            "dayoff": _("Day off"),
            "lunch": _("Lunch"),
        }
        listed = desk | listed
    return [BotCommand(command=name, description=words) for name, words in listed.items()]


def description() -> str:
    """What an empty chat shows, in the language that is active."""
    words = _(
        "I book visits to %(shop)s: choose a service, a master, a day and a time. "
        "If your plans change, move or cancel the visit right here."
    )
    return Truncator(words % {"shop": settings.SHOP_NAME}).chars(_LONGEST_DESCRIPTION)


def short_description() -> str:
    """What the bot's profile and a shared link show."""
    words = _("Booking at %(shop)s in half a minute") % {"shop": settings.SHOP_NAME}
    return Truncator(words).chars(_LONGEST_SHORT_DESCRIPTION)


async def publish_profile(bot: Bot) -> None:
    """Tell Telegram everybody's commands and the descriptions, clear what was there before, and keep the bot's name."""
    me = await bot.me()
    await in_thread(remember_bot, telegram_id=me.id, username=me.username or "", now=timezone.now())
    for language, code in _PUBLISHED:
        with translation.override(language):
            words, short, menu = description(), short_description(), commands(Role.CLIENT)
        await bot.set_my_commands(menu, language_code=code)
        await bot.set_my_description(words, language_code=code)
        await bot.set_my_short_description(short, language_code=code)
    for scope in _OBSOLETE_SCOPES:
        for code in (None, Language.RU, Language.EN):
            await bot.delete_my_commands(scope=scope, language_code=code)
    for code in _OBSOLETE_LANGUAGES:
        await bot.delete_my_commands(language_code=code)


def menu_for(user: User, app_language: str | None) -> str:
    """The name of the menu that the person's chat should show; EVERYBODYS when Telegram shows the right one anyway.

    It changes with the role, with the language that was chosen, and with the commands of a new version.
    """
    role = Role(user.role) if user.is_active else Role.CLIENT
    shown = Language.EN if (app_language or "").partition("-")[0].lower() == "en" else Language.RU
    if role not in AT_THE_DESK and user.language == shown:
        return EVERYBODYS
    kind = Role.MASTER if role in AT_THE_DESK else Role.CLIENT
    return f"{kind}-{user.language}-{_edition(kind, user.language)}"


async def keep_menu(bot: Bot, user: User, app_language: str | None) -> None:
    """Have the person's chat show their menu, if it shows another one; what Telegram refuses is tried at the next tap.

    `user.menu` is what the chat was given last.
    """
    wanted = menu_for(user, app_language)
    if wanted == user.menu or user.telegram_id is None:
        return
    scope = BotCommandScopeChat(chat_id=user.telegram_id)
    try:
        if wanted == EVERYBODYS:
            await bot.delete_my_commands(scope=scope)
        else:
            with translation.override(user.language):
                listed = commands(Role(user.role))
            await bot.set_my_commands(listed, scope=scope)
    except (TelegramAPIError, ClientDecodeError) as error:
        emit("menu_failed", level=logging.WARNING, actor_id=user.pk, reason_code=type(error).__name__)
        return
    await in_thread(_remember_menu, user, wanted)


def _remember_menu(user: User, menu: str) -> None:
    User.objects.filter(pk=user.pk, telegram_id=user.telegram_id).update(menu=menu)  # unless erased meanwhile
    user.menu = menu


@cache
def _edition(role: Role, language: str) -> str:
    with translation.override(language):
        return f"{zlib.crc32(repr(commands(role)).encode()):08x}"

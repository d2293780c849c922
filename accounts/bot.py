"""What everybody can ask whatever they do here: help, language and time zone."""

from aiogram import Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message
from django.utils import timezone, translation

from accounts import keyboards, texts
from accounts.callbacks import ChooseLanguage, ChooseTimeZone, Help, SetLanguage, SetTimeZone
from accounts.models import Language, Role, User
from accounts.screens import Screen, show
from accounts.services import set_language, set_time_zone


def language_screen(_user: User) -> Screen:
    return Screen(texts.choose_language(), keyboards.language_choice())


def help_screen(user: User) -> Screen:
    return Screen(texts.help_text(Role(user.role)), keyboards.keyboard(keyboards.privacy(), keyboards.way_back()))


def language_set_screen(user: User, code: str) -> Screen:
    """Switch and show the choice again, in the new language; an unknown code changes nothing."""
    if code in Language.values:
        set_language(user=user, language=Language(code))
    with translation.override(user.language):
        return language_screen(user)


def time_zone_screen(user: User) -> Screen:
    now = timezone.now()
    return Screen(texts.choose_time_zone(now=now), keyboards.time_zone_choice(user.time_zone, now=now))


def time_zone_set_screen(user: User, zone: str) -> Screen:
    """Keep the zone and show the choice again, with its tick."""
    return time_zone_screen(set_time_zone(user=user, time_zone=zone))


async def on_help(event: Message | CallbackQuery, user: User) -> None:
    await show(event, user, help_screen)


async def on_language(event: Message | CallbackQuery, user: User) -> None:
    await show(event, user, language_screen)


async def on_set_language(callback: CallbackQuery, callback_data: SetLanguage, user: User) -> None:
    await show(callback, user, language_set_screen, callback_data.code)


async def on_time_zone(callback: CallbackQuery, user: User) -> None:
    await show(callback, user, time_zone_screen)


async def on_set_time_zone(callback: CallbackQuery, callback_data: SetTimeZone, user: User) -> None:
    await show(callback, user, time_zone_set_screen, callback_data.zone)


def build_router() -> Router:
    router = Router(name="accounts")
    router.message.register(on_help, Command("help"))
    router.message.register(on_language, Command("language"))
    router.callback_query.register(on_help, Help.filter())
    router.callback_query.register(on_language, ChooseLanguage.filter())
    router.callback_query.register(on_set_language, SetLanguage.filter())
    router.callback_query.register(on_time_zone, ChooseTimeZone.filter())
    router.callback_query.register(on_set_time_zone, SetTimeZone.filter())
    return router

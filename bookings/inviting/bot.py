"""The conversation of inviting and of joining: parse, one call, reply."""

from aiogram import Bot, Router
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import CallbackQuery, Message

from accounts.links import HOME
from accounts.models import Role, User
from accounts.screens import show
from bookings.bot import on_menu
from bookings.inviting import screens
from bookings.inviting.callbacks import Invite, InviteAdmin, InviteMaster


async def on_link(message: Message, command: CommandObject, user: User) -> None:
    """Somebody has opened a link to the bot."""
    payload = command.args or HOME
    if payload == HOME:
        await on_menu(message, user)
    else:
        await show(message, user, screens.join, payload)


async def on_invite(callback: CallbackQuery, user: User) -> None:
    await show(callback, user, screens.whom)


async def on_invite_master(callback: CallbackQuery, user: User, bot: Bot) -> None:
    await _show_link(callback, user, bot, Role.MASTER)


async def on_invite_admin(callback: CallbackQuery, user: User, bot: Bot) -> None:
    await _show_link(callback, user, bot, Role.ADMIN)


async def _show_link(callback: CallbackQuery, user: User, bot: Bot, role: Role) -> None:
    me = await bot.me()
    await show(callback, user, screens.link, role, me.username or "")


def build_router() -> Router:
    """It comes before the router that takes every /start."""
    router = Router(name="inviting")
    router.message.register(on_link, CommandStart(deep_link=True))
    router.callback_query.register(on_invite, Invite.filter())
    router.callback_query.register(on_invite_master, InviteMaster.filter())
    router.callback_query.register(on_invite_admin, InviteAdmin.filter())
    return router

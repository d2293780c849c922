"""The screens of inviting and of joining. They run in a thread, language set."""

from urllib.parse import urlencode

from aiogram.types import InlineKeyboardButton
from django.utils import timezone

from accounts.actors import Actor
from accounts.errors import AccountError
from accounts.invites import create_invite
from accounts.keyboards import button, keyboard, way_back
from accounts.links import link_to
from accounts.models import Channel, Role, User
from accounts.screens import Screen
from bookings import services
from bookings import texts as shared
from bookings.desk.menus import menu_of
from bookings.inviting import texts
from bookings.inviting.callbacks import Invite, InviteAdmin, InviteMaster
from schedules.errors import ScheduleError


def whom(user: User) -> Screen:
    """Only the owner invites administrators."""
    roles = [button(texts.button_master(), InviteMaster())]
    if user.role == Role.OWNER:
        roles.append(button(texts.button_admin(), InviteAdmin()))
    return Screen(texts.whom(), keyboard(roles, way_back()))


def link(user: User, role: Role, bot_name: str) -> Screen:
    """Make an invite and show its link, which nothing but this message has."""
    try:
        invite, token = create_invite(role=role, by=Actor(user.pk, Channel.BOT), now=timezone.now())
    except AccountError as error:
        return Screen(shared.refusal(error), menu_of(user))
    url = link_to(bot_name, token)
    share = f"https://t.me/share/url?{urlencode({'url': url, 'text': texts.invitation()})}"
    send = InlineKeyboardButton(text=texts.button_send(), url=share)
    return Screen(texts.link(invite, url, user.time_zone), keyboard([send], way_back(Invite())))


def join(user: User, token: str) -> Screen:
    """Who opens a link has its role at once, and sees the menu of it."""
    try:
        joined = services.join_by_invite(user_id=user.pk, token=token, now=timezone.now())
    except (AccountError, ScheduleError) as error:
        return Screen(shared.refusal(error), menu_of(user))
    user.role = joined.user.role
    return Screen(texts.joined(joined.role), menu_of(user))

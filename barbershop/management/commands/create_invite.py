import asyncio
import json
from argparse import ArgumentParser
from typing import Any

from aiogram.exceptions import AiogramError
from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.actors import THE_OPERATOR
from accounts.invites import GRANTABLE, create_invite
from accounts.links import bot_username, link_to
from accounts.models import Role
from barbershop.telegram import build_bot


class Command(BaseCommand):
    help = "Make a one-time link that makes its opener a master or an administrator. It is shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        roles = [role.value for role in GRANTABLE]
        parser.add_argument("--role", required=True, choices=roles, help="what its opener becomes")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of words")

    def handle(self, *_args: Any, **options: Any) -> None:
        invite, token = create_invite(role=Role(options["role"]), by=THE_OPERATOR, now=timezone.now())
        username = bot_username() or asyncio.run(_username_by_telegram())
        link = link_to(username, token) if username else None
        message = f"/start {token}"
        if options["json"]:
            expires_at = invite.expires_at.isoformat()
            shown = {"ok": True, "invite_id": invite.pk, "role": invite.role, "expires_at": expires_at}
            self.stdout.write(json.dumps(shown | {"link": link, "message": message}))
            return
        until = timezone.localtime(invite.expires_at)
        self.stderr.write(f"Invite {invite.pk}, role {invite.role}, works once, until {until:%Y-%m-%d %H:%M %Z}.")
        self.stdout.write(link or f"The bot's name is not known yet. Let the person write to the bot: {message}")


async def _username_by_telegram() -> str:
    """What Telegram calls the bot, as long as no bot has run; nothing when there is no token or no answer."""
    if not settings.TELEGRAM_BOT_TOKEN:
        return ""
    bot = build_bot()
    try:
        me = await bot.me()
    except AiogramError:
        return ""
    finally:
        await bot.session.close()
    return me.username or ""

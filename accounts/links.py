"""Links to the bot, also from where nobody holds its token: what Telegram calls it is kept when it starts."""

import datetime as dt

from accounts.models import BotAccount

# What a link carries that only brings a person home; everything else is taken for an invite.
HOME = "home"


def remember_bot(*, telegram_id: int, username: str, now: dt.datetime) -> None:
    """Keep what Telegram calls the bot that runs."""
    BotAccount.objects.update_or_create(telegram_id=telegram_id, defaults={"username": username, "seen_at": now})


def bot_username() -> str:
    """The name of the bot that ran last, or nothing when none ever has."""
    return BotAccount.objects.order_by("-seen_at").values_list("username", flat=True).first() or ""


def link_to(username: str, payload: str = HOME) -> str:
    """A link that opens the private chat with the bot and sends it /start with this payload."""
    return f"https://t.me/{username}?start={payload}"

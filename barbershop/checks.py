"""What production refuses to start with. Each says what to set; none shows a value."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

_SHORTEST_SECRET_KEY = 50


@register(Tags.security)
def check_production_settings(**_kwargs: Any) -> list[CheckMessage]:
    """What every process needs outside development; no command starts without."""
    problems: list[CheckMessage] = []
    if settings.DEBUG:
        return problems
    if settings.SECRET_KEY == settings.INSECURE_SECRET_KEY or len(settings.SECRET_KEY) < _SHORTEST_SECRET_KEY:
        hint = f"Set SECRET_KEY or SECRET_KEY_FILE to at least {_SHORTEST_SECRET_KEY} random characters."
        problems.append(Error("SECRET_KEY is the development one, or too short.", hint=hint, id="barbershop.E001"))
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        hint = "Set ALLOWED_HOSTS to the host names that people use, separated by commas."
        problems.append(Error("ALLOWED_HOSTS is empty or open to all.", hint=hint, id="barbershop.E003"))
    return problems


@register(Tags.security, deploy=True)
def check_telegram_bot_token(**_kwargs: Any) -> list[CheckMessage]:
    """The deployment has a token. Bot and worker refuse to start without; the web process is not given it."""
    if settings.TELEGRAM_BOT_TOKEN:
        return []
    hint = "Set TELEGRAM_BOT_TOKEN or TELEGRAM_BOT_TOKEN_FILE to the token that @BotFather gave."
    return [Error("TELEGRAM_BOT_TOKEN is missing.", hint=hint, id="barbershop.E002")]


@register(Tags.security)
def check_telegram_api_base(**_kwargs: Any) -> list[CheckMessage]:
    """The token travels in the URL: only over HTTPS, or within this machine."""
    if _keeps_token_private(settings.TELEGRAM_API_BASE):
        return []
    hint = "Use an https:// address, or http:// with a loopback one."
    return [Error("TELEGRAM_API_BASE would send the token in the clear.", hint=hint, id="barbershop.E004")]


def _keeps_token_private(url: str) -> bool:
    try:
        base = urlsplit(url)
    except ValueError:
        return False
    return bool(base.hostname) and (base.scheme == "https" or (base.scheme == "http" and _is_loopback(base.hostname)))


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False

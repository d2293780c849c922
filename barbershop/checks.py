"""What production refuses to start with. Each says what to set; none shows a value."""

import ipaddress
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.http.request import validate_host

_SHORTEST_SECRET_KEY = 50
_WEBHOOK_SECRET = re.compile(r"[A-Za-z0-9_-]{32,256}")
_WEBHOOK_PORTS = {None, 443, 80, 88, 8443}  # https://core.telegram.org/bots/api#setwebhook


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


@register(Tags.security)
def check_webhook(**_kwargs: Any) -> list[CheckMessage]:
    """Telegram can push to this shop and nobody else can. Development may go without: `run_bot` refuses by itself."""
    if settings.TELEGRAM_MODE != "webhook":
        return []
    problems: list[CheckMessage] = []
    if settings.PUBLIC_URL or not settings.DEBUG:
        problems += _problems_of_address(settings.PUBLIC_URL)
    if not (settings.DEBUG or _WEBHOOK_SECRET.fullmatch(settings.TELEGRAM_WEBHOOK_SECRET)):
        hint = "Set TELEGRAM_WEBHOOK_SECRET or TELEGRAM_WEBHOOK_SECRET_FILE to 32 to 256 of A-Z a-z 0-9 _ -."
        problems.append(Error("TELEGRAM_WEBHOOK_SECRET is missing or weak.", hint=hint, id="barbershop.E006"))
    return problems


def _problems_of_address(url: str) -> list[CheckMessage]:
    base = _split(url)
    if base is None or not _can_be_pushed_to(base):
        hint = "Set PUBLIC_URL to https://HOST, with nothing behind it but a port: 443, 80, 88 or 8443."
        return [Error("PUBLIC_URL is nothing that Telegram pushes to.", hint=hint, id="barbershop.E005")]
    if not (settings.DEBUG or validate_host(base.hostname or "", settings.ALLOWED_HOSTS)):
        hint = "Add the host of PUBLIC_URL to ALLOWED_HOSTS."
        return [Error("The web would refuse Telegram's pushes.", hint=hint, id="barbershop.E007")]
    return []


def _keeps_token_private(url: str) -> bool:
    base = _split(url)
    return base is not None and (base.scheme == "https" or (base.scheme == "http" and _is_loopback(base.hostname)))


def _can_be_pushed_to(base: SplitResult) -> bool:
    if base.path or base.query or base.fragment or base.username is not None:
        return False
    if base.scheme == "https":
        return base.port in _WEBHOOK_PORTS
    return settings.DEBUG and base.scheme == "http" and _is_loopback(base.hostname)


def _split(url: str) -> SplitResult | None:
    """The parts of an address with a host; None when it is none."""
    try:
        base = urlsplit(url)
        is_whole = bool(base.hostname) and base.port != 0
    except ValueError:
        return None
    return base if is_whole else None


def _is_loopback(host: str | None) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False

"""The webhook's registration: setWebhook, deleteWebhook, getWebhookInfo."""

import re
from urllib.parse import urlsplit

from barbershop.sandbox.call import Call, method
from barbershop.sandbox.errors import bad_request
from barbershop.sandbox.guard import is_loopback
from barbershop.sandbox.methods.polling import read_allowed
from barbershop.sandbox.push import Webhook
from barbershop.sandbox.state import Json

MAX_CONNECTIONS = 100
DEFAULT_CONNECTIONS = 40
MAX_SECRET = 256
PORTS = frozenset({443, 80, 88, 8443})
_NO_WEBHOOK = {"url": "", "has_custom_certificate": False}


@method(
    "setWebhook",
    "url",
    "certificate",
    "ip_address",
    "max_connections",
    "allowed_updates",
    "drop_pending_updates",
    "secret_token",
)
async def set_webhook(call: Call) -> bool:
    params = call.params
    webhook = _read_webhook(call) if params.text("url") else None
    allowed = read_allowed(params)
    if allowed is not None:
        call.world.updates.allowed = frozenset(allowed)
    if params.flag("drop_pending_updates"):
        call.world.updates.drop_pending()
    call.world.push.set(webhook)
    call.world.feed.add("webhook")
    return True


@method("deleteWebhook", "drop_pending_updates")
async def delete_webhook(call: Call) -> bool:
    if call.params.flag("drop_pending_updates"):
        call.world.updates.drop_pending()
    call.world.push.set(None)
    call.world.feed.add("webhook")
    return True


@method("getWebhookInfo")
async def get_webhook_info(call: Call) -> Json:
    updates, webhook = call.world.updates, call.world.push.webhook
    info = webhook.info() if webhook else _NO_WEBHOOK
    allowed = {"allowed_updates": sorted(updates.allowed)} if updates.allowed else {}
    return {**info, "pending_update_count": len(updates), **allowed}


def _read_webhook(call: Call) -> Webhook:
    params, rules = call.params, call.world.rules
    _check_url(call, params.text("url"))
    secret = params.text("secret_token")
    if "webhook_secret" in rules:
        if len(secret.encode()) > MAX_SECRET:
            raise bad_request("secret token is too long")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret, re.ASCII):
            raise bad_request("secret token contains unallowed characters")
    wanted = params.integer("max_connections", DEFAULT_CONNECTIONS)
    return Webhook(
        url=params.text("url"),
        secret_token=secret,
        max_connections=min(max(wanted, 1), MAX_CONNECTIONS),
        has_custom_certificate=bool(params.files),
        ip_address=params.text("ip_address"),
    )


def _check_url(call: Call, url: str) -> None:
    """HTTPS on a few ports; loopback is as free as with `--local` on the open server."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or parts.scheme not in {"http", "https"}:
        raise bad_request("invalid webhook URL specified")
    if is_loopback(host):
        return
    if parts.scheme == "http" and "webhook_https" in call.world.rules:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (port or 443) not in PORTS and "webhook_port" in call.world.rules:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")

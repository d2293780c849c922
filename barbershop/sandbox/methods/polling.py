"""getMe, getUpdates and the webhook's registration (updates are not pushed to it)."""

from barbershop.sandbox.call import Call, method
from barbershop.sandbox.state import Json
from barbershop.sandbox.updates import MAX_LIMIT, Update


@method("getMe")
async def get_me(call: Call) -> Json:
    return {
        **call.world.bot,
        "can_join_groups": False,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@method("getUpdates", "offset", "limit", "timeout", "allowed_updates")
async def get_updates(call: Call) -> list[Update]:
    return await call.world.updates.fetch(
        offset=call.params.integer("offset"),
        limit=call.params.integer("limit", MAX_LIMIT),
        timeout=call.params.integer("timeout"),
        allowed=_allowed(call),
    )


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
    updates, url = call.world.updates, call.params.text("url")
    allowed = _allowed(call)
    if allowed is not None:
        updates.allowed = frozenset(allowed)
    if call.params.flag("drop_pending_updates"):
        updates.drop_pending()
    has_certificate = "certificate" in call.params.files
    updates.set_webhook({"url": url, "has_custom_certificate": has_certificate} if url else None)
    return True


@method("deleteWebhook", "drop_pending_updates")
async def delete_webhook(call: Call) -> bool:
    if call.params.flag("drop_pending_updates"):
        call.world.updates.drop_pending()
    call.world.updates.set_webhook(None)
    return True


@method("getWebhookInfo")
async def get_webhook_info(call: Call) -> Json:
    updates = call.world.updates
    info = updates.webhook or {"url": "", "has_custom_certificate": False}
    allowed = {"allowed_updates": sorted(updates.allowed)} if updates.allowed else {}
    return {**info, "pending_update_count": len(updates), **allowed}


def _allowed(call: Call) -> list[str] | None:
    """`None`: not given (or no list of strings), the earlier choice stays; an empty list: the default."""
    value = call.params.json("allowed_updates")
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        return None
    return [name.lower() for name in value]

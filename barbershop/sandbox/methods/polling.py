"""getMe and getUpdates."""

from barbershop.sandbox.call import Call, Params, method
from barbershop.sandbox.state import Json
from barbershop.sandbox.updates import MAX_LIMIT, Update


@method("getMe")
async def get_me(call: Call) -> Json:
    return {
        **call.world.bot,
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }


@method("getUpdates", "offset", "limit", "timeout", "allowed_updates")
async def get_updates(call: Call) -> list[Update]:
    return await call.world.updates.fetch(
        offset=call.params.integer("offset"),
        limit=call.params.integer("limit", MAX_LIMIT),
        timeout=call.params.integer("timeout"),
        allowed=read_allowed(call.params),
    )


def read_allowed(params: Params) -> list[str] | None:
    """`None`: not given (or no list of strings), the earlier choice stays; an empty list: the default."""
    value = params.json("allowed_updates")
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        return None
    return [name.lower() for name in value]

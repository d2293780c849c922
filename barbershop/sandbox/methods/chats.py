"""What a chat is, and leaving one: getChat, getChatMemberCount, leaveChat."""

from barbershop.sandbox.call import Call, method
from barbershop.sandbox.errors import bad_request
from barbershop.sandbox.group_acts import leave
from barbershop.sandbox.groups import Group
from barbershop.sandbox.state import Json


@method("getChat", "chat_id")
async def get_chat(call: Call) -> Json:
    return {
        **call.chat().chat(),
        "accent_color_id": 0,
        "max_reaction_count": 11,
        "accepted_gift_types": dict.fromkeys(
            (
                "unlimited_gifts",
                "limited_gifts",
                "unique_gifts",
                "premium_subscription",
                "gifts_from_channels",
            ),
            False,
        ),
    }


@method("getChatMemberCount", "chat_id")
async def get_chat_member_count(call: Call) -> int:
    call.chat()
    return 2


@method("leaveChat", "chat_id")
async def leave_chat(call: Call) -> bool:
    chat = call.joined_chat()
    if not isinstance(chat, Group):
        if "leave_groups_only" in call.world.rules:
            raise bad_request("Can't leave private chats")
        return True
    if chat.joined:
        leave(call.world, chat)
    return True

"""Changing what was sent: https://core.telegram.org/bots/api#updating-messages."""

from typing import Any

from barbershop.sandbox.call import MAX_TEXT, Call, method
from barbershop.sandbox.entities import FormattedText
from barbershop.sandbox.errors import NOT_MODIFIED, bad_request
from barbershop.sandbox.groups import Chat
from barbershop.sandbox.keyboards import Markup, read_markup
from barbershop.sandbox.state import Message

DELETABLE_SECONDS = 48 * 3600
_ADDRESS = ("business_connection_id", "chat_id", "message_id", "inline_message_id", "reply_markup")


@method("editMessageText", "text", "parse_mode", "entities", "link_preview_options", *_ADDRESS)
async def edit_message_text(call: Call) -> Any:
    formatted = call.formatted("text", "entities", required=True, limit=MAX_TEXT)
    markup = _new_markup(call)
    chat = _addressed(call)
    message = _editable(call, chat)
    if message is None:
        return True
    if message.document is not None and "text_to_edit" in call.world.rules:
        raise bad_request("there is no text in the message to edit")
    result = _apply(call, message, formatted, markup)
    message.source = call.params.text("text")
    return result


@method("editMessageReplyMarkup", *_ADDRESS)
async def edit_message_reply_markup(call: Call) -> Any:
    markup = _new_markup(call)
    chat = _addressed(call)
    message = _editable(call, chat)
    if message is None:
        return True
    return _apply(call, message, FormattedText(message.text, message.entities), markup)


@method("deleteMessage", "chat_id", "message_id")
async def delete_message(call: Call) -> bool:
    rules = call.world.rules
    if not call.params.text("chat_id") and "chat_id_required" in rules:
        raise bad_request("chat identifier is not specified")
    if not call.params.integer("message_id"):
        raise bad_request("message identifier is not specified")
    chat = call.joined_chat()
    message = call.world.message(chat, call.params.integer("message_id"))
    if message is None:
        if "message_to_delete" in rules:
            raise bad_request("message to delete not found")
        return True
    too_old = call.world.clock() - message.date > DELETABLE_SECONDS
    if too_old and "delete_within_48_hours" in rules:
        raise bad_request("message can't be deleted for everyone")
    call.world.delete(chat, message)
    return True


def _new_markup(call: Call) -> Markup | None:
    return read_markup(call.params.text("reply_markup"), call.world.rules, inline_only=True)


def _addressed(call: Call) -> Chat:
    if not call.params.text("chat_id") and not call.params.integer("message_id"):
        raise bad_request("message identifier is not specified")
    return call.joined_chat()


def _editable(call: Call, chat: Chat) -> Message | None:
    """`None` only with the rule `message_to_edit` switched off."""
    message = call.world.message(chat, call.params.integer("message_id"))
    if message is None:
        if "message_to_edit" in call.world.rules:
            raise bad_request("message to edit not found")
        return None
    reply_keyboard = message.markup is not None and "inline_keyboard" not in message.markup
    if (not message.from_bot or reply_keyboard) and "own_message" in call.world.rules:
        raise bad_request("message can't be edited")
    return message


def _apply(call: Call, message: Message, formatted: FormattedText, markup: Markup | None) -> Any:
    """An edit without reply_markup takes the keyboard away."""
    after = (formatted.text, formatted.entities, markup)
    if message.content() == after and "not_modified" in call.world.rules:
        raise bad_request(NOT_MODIFIED)
    message.text, message.entities, message.markup = after
    message.edits += 1
    message.edit_date = int(call.world.clock())
    call.world.mark_changed(message)
    return call.world.render(message)

"""Sending: sendMessage, sendDocument, sendChatAction; and getFile."""

from barbershop.sandbox.call import MAX_CAPTION, MAX_TEXT, Call, Upload, method
from barbershop.sandbox.errors import bad_request, too_large
from barbershop.sandbox.keyboards import read_markup
from barbershop.sandbox.state import Json, StoredFile

# Accepted as documented; they change nothing in a private chat of the sandbox.
_OPTIONS = (
    "business_connection_id",
    "message_thread_id",
    "direct_messages_topic_id",
    "disable_notification",
    "protect_content",
    "allow_paid_broadcast",
    "message_effect_id",
    "suggested_post_parameters",
    "reply_parameters",
    "reply_markup",
)
_ACTIONS = frozenset(
    {"typing", "choose_sticker", "find_location", "upload_photo", "upload_document"}
    | {f"{verb}_{what}" for verb in ("record", "upload") for what in ("video", "voice", "audio", "video_note")}
)


@method("sendMessage", "chat_id", "text", "parse_mode", "entities", "link_preview_options", *_OPTIONS)
async def send_message(call: Call) -> Json:
    formatted = call.formatted("text", "entities", required=True, limit=MAX_TEXT)
    markup = read_markup(call.params.text("reply_markup"), call.world.rules)
    chat = call.writable_chat()
    message = call.world.add_message(chat, formatted=formatted, source=call.params.text("text"), markup=markup)
    return call.world.render(message)


@method(
    "sendDocument",
    "chat_id",
    "document",
    "thumbnail",
    "caption",
    "parse_mode",
    "caption_entities",
    "disable_content_type_detection",
    *_OPTIONS,
)
async def send_document(call: Call) -> Json:
    formatted = call.formatted("caption", "caption_entities", required=False, limit=MAX_CAPTION)
    markup = read_markup(call.params.text("reply_markup"), call.world.rules)
    document = _document(call)
    chat = call.writable_chat()
    message = call.world.add_message(
        chat,
        formatted=formatted,
        source=call.params.text("caption"),
        markup=markup,
        document=document,
    )
    return call.world.render(message)


def _document(call: Call) -> StoredFile:
    """From the form field itself, from `attach://<field>`, or a file already sent."""
    given = call.params.text("document")
    upload = call.params.files.get(given.removeprefix("attach://") or "document")
    if upload is not None:
        _check_upload(call, upload)
        return call.world.add_file(upload.name, upload.mime_type, upload.content)
    if given in call.world.files:
        return call.world.files[given]
    raise bad_request("wrong file identifier/HTTP URL specified" if given else "there is no document in the request")


def _check_upload(call: Call, upload: Upload) -> None:
    if len(upload.content) > call.world.max_file_bytes and "document_size" in call.world.rules:
        raise too_large()
    if not upload.content and "document_not_empty" in call.world.rules:
        raise bad_request("file must be non-empty")


@method("sendChatAction", "chat_id", "action", "business_connection_id", "message_thread_id")
async def send_chat_action(call: Call) -> bool:
    action = call.params.text("action").lower()
    if action not in _ACTIONS and "chat_action" in call.world.rules:
        raise bad_request("wrong parameter action in request")
    chat = call.writable_chat()
    call.world.feed.add("action", person=chat.id, action=action)
    return True


@method("getFile", "file_id")
async def get_file(call: Call) -> Json:
    stored = call.world.files.get(call.params.text("file_id"))
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    document = stored.document()
    return {
        "file_id": stored.file_id,
        "file_unique_id": document["file_unique_id"],
        "file_size": document["file_size"],
        "file_path": f"documents/{stored.file_id}",
    }

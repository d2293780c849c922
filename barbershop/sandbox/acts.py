"""What a person does: writes, taps, shares, forwards, blocks, opens links, asks inline."""

import re
import secrets
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

from barbershop.sandbox.entities import FormattedText, find_commands
from barbershop.sandbox.groups import Chat, Group, membership
from barbershop.sandbox.keyboards import buttons_of
from barbershop.sandbox.state import CallbackQuery, InlineQuery, Json, Message, Person
from barbershop.sandbox.world import RefusedError, World

# Telegram doesn't publish when a message is too old to come with a tap.
INACCESSIBLE_AFTER_SECONDS = 48 * 3600
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
_HOSTS = frozenset({"t.me", "telegram.me"})
_INLINE_BOT: Json = {"id": 77700, "is_bot": True, "first_name": "Pictures", "username": "pictures_bot"}


def say(world: World, person: Person, text: str, *, chat: Chat | None = None, extra: Json | None = None) -> Message:
    """A typed message; the first one in the private chat, usually /start, opens it."""
    _check_can_write(person)
    text = text.strip()
    if not text:
        raise RefusedError("an empty text can't be sent")
    place = chat or person
    if place is person:
        person.started = True
    formatted = FormattedText(text, find_commands(text))
    message = world.add_message(place, sender=person, formatted=formatted, source=text, extra=extra)
    free = "privacy_mode" not in world.rules
    if free or isinstance(place, Person) or place.shows_to_bot(text, bot_name=str(world.bot["username"])):
        deliver(world, message)
    return message


def deliver(world: World, message: Message) -> None:
    chat = world.chat(message.chat_id)
    in_channel = isinstance(chat, Group) and chat.kind == "channel"
    world.updates.push("channel_post" if in_channel else "message", world.render(message))


def share_contact(world: World, person: Person, contact: Json) -> Message:
    _check_can_write(person)
    person.started = True
    message = world.add_message(person, sender=person, formatted=FormattedText(""))
    message.contact = contact
    deliver(world, message)
    return message


def forward(world: World, person: Person, text: str, origin: Json) -> Message:
    """Forward somebody's words to the bot; `origin` is a MessageOrigin but for its date."""
    when = int(world.clock()) - 60
    return say(world, person, text, extra={"forward_origin": {**origin, "date": when}, "forward_date": when})


def say_through_a_bot(world: World, person: Person, text: str) -> Message:
    """Send the bot what another bot offered inline."""
    return say(world, person, text, extra={"via_bot": _INLINE_BOT})


def tap(world: World, person: Person, message: Message, data: str) -> CallbackQuery:
    """A message that the bot can't see any more, since it is deleted or old, comes as an inaccessible one."""
    _check_can_write(person)
    chat = world.chat(message.chat_id)
    old = world.clock() - message.date > INACCESSIBLE_AFTER_SECONDS and "old_messages_inaccessible" in world.rules
    shown = world.render(message)
    if old or world.message(chat, message.message_id) is None:
        shown = {"message_id": message.message_id, "chat": chat.chat(), "date": 0}
    query = CallbackQuery(str(secrets.randbits(62)), person.id, chat.id, message.message_id, data, at=world.clock())
    world.add_query(query)
    world.feed.add("tap", person=chat.id, query=query.id, message=message.message_id)
    body = {
        "id": query.id,
        "from": person.user(),
        "message": shown,
        "chat_instance": str(world.bot["id"] * 1_000_003 + chat.id),
        "data": data,
    }
    world.updates.push("callback_query", body)
    return query


def block(world: World, person: Person, *, blocked: bool) -> None:
    if person.blocked == blocked:
        return
    person.blocked = blocked
    before, after = ("member", "kicked") if blocked else ("kicked", "member")
    tell_membership(world, person, by=person.user(), before=before, after=after)
    world.feed.add("people", person=person.id)


def tell_membership(world: World, chat: Chat, *, by: Json, before: str, after: str) -> None:
    body = {
        "chat": chat.chat(),
        "from": by,
        "date": int(world.clock()),
        "old_chat_member": membership(world.bot, before),
        "new_chat_member": membership(world.bot, after),
    }
    world.updates.push("my_chat_member", body)


def open_link(world: World, person: Person, url: str) -> Message:
    """Follow a deep link to this bot and press Start: https://core.telegram.org/bots/features#deep-linking."""
    parts = urlsplit(url if "://" in url else f"https://{url}")
    bot_name = str(world.bot["username"])
    if parts.hostname not in _HOSTS or parts.path.strip("/").lower() != bot_name.lower():
        msg = f"not a link to this bot, which is https://t.me/{bot_name}"
        raise RefusedError(msg)
    return start(world, person, parse_qs(parts.query).get("start", [""])[0])


def start(world: World, person: Person, payload: str) -> Message:
    if not _PAYLOAD.fullmatch(payload) and "start_payload" in world.rules:
        raise RefusedError("a payload has at most 64 letters, digits, underscores and hyphens")
    return say(world, person, f"/start {payload}")


def ask_inline(world: World, person: Person, query: str, *, offset: str = "") -> InlineQuery:
    """Type the bot's name and a query in some other chat."""
    asked = InlineQuery(str(secrets.randbits(62)), person.id, query, at=world.clock())
    world.inline_queries[asked.id] = asked
    body = {"id": asked.id, "from": person.user(), "query": query, "offset": offset, "chat_type": "private"}
    world.updates.push("inline_query", body)
    return asked


def find_button(messages: Iterable[Message], wanted: str) -> tuple[Message, Json]:
    """The callback button whose data or text is `wanted`, else whose text contains it, on the newest
    message that has one."""
    for message in reversed(list(messages)):
        buttons = [button for button in buttons_of(message.markup) if "callback_data" in button]
        exact = [b for b in buttons if wanted in (b["callback_data"], b["text"])]
        found = exact or [b for b in buttons if wanted in b["text"]]
        if len({b["callback_data"] for b in found}) > 1:
            msg = f"several buttons fit {wanted!r}: {[b['text'] for b in found]}"
            raise RefusedError(msg)
        if found:
            return message, found[0]
    msg = f"no button {wanted!r}"
    raise RefusedError(msg)


def _check_can_write(person: Person) -> None:
    if person.blocked:
        raise RefusedError("this person has blocked the bot")

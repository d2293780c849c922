"""What isn't a private conversation: groups, channels, inline queries, forwarded messages. Declined, and politely.

What is written to a group names nobody: the words are the same for all, and no row is read for them.
"""

from contextlib import suppress

from aiogram import Bot, Router
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramBadRequest, TelegramForbiddenError
from aiogram.types import (
    CallbackQuery,
    Chat,
    ChatMemberUpdated,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultsButton,
    Message,
)
from aiogram.types import User as TelegramUser
from django.utils import timezone, translation

from accounts import keyboards, texts
from accounts.links import HOME, link_to
from accounts.models import User
from accounts.reach import note_back, note_blocked
from accounts.screens import Screen, show
from accounts.services import language_of
from accounts.threads import in_thread
from observability.events import emit

PRIVATE, CHANNEL = "private", "channel"
_IN_THE_CHAT = {"member", "administrator", "creator", "restricted"}
_INLINE_CACHE_SECONDS = 300


def is_second_hand(message: Message) -> bool:
    """Whether these are somebody else's words, or another bot's."""
    return message.forward_origin is not None or message.via_bot is not None


def second_hand_screen(_user: User) -> Screen:
    return Screen(texts.second_hand(), keyboards.keyboard(keyboards.way_back()))


async def on_second_hand(message: Message, user: User) -> None:
    """They answer no question, and the one that is open stays so."""
    await show(message, user, second_hand_screen)


async def on_my_chat_member(event: ChatMemberUpdated, bot: Bot) -> None:
    """A person has blocked the bot or come back; or somebody has put it where it doesn't work."""
    status = event.new_chat_member.status
    if event.chat.type != PRIVATE:
        if status in _IN_THE_CHAT:
            await leave(event.chat, event.from_user, bot)
    elif status == "kicked":
        await in_thread(note_blocked, telegram_id=event.chat.id, now=timezone.now())
    else:
        await in_thread(note_back, telegram_id=event.chat.id)


async def on_inline_query(query: InlineQuery) -> None:
    """No results, only a way to the private chat."""
    with translation.override(language_of(query.from_user.language_code)):
        button = InlineQueryResultsButton(text=texts.button_private_chat(), start_parameter=HOME)
    await query.answer([], cache_time=_INLINE_CACHE_SECONDS, is_personal=True, button=button)


async def decline(event: Message | CallbackQuery, chat: Chat, bot: Bot) -> None:
    """Somebody speaks to the bot in a group or a channel: one line with the way to the private chat, and out.

    A tap is answered with the same words, to the one who tapped.
    """
    sender = event.from_user
    if isinstance(event, CallbackQuery):
        with translation.override(language_of(event.from_user.language_code)):
            words = texts.private_only()
        with suppress(TelegramAPIError, ClientDecodeError):
            await event.answer(words, show_alert=True)
    elif (event.text or "").startswith("/"):
        await leave(chat, sender, bot)


async def leave(chat: Chat, sender: TelegramUser | None, bot: Bot) -> None:
    """Say once why, in a group to all and for a channel to who put the bot there, and leave; both may be forbidden.

    A leave that fails is made up for when the bot is called there next: trying at once would say it all again.
    """
    with translation.override(language_of(sender.language_code if sender else None)):
        words, label = texts.private_only(), texts.button_private_chat()
    me = await bot.me()
    button = InlineKeyboardButton(text=label, url=link_to(me.username or ""))
    listener = (sender.id if sender else None) if chat.type == CHANNEL else chat.id
    try:
        if listener is not None:
            await bot.send_message(listener, words, reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]]))
    except (TelegramForbiddenError, TelegramBadRequest) as error:
        emit("group_declined", what="not_told", reason_code=type(error).__name__)
    try:
        await bot.leave_chat(chat.id)
    except (TelegramAPIError, ClientDecodeError) as error:
        emit("group_declined", what="not_left", reason_code=type(error).__name__)
    else:
        emit("group_declined", what="left")


def build_router() -> Router:
    """It comes first: what is second hand must reach nobody who would take it for the person's own."""
    router = Router(name="elsewhere")
    router.message.register(on_second_hand, is_second_hand, flags={"access": "second_hand"})
    router.my_chat_member.register(on_my_chat_member, flags={"access": "my_chat_member"})
    router.inline_query.register(on_inline_query, flags={"access": "inline_query"})
    return router

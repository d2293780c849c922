"""What becomes of a lane that sends too much: one warning, then silence, and everything that waits is let go."""

import json
import logging
from collections import Counter
from contextlib import suppress
from typing import Any, NamedTuple

from aiogram import Bot
from aiogram.exceptions import ClientDecodeError, TelegramAPIError
from aiogram.types import Update
from django.utils import translation

from accounts import inbox, texts
from accounts.elsewhere import PRIVATE
from accounts.models import User
from accounts.services import language_of
from accounts.threads import in_thread
from barbershop.access import command_of
from observability.events import emit
from observability.metrics import THROTTLED

# Rows of one statement; with the longest messages about two megabytes.
BATCH = 100


class Batch(NamedTuple):
    """How many updates were let go, and the taps among them, which want an answer all the same."""

    updates: int
    taps: list[str]


async def shed(bot: Bot, update: Update, *, lane: int, is_first: bool) -> None:
    """Let go of the update that was too much and of all that wait behind it; the first of an episode is told so."""
    if is_first:
        await _warn(bot, update, lane)
    warned = update.callback_query.id if is_first and update.callback_query else ""
    while True:
        batch = await in_thread(_let_go, lane)
        for query_id in batch.taps:
            if query_id != warned:
                await _answer(bot, query_id)
        if batch.updates < BATCH:
            return


def _let_go(lane: int) -> Batch:
    updates: list[dict[str, Any]] = [json.loads(payload) for payload in inbox.shed_waiting(lane, limit=BATCH)]
    for command, count in Counter(map(command_of, updates)).items():
        THROTTLED.labels(command=command).inc(count)
    taps = [update["callback_query"] for update in updates if isinstance(update.get("callback_query"), dict)]
    return Batch(len(updates), [str(tap["id"]) for tap in taps if "id" in tap])


async def _warn(bot: Bot, update: Update, lane: int) -> None:
    """A tap is answered with the words, which leaves nothing in the chat; a message by one, where no third is there."""
    user_id, language = await in_thread(_known, lane)
    who = {"actor_id": user_id} if user_id else {"source": f"telegram:{lane}"}
    emit("abuse_throttled", level=logging.WARNING, what="user", **who)
    event = update.callback_query or update.message
    if event is None or event.from_user is None:
        return
    with translation.override(language or language_of(event.from_user.language_code)):
        words = texts.too_fast()
    if update.callback_query:
        await _answer(bot, update.callback_query.id, words)
    elif update.message and update.message.chat.type == PRIVATE:
        with suppress(TelegramAPIError, ClientDecodeError):
            await bot.send_message(update.message.chat.id, words)


def _known(lane: int) -> tuple[int | None, str]:
    """The person's id and the language they chose; nobody's for a stranger."""
    return User.objects.filter(telegram_id=lane).values_list("pk", "language").first() or (None, "")


async def _answer(bot: Bot, query_id: str, words: str | None = None) -> None:
    with suppress(TelegramAPIError, ClientDecodeError):
        await bot.answer_callback_query(query_id, words, show_alert=bool(words))

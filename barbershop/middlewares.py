"""What every update passes before its handler, outermost first: correlation, identity, answer-the-callback."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiogram import BaseMiddleware, Bot
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.exceptions import ClientDecodeError, TelegramAPIError
from aiogram.types import CallbackQuery, Message, TelegramObject, Update
from aiogram.types import User as TelegramUser
from django.utils import timezone, translation

from accounts import texts
from accounts.callbacks import Answer
from accounts.expectations import expected_input, forget_input
from accounts.models import ExpectedInput, User
from accounts.services import identify_telegram_user
from accounts.threads import in_thread
from observability.correlation import correlated
from observability.events import emit

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class CorrelationMiddleware(BaseMiddleware):
    """Everything an update causes carries `tg-<update_id>`; one line says how it ended."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        if not isinstance(event, Update):
            raise TypeError("this middleware wraps updates")
        started = time.perf_counter()
        outcome = "failed"
        with correlated(f"tg-{event.update_id}"):
            try:
                result = await handler(event, data)
                outcome = "unhandled" if result is UNHANDLED else "handled"
                return result
            finally:
                emit(
                    "bot_update",
                    update_id=event.update_id,
                    update_type=event.event_type,
                    outcome=outcome,
                    duration_ms=round((time.perf_counter() - started) * 1000),
                )


class IdentityMiddleware(BaseMiddleware):
    """Finds or creates the person behind a private chat, with the question they are to answer.

    Turns away whose access is closed and what isn't private. A command, or a tap that answers nothing, closes the
    question.
    """

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        sender: TelegramUser | None = data.get("event_from_user")
        chat = data.get("event_chat")
        if sender is None or sender.is_bot or chat is None or chat.type != "private":
            if isinstance(event, CallbackQuery):
                await _answer(event)
            return None
        user, question = await in_thread(_identify, sender, stays=_stays(event))
        if not user.is_active:
            await _turn_away(event, user, data["bot"])
            return None
        data["user"], data["question"] = user, question
        return await handler(event, data)


class AnswerMiddleware(BaseMiddleware):
    """Answers every tap at once, beside the slow work, and also when the handler fails."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        if not isinstance(event, CallbackQuery):
            return await handler(event, data)
        answering = asyncio.create_task(_answer(event))
        try:
            return await handler(event, data)
        finally:
            await answering


def _identify(sender: TelegramUser, *, stays: bool) -> tuple[User, ExpectedInput | None]:
    """One hop: the person, and the question they are to answer if they stay with it."""
    user = identify_telegram_user(telegram_id=sender.id, name=sender.full_name, language_code=sender.language_code)
    if stays:
        return user, expected_input(user_id=user.pk, now=timezone.now())
    forget_input(user_id=user.pk)
    return user, None


def _stays(event: TelegramObject) -> bool:
    """Whether this may answer an open question: words, whatever else is sent, or a button below the question."""
    if isinstance(event, CallbackQuery):
        return (event.data or "").startswith(f"{Answer.__prefix__}{Answer.__separator__}")
    return isinstance(event, Message) and not (event.text or "").startswith("/")


async def _answer(callback: CallbackQuery, text: str | None = None) -> None:
    """Stop the button's spinner; a query that is too old, or a Telegram that is away, must not spoil the handler."""
    with suppress(TelegramAPIError, ClientDecodeError):
        await callback.answer(text)


async def _turn_away(event: TelegramObject, user: User, bot: Bot) -> None:
    emit("rbac_deny", actor_id=user.pk, role=user.role, reason_code="user_disabled")
    with translation.override(user.language):
        words = texts.access_closed()
    if isinstance(event, CallbackQuery):
        await _answer(event, words)
    elif user.telegram_id:
        await bot.send_message(user.telegram_id, words)

"""What every update passes before its handler, outermost first: correlation, identity, answer, access."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from aiogram import BaseMiddleware
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.exceptions import ClientDecodeError, TelegramAPIError
from aiogram.types import CallbackQuery, Message, TelegramObject, Update
from aiogram.types import User as TelegramUser
from django.utils import timezone

from accounts import elsewhere, texts
from accounts.access import DISABLED, NOT_OWN, Refusal, Rule, deny, refusal
from accounts.callbacks import Answer
from accounts.expectations import expected_input, forget_answered, forget_input
from accounts.keyboards import keyboard, way_back
from accounts.models import ExpectedInput, User
from accounts.reach import note_back
from accounts.screens import Screen, show
from accounts.services import identify_telegram_user
from accounts.threads import in_thread
from barbershop import access, menus
from bookings.errors import BookingNotFound
from bookings.texts import refusal as refusal_words
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
    """Finds or creates the person behind a private chat, with the question they are to answer; lets nothing else in.

    A command, or a tap that answers nothing, closes the question.
    """

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        sender: TelegramUser | None = data.get("event_from_user")
        chat = data.get("event_chat")
        if sender is None or sender.is_bot or chat is None or chat.type != elsewhere.PRIVATE:
            if chat is not None and isinstance(event, Message | CallbackQuery):
                await elsewhere.decline(event, chat, data["bot"])
            return None
        user, question = await in_thread(_identify, sender, stays=_stays(event))
        data["user"], data["question"] = user, question
        return await handler(event, data)


class MenuMiddleware(BaseMiddleware):
    """After the answer, has the chat show the menu of commands of the person's role and language."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        result = await handler(event, data)
        await menus.keep_menu(data["bot"], data["user"], data["event_from_user"].language_code)
        return result


class AccessMiddleware(BaseMiddleware):
    """Runs a handler only when the table lets this person ask for it, and for what it names."""

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        user: User = data["user"]
        rule = access.RULES[access.key_of(data["handler"])]
        named = access.resource_of(rule, data)
        if named is None:
            refused = refusal(rule, user, resource_id=None)
        else:
            refused = await in_thread(refusal, rule, user, resource_id=named)
        if refused is None:
            return await handler(event, data)
        if isinstance(event, Message | CallbackQuery):
            await show(event, user, _refused, rule, refused)
        if data.get("question") is not None:  # it will not be answered any more
            await in_thread(forget_answered, data["question"])
        return None


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
    if user.bot_blocked_at is not None:
        note_back(telegram_id=sender.id)
    if stays:
        return user, expected_input(user_id=user.pk, now=timezone.now())
    forget_input(user_id=user.pk)
    return user, None


def _refused(user: User, rule: Rule, refused: Refusal) -> Screen:
    """Write the refusal down, and say it without saying whether there is such a thing."""
    deny(
        user,
        command=rule.command,
        reason_code=refused.reason_code,
        resource=refused.resource,
        resource_id=refused.resource_id,
    )
    return Screen(_words(rule, refused), keyboard(way_back()))


def _words(rule: Rule, refused: Refusal) -> str:
    if refused.reason_code == DISABLED:
        return texts.access_closed()
    if refused.reason_code == NOT_OWN:
        return refusal_words(BookingNotFound()) if refused.resource == "booking" else texts.not_yours()
    return texts.only_for(rule.roles)


def _stays(event: TelegramObject) -> bool:
    """Whether this may answer an open question: words, whatever else is sent, or a button below the question."""
    if isinstance(event, CallbackQuery):
        return (event.data or "").startswith(f"{Answer.__prefix__}{Answer.__separator__}")
    if not isinstance(event, Message):
        return False
    own_command = (event.text or "").startswith("/") and not elsewhere.is_second_hand(event)
    return not own_command


async def _answer(callback: CallbackQuery) -> None:
    """Stop the button's spinner; a query that is too old, or a Telegram that is away, must not spoil the handler."""
    with suppress(TelegramAPIError, ClientDecodeError):
        await callback.answer()

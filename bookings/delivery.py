"""What happens to a notification between the queue and Telegram: prepare, send, write down what became of it."""

import datetime as dt
import random
from typing import NamedTuple

from aiogram import Bot
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNotFound,
    TelegramRetryAfter,
)
from aiogram.types import InlineKeyboardMarkup
from django.db.models import F
from django.utils import timezone, translation

from accounts.threads import in_thread
from bookings.models import Notification, NotificationStatus
from bookings.news import keyboards, texts
from bookings.news.relevance import pointless
from bookings.retries import RetryLater
from observability.events import emit

MAX_ATTEMPTS = 12
FIRST_DELAY_SECONDS = 2.0
LONGEST_DELAY_SECONDS = 600.0
_FINAL = (TelegramForbiddenError, TelegramNotFound, TelegramBadRequest)


class Message(NamedTuple):
    """What to send, and the attempt this is (from 1)."""

    chat_id: int
    text: str
    keyboard: InlineKeyboardMarkup
    attempt: int


async def deliver(bot: Bot, notification_id: int, *, now: dt.datetime) -> None:
    """Send one notification unless it is done; RetryLater when Telegram could not take it this time."""
    message = await in_thread(prepare, notification_id, now=now)
    if message is None:
        return
    try:
        await bot.send_message(message.chat_id, message.text, reply_markup=message.keyboard)
    except TelegramRetryAfter as error:
        await in_thread(note_failure, notification_id, error, counts=False)
        raise RetryLater(error.retry_after) from error
    except _FINAL as error:
        await in_thread(give_up, notification_id, NotificationStatus.DEAD, type(error).__name__)
    except (TelegramAPIError, ClientDecodeError, OSError) as error:
        await _retry_or_give_up(notification_id, message.attempt, error)
    else:
        await in_thread(mark_sent, notification_id)


async def _retry_or_give_up(notification_id: int, attempt: int, error: Exception) -> None:
    if attempt >= MAX_ATTEMPTS:
        await in_thread(give_up, notification_id, NotificationStatus.DEAD, type(error).__name__)
        return
    await in_thread(note_failure, notification_id, error, counts=True)
    raise RetryLater(backoff_seconds(attempt)) from error


def backoff_seconds(attempt: int) -> float:
    """2, 4, 8 ... at most 600 seconds, each shortened at random by up to a half, so that retries spread."""
    delay = min(FIRST_DELAY_SECONDS * 2.0 ** (attempt - 1), LONGEST_DELAY_SECONDS)
    return delay * random.uniform(0.5, 1.0)  # noqa: S311 - jitter


def prepare(notification_id: int, *, now: dt.datetime) -> Message | None:
    """Count an attempt and write the words, or None when there is nothing left to send."""
    pending = Notification.objects.filter(pk=notification_id, status=NotificationStatus.PENDING)
    row = pending.select_related(
        "recipient", "booking__master", "booking__client", "slot_offer__master", "slot_offer__waitlist_entry"
    ).first()
    if row is None:
        return None
    if reason := pointless(row, now=now):
        give_up(notification_id, NotificationStatus.SKIPPED, reason)
        return None
    if row.attempts >= MAX_ATTEMPTS:
        give_up(notification_id, NotificationStatus.DEAD, row.last_error or "attempts_exhausted")
        return None
    pending.update(attempts=F("attempts") + 1)
    with translation.override(row.recipient.language):
        text, keyboard = texts.message(row, now=now), keyboards.below(row)
    return Message(row.recipient.telegram_id or 0, text, keyboard, row.attempts + 1)


def mark_sent(notification_id: int) -> None:
    """Telegram took it."""
    Notification.objects.filter(pk=notification_id, status=NotificationStatus.PENDING).update(
        status=NotificationStatus.SENT, sent_at=timezone.now()
    )
    emit("notification_sent", notification_id=notification_id)


def note_failure(notification_id: int, error: Exception, *, counts: bool) -> None:
    """This attempt failed; one that Telegram asked to put off does not count."""
    changes = {"last_error": type(error).__name__}
    pending = Notification.objects.filter(pk=notification_id, status=NotificationStatus.PENDING)
    pending.update(**changes, attempts=F("attempts") if counts else F("attempts") - 1)
    emit("notification_retried", notification_id=notification_id, reason_code=type(error).__name__)


def give_up(notification_id: int, status: NotificationStatus, reason: str) -> None:
    """The message will not be sent: dead (somebody should call) or skipped (it would not help)."""
    Notification.objects.filter(pk=notification_id, status=NotificationStatus.PENDING).update(
        status=status, last_error=reason
    )
    emit(f"notification_{status.value}", notification_id=notification_id, reason_code=reason)

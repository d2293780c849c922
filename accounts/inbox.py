"""The inbox of Telegram's updates: stored once, handled in order per lane, kept with its error when it fails."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import TelegramUpdate, UpdateStatus

CHANNEL = "telegram_updates"
MAX_ATTEMPTS = 8
_BIGINT_END = 2**63

_STORE = """
    INSERT INTO telegram_updates (update_id, lane, payload, status, error, received_at)
    VALUES (%s, %s, %s, 'pending', '', now())
    ON CONFLICT (update_id) DO NOTHING
"""
_HEADS = """
    SELECT DISTINCT lane FROM telegram_updates
     WHERE status = 'pending' AND lane <> ALL(%s::bigint[])
     LIMIT %s
"""
_TAKE = """
    UPDATE telegram_updates SET attempts = attempts + 1
     WHERE update_id = (SELECT min(update_id) FROM telegram_updates WHERE status = 'pending' AND lane = %s)
    RETURNING update_id, attempts, payload
"""


class Delivery(NamedTuple):
    """An update taken from the inbox; `attempt` counts from 1."""

    update_id: int
    attempt: int
    payload: str


def lane_of(update: Mapping[str, Any]) -> int:
    """Whose order the update keeps: its sender, else its chat, else 0; an id that is no bigint counts as none."""
    for content in update.values():
        if isinstance(content, dict):
            for who in ("from", "user", "chat"):
                person = content.get(who)
                lane = person.get("id") if isinstance(person, dict) else None
                if type(lane) is int and -_BIGINT_END <= lane < _BIGINT_END:
                    return lane
    return 0


def store_updates(updates: Iterable[Mapping[str, Any]]) -> None:
    """Commit the updates (each with an integer update_id) to the inbox, once each, and wake the consumer."""
    rows = [(update["update_id"], lane_of(update), json.dumps(update)) for update in updates]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_STORE, rows)
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])


def waiting_lanes(*, busy: Iterable[int], limit: int) -> list[int]:
    """Lanes that have something pending and nobody working on it."""
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, [list(busy), limit])
        return [lane for (lane,) in cursor.fetchall()]


def take_next(lane: int) -> Delivery | None:
    """The oldest pending update of a lane, its attempt counted before it is handled (a crash counts too)."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [lane])
        row = cursor.fetchone()
    return Delivery._make(row) if row else None


def mark_handled(update_id: int) -> None:
    """The update is done; what it said is erased."""
    TelegramUpdate.objects.filter(pk=update_id).update(
        status=UpdateStatus.HANDLED, payload="", error="", handled_at=timezone.now()
    )


def mark_failed(update_id: int, error: str) -> None:
    """The update can't be handled; it is kept with the error's class for a person to look at."""
    TelegramUpdate.objects.filter(pk=update_id).update(
        status=UpdateStatus.FAILED, error=error[:128], handled_at=timezone.now()
    )


def prune_handled(*, before: dt.datetime) -> int:
    """Delete the handled updates received before a moment (Telegram redelivers for 24 hours); how many."""
    deleted, _ = TelegramUpdate.objects.filter(status=UpdateStatus.HANDLED, received_at__lt=before).delete()
    return deleted

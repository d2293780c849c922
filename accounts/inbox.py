"""The inbox of Telegram's updates: stored once, handled in order per lane, kept with its error when it fails."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypeGuard

from django.db import connection, transaction
from django.db.models import Exists, F, Func, OuterRef, Value
from django.utils import timezone

from accounts.models import TelegramUpdate, UpdateStatus, User

CHANNEL = "telegram_updates"
MAX_ATTEMPTS = 8
_BIGINT_END = 2**63
_NOTICE_BYTES = 8000  # https://www.postgresql.org/docs/current/sql-notify.html

_STORE = """
    INSERT INTO telegram_updates (update_id, lane, payload, status, error, received_at)
    VALUES (%s, %s, %s, 'pending', '', now())
    ON CONFLICT (update_id) DO NOTHING
"""
# From lane to lane along the index: a lane with thousands pending costs no more than one with a single update.
_TAKE_HEADS = """
    WITH RECURSIVE head AS (
        (SELECT lane, update_id FROM telegram_updates WHERE status = 'pending' ORDER BY lane, update_id LIMIT 1)
        UNION ALL
        SELECT later.lane, later.update_id
          FROM head
         CROSS JOIN LATERAL (
            SELECT lane, update_id FROM telegram_updates
             WHERE status = 'pending' AND lane > head.lane
             ORDER BY lane, update_id LIMIT 1) AS later
    ), chosen AS (
        SELECT update_id FROM head WHERE lane <> ALL(%s::bigint[]) ORDER BY update_id LIMIT %s
    )
    UPDATE telegram_updates AS taken SET attempts = attempts + 1
      FROM chosen
     WHERE taken.update_id = chosen.update_id
    RETURNING taken.update_id, lane, attempts, payload
"""
# Both parts see the inbox as it was before, hence the DISTINCT.
_TAKE_NEXT = """
    WITH done AS (
        UPDATE telegram_updates SET status = 'handled', lane = 0, payload = '', error = '', handled_at = now()
         WHERE update_id = %(done)s::bigint
    )
    UPDATE telegram_updates SET attempts = attempts + 1
     WHERE update_id = (
        SELECT min(update_id) FROM telegram_updates
         WHERE status = 'pending' AND lane = %(lane)s AND update_id IS DISTINCT FROM %(done)s::bigint)
    RETURNING update_id, lane, attempts, payload
"""
# Whether the person can be reached is nothing that is asked for, and is kept.
_SHED = """
    WITH shed AS (
        SELECT update_id, payload FROM telegram_updates
         WHERE status = 'pending' AND lane = %s AND strpos(payload, '"my_chat_member":') = 0
         ORDER BY update_id LIMIT %s
    )
    UPDATE telegram_updates AS kept SET status = 'handled', lane = 0, payload = '', error = '', handled_at = now()
      FROM shed
     WHERE kept.update_id = shed.update_id
    RETURNING shed.payload
"""
# What was typed or opened has it behind /start and any white space; a tap brings along the message with the link.
_INVITE = r"(/start(?:@\w+)?|start=|start%3D)(?: |\\[fnrt]|\\u[0-9a-f]{4})*[A-Za-z0-9_-]{32,}"
_WITHOUT_INVITE = Func(F("payload"), Value(_INVITE), Value(r"\1"), Value("g"), function="regexp_replace")


class Delivery(NamedTuple):
    """An update taken from the inbox; `attempt` counts from 1."""

    update_id: int
    lane: int
    attempt: int
    payload: str


def is_update(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether the inbox can hold it: an object with an update_id that fits."""
    return isinstance(value, dict) and type(value.get("update_id")) is int and 0 <= value["update_id"] < _BIGINT_END


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
    """Commit the updates (see `is_update`) to the inbox, once each, and tell the consumer in which lanes."""
    rows = [(update["update_id"], lane_of(update), json.dumps(update)) for update in updates]
    lanes = ",".join({str(lane) for _, lane, _ in rows})
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(_STORE, rows)
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, lanes if len(lanes) < _NOTICE_BYTES else ""])


def take_heads(*, busy: Iterable[int], limit: int) -> list[Delivery]:
    """The oldest pending update of each lane that nobody works on, those that wait longest first.

    The attempt is counted before it is made: a crash counts too.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_HEADS, [list(busy), limit])
        return [Delivery._make(row) for row in cursor.fetchall()]


def take_next(lane: int, *, done: int | None = None) -> Delivery | None:
    """The oldest pending update of a lane, its attempt counted; `done` is marked as handled in the same breath."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_NEXT, {"lane": lane, "done": done})
        row = cursor.fetchone()
    return Delivery._make(row) if row else None


def shed_waiting(lane: int, *, limit: int) -> list[str]:
    """Mark the oldest pending updates of a lane as handled, unseen; their payloads, which are erased."""
    with connection.cursor() as cursor:
        cursor.execute(_SHED, [lane, limit])
        return [payload for (payload,) in cursor.fetchall()]


def mark_handled(update_id: int) -> None:
    """The update is done; what it said, and whose it was, is erased."""
    TelegramUpdate.objects.filter(pk=update_id).update(
        status=UpdateStatus.HANDLED, lane=0, payload="", error="", handled_at=timezone.now()
    )


def mark_failed(update_id: int, error: str) -> None:
    """The update can't be handled; it is kept with the error's class for a person to look at.

    But for the secret of a link that was opened or shown: an invite is kept as its hash only. Of what was tried to the
    end for somebody whom nobody knows nothing is kept: they may have been erased by it.
    """
    failed = TelegramUpdate.objects.filter(pk=update_id)
    failed.update(status=UpdateStatus.FAILED, error=error[:128], handled_at=timezone.now(), payload=_WITHOUT_INVITE)
    known = Exists(User.objects.filter(telegram_id=OuterRef("lane")))
    failed.filter(~known, attempts__gte=MAX_ATTEMPTS).update(payload="", lane=0)


def prune_handled(*, before: dt.datetime) -> int:
    """Delete the handled updates received before a moment (Telegram redelivers for 24 hours); how many."""
    deleted, _ = TelegramUpdate.objects.filter(status=UpdateStatus.HANDLED, received_at__lt=before).delete()
    return deleted

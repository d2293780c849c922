"""From Telegram into the inbox by push, in the web process; `poller.py` is the other way in."""

import json
import logging
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from psycopg_pool import PoolTimeout

from accounts.inbox import is_update, store_updates
from observability.events import emit

PATH = "telegram/webhook"
MAX_BODY = 1 << 20
_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """200 once the update is committed to the inbox; whatever else is answered, Telegram sends it again for a day.

    403 without the secret, before anything of the body is read; 413 and 400 for what Telegram never sends; 503 while
    the database is away. Source: https://core.telegram.org/bots/api#setwebhook
    """
    if not _knows_secret(request):
        return _reject(request, 403, "wrong_secret")
    body = _read_body(request)
    if len(body) > MAX_BODY:
        return _reject(request, 413, "body_too_large")
    update = _parse(body)
    if not is_update(update):
        return _reject(request, 400, "not_an_update")
    try:
        store_updates([update])
    except (DatabaseError, PoolTimeout) as error:
        emit("webhook_failed", level=logging.WARNING, reason_code=type(error).__name__)
        # Asked to, Telegram comes back in a second; left alone it waits longer each time, and what a person sends
        # meanwhile overtakes it.
        return HttpResponse(status=503, headers={"Retry-After": "1"})
    return HttpResponse()


def _knows_secret(request: HttpRequest) -> bool:
    """Without a configured secret nobody does."""
    configured = settings.TELEGRAM_WEBHOOK_SECRET
    return constant_time_compare(request.headers.get(_HEADER, ""), configured) and bool(configured)


def _read_body(request: HttpRequest) -> bytes:
    """At most one byte more than is allowed, whatever Content-Length says; nothing when the sender hangs up."""
    # Where the server marks the end of a body itself, one without a Content-Length (chunked) is read as well.
    stream = request.META["wsgi.input"] if request.META.get("wsgi.input_terminated") else request
    try:
        return bytes(stream.read(MAX_BODY + 1))
    except OSError:
        return b""


def _parse(body: bytes) -> Any:
    """What the JSON says; None for what is no JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _reject(request: HttpRequest, status: int, what: str) -> HttpResponse:
    emit("webhook_rejected", level=logging.WARNING, source=request.META.get("REMOTE_ADDR", ""), what=what)
    return HttpResponse(status=status)

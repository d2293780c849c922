"""Updates sent to a webhook: https://core.telegram.org/bots/api#setwebhook.

Order, retries and the words of errors are those of the open server (telegram-bot-api, WebhookActor.cpp). What a bot
has to live with: updates of one kind from one chat come in their order, one after another; a message and a tap of the
same person are two kinds, so after a failed delivery the tap may overtake the message, with `max_connections=1` too.
An update counts as taken only when the answer is 2xx, so one may come twice.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import aiohttp

from barbershop.sandbox.guard import is_loopback
from barbershop.sandbox.updates import Stored, UpdateQueue

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 -- the header's name
READ_TIMEOUT_SECONDS = 60.0
LOOPBACK_ONLY = "the sandbox delivers to loopback only"
_LONGEST_PAUSE = 60
_LONGEST_RETRY_AFTER = 3600
_LOG_KEPT = 500


@dataclass
class Webhook:
    url: str
    secret_token: str = field(default="", repr=False)
    max_connections: int = 40
    has_custom_certificate: bool = False
    ip_address: str = ""
    last_error_date: int = field(default=0, compare=False)
    last_error_message: str = field(default="", compare=False)

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    def info(self) -> dict[str, Any]:
        """What getWebhookInfo says, but for the queue's part. The secret is never said."""
        own = "127.0.0.1" if is_loopback(self.host) else "<unknown>"
        error = {"last_error_date": self.last_error_date, "last_error_message": self.last_error_message}
        return {
            "url": self.url,
            "has_custom_certificate": self.has_custom_certificate,
            "max_connections": self.max_connections,
            "ip_address": self.ip_address or own,
            **(error if self.last_error_date else {}),
        }


@dataclass(frozen=True)
class Delivery:
    """One attempt. `code` is the answer's status, 0 without an answer; `error` is "" for a success."""

    update_id: int
    attempt: int
    code: int
    error: str


@dataclass
class _Retry:
    """When an update's queue may go on: `at` by the monotonic clock."""

    at: float = 0.0
    fails: int = 0
    delay: int = 1


class _FailedError(Exception):
    def __init__(self, error: str, *, code: int = 0, retry_after: int = 0) -> None:
        super().__init__(error)
        self.error, self.code, self.retry_after = error, code, retry_after


class Pusher:
    """`second` is how long a second of the back-off takes, `read_timeout` how long an answer may take."""

    def __init__(
        self,
        updates: UpdateQueue,
        *,
        clock: Callable[[], float],
        told: Callable[[Delivery], None],
        second: float = 1.0,
        read_timeout: float = READ_TIMEOUT_SECONDS,
    ) -> None:
        self._updates, self._clock, self._told = updates, clock, told
        self._second, self._read_timeout = second, read_timeout
        self._running: set[asyncio.Task[None]] = set()
        self._task: asyncio.Task[None] | None = None
        self._busy: dict[Stored, object] = {}
        self._retries: WeakKeyDictionary[Stored, _Retry] = WeakKeyDictionary()
        self._connects_at = 0.0
        self.webhook: Webhook | None = None
        self.log: deque[Delivery] = deque(maxlen=_LOG_KEPT)

    def set(self, webhook: Webhook | None) -> None:
        """Deliver there from now on; an attempt under way is broken off and its update stays.

        The same webhook once more changes nothing.
        """
        if webhook is not None and webhook == self.webhook:
            return
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.webhook = webhook
        self._updates.webhook_set(on=webhook is not None)
        self._retries.clear()
        self._busy, self._connects_at = {}, 0.0
        if webhook is not None:
            self._task = asyncio.create_task(self._run(webhook))
            self._running.add(self._task)
            self._task.add_done_callback(self._running.discard)

    def hurry(self) -> None:
        """End all pauses of the back-off."""
        self._connects_at = 0.0
        for retry in self._retries.values():
            retry.at = 0.0
        self._updates.changed.set()

    async def close(self) -> None:
        self.set(None)
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _run(self, webhook: Webhook) -> None:
        timeout = aiohttp.ClientTimeout(total=self._read_timeout)
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(timeout=timeout, cookie_jar=jar) as http, asyncio.TaskGroup() as deliveries:
            while True:
                self._updates.changed.clear()
                for item in self._ready(webhook):
                    self._busy[item] = item.queue
                    deliveries.create_task(self._deliver(http, webhook, item))
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._pause()):
                        await self._updates.changed.wait()

    def _loaded(self, webhook: Webhook) -> Iterable[Stored]:
        """The oldest of each queue, among the few that the server keeps at hand."""
        heads: dict[object, Stored] = {}
        for item in self._updates.pending()[: webhook.max_connections * 2]:
            heads.setdefault(item.queue, item)
        return heads.values()

    def _ready(self, webhook: Webhook) -> list[Stored]:
        now = time.monotonic()
        if now < self._connects_at:
            return []
        busy = set(self._busy.values())
        free = [item for item in self._loaded(webhook) if item.queue not in busy and self._at(item) <= now]
        return sorted(free, key=self._at)[: max(webhook.max_connections - len(self._busy), 0)]

    def _pause(self) -> float | None:
        """Until the next retry, `None` until something changes."""
        if self.webhook is None:
            return None
        if self._connects_at > time.monotonic():
            return self._connects_at - time.monotonic()
        later = [self._at(item) for item in self._loaded(self.webhook) if self._at(item) > time.monotonic()]
        return max(min(later) - time.monotonic(), 0.0) if later else None

    def _at(self, item: Stored) -> float:
        retry = self._retries.get(item)
        return retry.at if retry else 0.0

    async def _deliver(self, http: aiohttp.ClientSession, webhook: Webhook, item: Stored) -> None:
        attempt = getattr(self._retries.get(item), "fails", 0) + 1
        try:
            code = await self._post(http, webhook, item)
        except _FailedError as failed:
            self._failed(webhook, item, failed)
            made = Delivery(item.id, attempt, failed.code, failed.error)
        else:
            self._retries.pop(item, None)
            self._updates.taken(item)
            made = Delivery(item.id, attempt, code, "")
        finally:
            self._busy.pop(item, None)
            self._updates.changed.set()
        self.log.append(made)
        self._told(made)

    async def _post(self, http: aiohttp.ClientSession, webhook: Webhook, item: Stored) -> int:
        if not is_loopback(webhook.host):
            self._connects_at = time.monotonic() + self._second
            raise _FailedError(LOOPBACK_ONLY)
        headers = {"Content-Type": "application/json"}
        if webhook.secret_token:
            headers[SECRET_HEADER] = webhook.secret_token
        body = json.dumps(item.update).encode()
        try:
            async with http.post(webhook.url, data=body, headers=headers, allow_redirects=False) as response:
                await response.read()
                if 200 <= response.status <= 299:  # noqa: PLR2004 -- HTTP
                    return response.status
                words = f"Wrong response from the webhook: {response.status} {response.reason}"
                seconds = response.headers.get("Retry-After", "")
                after = min(int(seconds), _LONGEST_RETRY_AFTER) if seconds.isdecimal() else 0
                raise _FailedError(words, code=response.status, retry_after=after)
        except aiohttp.ClientConnectorError as error:
            self._connects_at = time.monotonic() + self._second
            reason = None if isinstance(error, aiohttp.ClientSSLError) else error.os_error.strerror
            raise _FailedError(reason or "Can't connect to the webhook") from None
        except TimeoutError:
            raise _FailedError("Read timeout expired") from None
        except aiohttp.ClientError:
            raise _FailedError("Webhook connection closed") from None

    def _failed(self, webhook: Webhook, item: Stored, failed: _FailedError) -> None:
        """The first retry comes at once, later ones after 2, 4, 8, ... seconds; or when the answer said."""
        webhook.last_error_date, webhook.last_error_message = int(self._clock()), failed.error
        retry = self._retries.setdefault(item, _Retry())
        pause = failed.retry_after
        if not pause and retry.fails:
            pause = retry.delay = min(retry.delay * 2, _LONGEST_PAUSE)
        retry.fails += 1
        retry.at = time.monotonic() + pause * self._second


def view(pusher: Pusher) -> dict[str, Any]:
    """For the control API."""
    info = pusher.webhook.info() if pusher.webhook else None
    return {"webhook": info, "deliveries": [asdict(made) for made in pusher.log]}

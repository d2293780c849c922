"""What the bot did: calls, refusals it earned, complaints, a bounded log. No texts, no token."""

import time
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

_LOG_KEPT = 2000
_COMPLAINTS_KEPT = 200


@dataclass(frozen=True)
class Logged:
    ts: float
    method: str
    chat_id: int | None
    ok: bool
    code: int
    description: str = ""
    fault: str = ""


class Counters:
    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.unknown_methods: Counter[str] = Counter()
        self.complaints: deque[str] = deque(maxlen=_COMPLAINTS_KEPT)
        self.complaint_count = 0
        self.log: deque[Logged] = deque(maxlen=_LOG_KEPT)

    def complain(self, text: str) -> None:
        """Telegram would let it pass; a careful bot doesn't do it."""
        self.complaint_count += 1
        self.complaints.append(text)

    def record(self, method: str, *, chat_id: int | None, code: int, description: str = "", fault: str = "") -> None:
        """One answered call. A refusal counts as the bot's error unless a fault made it up."""
        ok = code < 400  # noqa: PLR2004 -- HTTP
        if not ok and not fault:
            self.errors[description] += 1
        self.log.append(Logged(time.time(), method, chat_id, ok, code, description, fault))

    def summary(self) -> dict[str, Any]:
        return {
            "calls": dict(self.calls),
            "errors": dict(self.errors),
            "error_count": self.errors.total(),
            "unknown_methods": dict(self.unknown_methods),
            "complaints": list(self.complaints),
            "complaint_count": self.complaint_count,
        }

    def requests(self) -> list[dict[str, Any]]:
        return [asdict(entry) for entry in self.log]

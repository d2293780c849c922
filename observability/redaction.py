"""Keeps the values of the configured secrets, and the rows that errors quote, out of what is written."""

import re
from functools import lru_cache
from urllib.parse import quote

from django.conf import settings

MASK = "[REDACTED]"
_URL_USER_INFO = re.compile(r"(?<=://)[^\s/@]*:[^\s/]*@")
_SHORTEST_SECRET = 6
# With a broken constraint PostgreSQL quotes the row: names, phones.
_QUOTED_ROW = re.compile(r"(?<=DETAIL:  ).+")


@lru_cache(maxsize=1)
def _secrets() -> re.Pattern[str] | None:
    """Every secret as it is and percent-encoded, and the bot token's secret half; the longest first."""
    token = settings.TELEGRAM_BOT_TOKEN
    values = {
        settings.SECRET_KEY,
        token,
        token.partition(":")[2],
        settings.TELEGRAM_WEBHOOK_SECRET,
        settings.METRICS_TOKEN,
        settings.DATABASES["default"].get("PASSWORD", ""),
    }
    values |= {quote(value, safe="") for value in values}
    known = sorted((value for value in values if len(value) >= _SHORTEST_SECRET), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, known))) if known else None


def redact(text: str) -> str:
    """The text without secret values and without the user-info of URLs."""
    secrets = _secrets()
    if secrets:
        text = secrets.sub(MASK, text)
    return _URL_USER_INFO.sub(f"{MASK}@", text)


def without_rows(error: str) -> str:
    """The words of an error, or of its traceback, without what PostgreSQL quotes of rows and keys."""
    return _QUOTED_ROW.sub(MASK, error)

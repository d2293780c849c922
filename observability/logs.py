"""One strict JSON object per line for machines, one short line for people; both without secrets."""

import datetime as dt
import logging
from typing import Any

from django.conf import settings
from pythonjsonlogger.json import JsonEncoder as LibraryEncoder
from pythonjsonlogger.json import JsonFormatter as LibraryFormatter

from observability.correlation import correlation_id
from observability.redaction import redact, without_rows

_service = "command"


def set_service(name: str) -> None:
    """Say what this process is in every line: web, bot, worker or command."""
    global _service  # noqa: PLW0603 - a process has one
    _service = name


def _timestamp(record: logging.LogRecord) -> str:
    moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message(record: logging.LogRecord) -> str:
    try:
        return without_rows(record.getMessage())
    except Exception:
        return f"{record.msg} [arguments could not be formatted]"


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return dict(record.__dict__.get("fields", {}))


def _as_text(value: object) -> str:
    try:
        return str(value)
    except Exception:
        return f"[{type(value).__name__} could not be shown]"


def _encodable(text: str) -> str:
    """The text with lone surrogates written as escapes, which JSON knows too."""
    return text.encode("utf-8", "backslashreplace").decode()


class _StrictEncoder(LibraryEncoder):
    """The library's encoder without NaN and Infinity, which are no JSON."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"allow_nan": False})


class JsonFormatter(LibraryFormatter):
    """The contract's envelope, written last, so that no field overrides it."""

    def __init__(self) -> None:
        super().__init__(json_ensure_ascii=False, json_encoder=_StrictEncoder)

    def format(self, record: logging.LogRecord) -> str:
        line = _fields(record) | self._error(record)
        line |= {
            "ts": _timestamp(record),
            "level": record.levelname,
            "event": record.__dict__.get("event", "log"),
            "service": _service,
            "logger": record.name,
            "message": _message(record),
            "env": "development" if settings.DEBUG else "production",
            "version": settings.VERSION,
            "correlation_id": correlation_id(),
        }
        try:
            text = self.serialize_log_record(line)
        except (TypeError, ValueError, RecursionError):  # NaN, a cycle, a key that is no string: keep the line
            text = self.serialize_log_record({key: _as_text(value) for key, value in line.items()})
        return _encodable(redact(text))

    def _error(self, record: logging.LogRecord) -> dict[str, str]:
        if not record.exc_info or not record.exc_info[0]:
            return {}
        kind, error, _ = record.exc_info
        return {
            "error.type": kind.__name__,
            "error.message": without_rows(str(error)),
            "error.stack_trace": without_rows(str(self.formatException(record.exc_info))),
        }


class ConsoleFormatter(logging.Formatter):
    """Time, level, event and fields on one line."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{key}={value}" for key, value in _fields(record).items())
        text = f"{_timestamp(record)} {record.levelname:<7} {_service} {_message(record)} {fields}".rstrip()
        if record.exc_info:
            text = f"{text}\n{without_rows(self.formatException(record.exc_info))}"
        return redact(text)

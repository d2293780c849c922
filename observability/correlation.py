"""One id that follows a tap or a request through every line, row and job it causes."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")


def correlation_id() -> str:
    """The id in force, or an empty string outside any."""
    return _correlation_id.get()


def new_correlation_id() -> str:
    return uuid.uuid4().hex


def accept_correlation_id(candidate: str | None) -> str:
    """The candidate when it is well-formed (8 to 64 letters, digits, dots, dashes, underscores), else a new id."""
    return candidate if candidate and _WELL_FORMED.fullmatch(candidate) else new_correlation_id()


@contextmanager
def correlated(value: str) -> Iterator[str]:
    """Put an id in force for the block."""
    token = _correlation_id.set(value)
    try:
        yield value
    finally:
        _correlation_id.reset(token)

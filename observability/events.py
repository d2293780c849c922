"""Business events as structured log lines: `emit("booking_created", booking_id=7, ...)`."""

import logging
from typing import Any

logger = logging.getLogger("barbershop.events")


def emit(event: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Write one line with the event's name and its fields: identifiers and states, never a name, phone or text."""
    logger.log(level, event, extra={"event": event, "fields": fields})

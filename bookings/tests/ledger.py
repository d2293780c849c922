"""What the tests of a service compare: every row there is, and what the log was told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from accounts.errors import AccountError
from bookings.errors import BookingError
from bookings.models import Notification
from schedules.errors import ScheduleError

APPS = ("accounts", "schedules", "bookings")
Rows = dict[str, list[dict[str, Any]]]


def everything(*, but: tuple[str, ...] = ()) -> Rows:
    """Every row of every table of ours and of the job queue, without the columns named."""
    models = [model for app in APPS for model in apps.get_app_config(app).get_models(include_auto_created=True)]
    tables = [*(model._meta.db_table for model in models), "procrastinate_jobs"]
    dump = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT to_jsonb(kept) - %s::text[] FROM {table} kept ORDER BY 1", [list(but)])
            dump[table] = [row for (row,) in cursor.fetchall()]
    return dump


@contextmanager
def unchanged() -> Iterator[None]:
    """The block goes through and changes nothing; only the generation, which the lock raises, may be another."""
    before = everything(but=("generation",))
    yield
    assert everything(but=("generation",)) == before


def events(caplog: pytest.LogCaptureFixture) -> list[tuple[str, dict[str, Any]]]:
    """The business events so far, with their fields."""
    return [
        (record.__dict__["event"], record.__dict__["fields"])
        for record in caplog.records
        if record.name == "barbershop.events"
    ]


@contextmanager
def refused(
    error: type[BookingError | AccountError | ScheduleError],
    caplog: pytest.LogCaptureFixture,
    *,
    event: str = "booking_rejected",
    **data: Any,
) -> Iterator[pytest.ExceptionInfo[Any]]:
    """The call raises this very error with this data, changes no row at all, and says so in one event."""
    before = everything()
    caplog.clear()
    caught: pytest.ExceptionInfo[Any]
    with caplog.at_level("INFO", logger="barbershop.events"), pytest.raises(error) as caught:
        yield caught
    assert type(caught.value) is error
    assert data.items() <= caught.value.data.items()
    assert everything() == before
    assert [(name, fields["reason_code"]) for name, fields in events(caplog)] == [(event, error.code)]


def told(**fields: Any) -> list[tuple[str, int]]:
    """The kinds of the notifications there are, each with its recipient, in the order in which they were written."""
    return list(Notification.objects.filter(**fields).order_by("pk").values_list("kind", "recipient_id"))


def unless_said_otherwise(service: Callable[..., Any], **usual: Any) -> Callable[..., Any]:
    """The service with its usual arguments, some of which a call may change."""
    return lambda **changes: service(**usual | changes)

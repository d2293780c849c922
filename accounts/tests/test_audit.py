"""The audit trail can be added to, and nothing else."""

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.audit import record_audit
from accounts.models import AuditEvent, Channel
from observability.correlation import correlated

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> AuditEvent:
    with correlated("tg-10000001"):
        record_audit(
            actor_id=7, channel=Channel.BOT, action="x_done", object_type="booking", object_id=3, after={"status": "x"}
        )
    return AuditEvent.objects.get()


def _refused(statement: str) -> None:
    with (
        pytest.raises(DatabaseError, match="audit_events is append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_event_keeps_who_what_and_the_correlation_id(event: AuditEvent) -> None:
    assert (event.actor_id, event.channel, event.action) == (7, "bot", "x_done")
    assert (event.object_type, event.object_id, event.before, event.after) == ("booking", 3, {}, {"status": "x"})
    assert event.correlation_id == "tg-10000001"


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_events SET actor_id = 8", "UPDATE audit_events SET action = action", "DELETE FROM audit_events"],
)
def test_audit_trail_refuses_change(event: AuditEvent, statement: str) -> None:
    _refused(statement)
    assert AuditEvent.objects.filter(pk=event.pk, actor_id=7).exists()


def test_audit_trail_refuses_change_through_the_orm(event: AuditEvent) -> None:
    event.actor_id = 8
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        event.save()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        event.delete()


@pytest.mark.parametrize("statement", ["TRUNCATE audit_events", "TRUNCATE audit_events CASCADE"])
def test_audit_trail_refuses_truncate_once_the_session_puts_its_trigger_back(event: AuditEvent, statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_events ENABLE TRIGGER audit_events_no_truncate")
    _refused(statement)
    assert AuditEvent.objects.filter(pk=event.pk).exists()


def test_only_the_truncate_trigger_is_out_of_the_way_in_tests(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgenabled::text FROM pg_trigger"
            " WHERE tgrelid = 'audit_events'::regclass AND NOT tgisinternal ORDER BY tgname"
        )
        assert cursor.fetchall() == [("audit_events_no_change", "O"), ("audit_events_no_truncate", "D")]

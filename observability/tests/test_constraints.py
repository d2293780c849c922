"""Every constraint of the operations tables refuses what it is there for, by name."""

import datetime as dt
from collections.abc import Callable

import pytest

from observability.models import BackupRun
from observability.tests.constraints import constraints_of, refused_by

pytestmark = pytest.mark.django_db

LATER = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)

VIOLATIONS: dict[str, Callable[[], object]] = {
    "backup_runs_kind_known": lambda: BackupRun.objects.create(kind="copy"),
    "backup_runs_status_known": lambda: BackupRun.objects.create(kind="backup", status="lost", finished_at=LATER),
    "backup_runs_finished": lambda: BackupRun.objects.create(kind="backup", status="succeeded"),
    "backup_runs_size_not_negative": lambda: BackupRun.objects.create(kind="backup", size_bytes=-1),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_constraint_refuses_what_it_is_there_for(name: str) -> None:
    with refused_by(name):
        VIOLATIONS[name]()


def test_every_constraint_has_a_violation_here() -> None:
    assert constraints_of("observability") == VIOLATIONS.keys()

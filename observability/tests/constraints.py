"""What every app's constraint tests share: the list of an app's constraints, and a refusal by name."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

# Primary keys, Django's own foreign keys (`..._fk_...`) and the `>= 0` of its positive integers (`..._check`) are
# Django's to test; a unique index without a constraint is as much a rule as one with.
_OURS = """
    SELECT conname FROM pg_constraint
     WHERE conrelid = ANY(%(tables)s::text[]::regclass[])
       AND (contype IN ('u', 'x') OR contype = 'c' AND conname NOT LIKE '%%\\_check'
            OR contype = 'f' AND conname NOT LIKE '%%\\_fk\\_%%')
    UNION
    SELECT indexrelid::regclass::text FROM pg_index
     WHERE indrelid = ANY(%(tables)s::text[]::regclass[]) AND indisunique AND NOT indisprimary
       AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)
"""


def constraints_of(app_label: str) -> set[str]:
    """The names of every CHECK, UNIQUE, EXCLUDE and hand-written foreign key on the tables of an app's models."""
    tables = [model._meta.db_table for model in apps.get_app_config(app_label).get_models()]
    with connection.cursor() as cursor:
        cursor.execute(_OURS, {"tables": tables})
        return {name for (name,) in cursor.fetchall()}


@contextmanager
def refused_by(constraint: str) -> Iterator[None]:
    """The block, or the commit after it, is refused by the constraint of this name and no other."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic():  # noqa: PT012 - the block is the caller's
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cause = caught.value.__cause__
    assert isinstance(cause, psycopg.Error)
    assert cause.diag.constraint_name == constraint


@contextmanager
def accepted() -> Iterator[None]:
    """The block and the commit after it go through."""
    with transaction.atomic(), connection.cursor() as cursor:
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")

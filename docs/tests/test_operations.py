"""The operations page says all that operators can meet."""

from docs.tests.pages import rows, section
from observability import integrity


def test_every_kind_of_violation_is_explained_and_no_other() -> None:
    table = section("docs/05-operations/README.md", "Integrity")
    assert [row[0].strip("`") for row in rows(table)] == list(integrity._queries)

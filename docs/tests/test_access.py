"""The pages about access and metrics say what the code does."""

from prometheus_client import REGISTRY

from accounts.access import AT_THE_DESK, EVERYBODY, OWNER_ONLY, STAFF_ONLY
from barbershop.access import RULES
from docs.tests.pages import rows, text

WHO = {
    EVERYBODY: "everybody",
    AT_THE_DESK: "masters, administrators, owners",
    STAFF_ONLY: "administrators, owners",
    OWNER_ONLY: "owners",
}


def test_every_rule_of_access_is_on_its_page_and_no_other() -> None:
    rules = {(f"`{rule.command}`", WHO[rule.roles], rule.own.resource if rule.own else "") for rule in RULES.values()}
    listed = [tuple(row) for row in rows(text("docs/reference/access.md"))]
    assert sorted(listed) == sorted(rules)


def test_every_metric_of_ours_is_on_its_page() -> None:
    ours = {f"`{each.name}_total`" for each in REGISTRY.collect() if each.name.startswith("barbershop_")}
    assert {row[0] for row in rows(text("docs/reference/metrics.md"))} == ours

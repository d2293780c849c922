"""Every rule refuses what its scenario does, and nothing else does: switched off, it goes through."""

import json

import pytest

from barbershop.sandbox.client import SandboxClient
from barbershop.sandbox.rules import OFF_BY_DEFAULT, RULES
from barbershop.sandbox.server import Sandbox
from barbershop.tests.sandbox import scenarios_messages, scenarios_updates  # noqa: F401 -- fill SCENARIOS
from barbershop.tests.sandbox.conftest import ANNA, Api
from barbershop.tests.sandbox.stage import SCENARIOS, Stage


def test_every_rule_has_a_scenario_and_a_source() -> None:
    assert set(SCENARIOS) == set(RULES)
    assert all(rule.source.startswith("https://core.telegram.org/") for rule in RULES.values())
    assert frozenset({"flood"}) == OFF_BY_DEFAULT


@pytest.fixture
async def stage(sandbox: Sandbox, api: Api, chat: SandboxClient) -> Stage:
    await chat.text(ANNA, "/start")
    return Stage(sandbox, api, chat)


@pytest.mark.parametrize("rule", RULES)
async def test_the_rule_refuses(stage: Stage, rule: str) -> None:
    play, refusal = SCENARIOS[rule]
    stage.sandbox.world.rules.switch(rule, on=True)
    assert await play(stage) == refusal


@pytest.mark.parametrize("rule", RULES)
async def test_nothing_refuses_with_the_rule_switched_off(stage: Stage, rule: str) -> None:
    play, _refusal = SCENARIOS[rule]
    stage.sandbox.world.rules.switch(rule, on=False)
    assert await play(stage) is None


async def test_rules_are_listed_and_switched_over_http(chat: SandboxClient) -> None:
    await chat.switch_rules(html=False)
    listed = {rule["name"]: rule["on"] for rule in (await chat.get("rules"))["rules"]}
    assert listed == {name: name not in {"html", "flood"} for name in RULES}
    assert json.dumps(listed)

"""What the gates let through."""

import json

import pytest

from benchmarks.report import GATES, Gate, as_json, judge, table
from benchmarks.sides import Measure

SIDES = {side for gate in GATES for side in (gate.candidate, gate.reference)}
THROUGHPUT = Gate("pace", "ours", "theirs", 0.3, is_throughput=True)
TIME = Gate("time", "ours", "theirs", 2)


def rounds(*walls: float) -> list[Measure]:
    return [Measure(wall, wall, None) for wall in walls]


@pytest.mark.parametrize(("gate", "ours", "theirs", "is_met"), [
    (THROUGHPUT, 1.0, 0.3, True),
    (THROUGHPUT, 1.0, 0.29, False),
    (TIME, 2.0, 1.0, True),
    (TIME, 2.01, 1.0, False),
])  # fmt: skip
def test_gate_holds_up_to_its_limit(gate: Gate, ours: float, theirs: float, is_met: bool) -> None:
    value = gate.value({"ours": rounds(ours), "theirs": rounds(theirs)})
    assert gate.is_met(value) is is_met


def test_ratio_is_the_median_of_the_rounds_own_ratios() -> None:
    # The machine was four times slower in the second round, for both; one round of ours was disturbed.
    assert TIME.value({"ours": rounds(1, 4, 30), "theirs": rounds(1, 4, 1)}) == 1


def passing() -> dict[str, list[Measure]]:
    return {side: rounds(0.1 if "cached" in side else 1) for side in SIDES}


def test_one_missed_gate_fails_the_run() -> None:
    measures = passing()
    assert judge(measures, is_judged=True).ok
    measures[GATES[-1].candidate] = rounds(5)
    verdict = judge(measures, is_judged=True)
    assert not verdict.ok
    assert [name for name, ratio in verdict.ratios.items() if ratio["ok"] is False] == [GATES[-1].name]
    assert json.loads(as_json(verdict))["ok"] is False
    assert "MISSED" in table(measures, verdict)
    assert judge(measures, is_judged=False).ok


def test_what_could_not_be_measured_is_named_and_left_out() -> None:
    measures = {name: rounds for name, rounds in passing().items() if "Redis" not in name}
    verdict = judge(measures, is_judged=True)
    assert verdict.ok
    missing = [gate.name for gate in GATES if gate.name not in verdict.ratios]
    assert missing == ["slots_1x14_redis_to_uncached", "slots_10x30_redis_to_uncached"]
    lines = table(measures, verdict).splitlines()
    assert all(any(line.startswith(name) and "not measured" in line for line in lines) for name in missing)

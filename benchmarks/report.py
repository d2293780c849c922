"""The gates, a table for people, and one line of JSON for machines."""

import json
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from benchmarks.sides import SHAPES, Measure

Measures = Mapping[str, Sequence[Measure]]


class Gate(NamedTuple):
    """The candidate against the reference: a share of its throughput at least, or a multiple of its time at most."""

    name: str
    candidate: str
    reference: str
    limit: float
    is_throughput: bool = False

    def value(self, measures: Measures) -> float:
        """The median of the rounds' ratios: both sides of a ratio met the same weather."""
        pairs = zip(measures[self.candidate], measures[self.reference], strict=True)
        return median(
            reference.wall / candidate.wall if self.is_throughput else candidate.wall / reference.wall
            for candidate, reference in pairs
        )

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.is_throughput else value <= self.limit


# A short answer is one query: the process's own cache saves its larger part, and Redis costs as much as it saves.
CACHED = {"slots_1x14": 0.9, "slots_10x30": 0.7}
IN_REDIS = {"slots_1x14": 1.3, "slots_10x30": 0.7}


def _gates() -> Iterator[Gate]:
    yield Gate("booking_throughput_to_pgbench", "booking: service", "booking: pgbench", 0.3, is_throughput=True)
    for shape in SHAPES:
        yield Gate(f"{shape}_time_to_sql", f"{shape}: service", f"{shape}: sql", 2)
        yield Gate(f"{shape}_cached_to_uncached", f"{shape}: cached", f"{shape}: service", CACHED[shape])
        yield Gate(f"{shape}_redis_to_uncached", f"{shape}: cached in Redis", f"{shape}: service", IN_REDIS[shape])
    for name in ("booking", *SHAPES):
        yield Gate(f"{name}_time_with_long_history", f"{name}: service, long history", f"{name}: service", 1.2)
    yield Gate("tap_time_to_bare_handler", "tap: bot", "tap: bare handler", 4)
    yield Gate("tap_time_in_a_flood", "tap: bot, in a flood", "tap: bot, between floods", 1.2)


GATES = tuple(_gates())


class Verdict(NamedTuple):
    """`ok` of a ratio is None in a run too short to judge it; what was not measured is not there."""

    ok: bool
    ratios: dict[str, dict[str, float | bool | None]]


def judge(measures: Measures, *, is_judged: bool) -> Verdict:
    ratios: dict[str, dict[str, float | bool | None]] = {}
    for gate in GATES:
        if gate.candidate not in measures:
            continue
        value = gate.value(measures)
        is_met = gate.is_met(value) if is_judged else None
        ratios[gate.name] = {"value": round(value, 3), "limit": gate.limit, "ok": is_met}
    return Verdict(all(ratio["ok"] is not False for ratio in ratios.values()), ratios)


def table(measures: Measures, verdict: Verdict) -> str:
    """Milliseconds per booking, call or tap, medians of the rounds; then the ratios."""
    lines = [f"{'median per booking, call or tap, ms':<38}{'clock':>9}{'client CPU':>12}{'server CPU':>12}{'per s':>9}"]
    for name, rounds in measures.items():
        wall, client = median(each.wall for each in rounds), median(each.client for each in rounds)
        served = [each.server for each in rounds if each.server is not None]
        server = f"{median(served) * 1000:12.2f}" if served else f"{'elsewhere':>12}"
        lines.append(f"{name:<38}{wall * 1000:9.2f}{client * 1000:12.2f}{server}{1 / wall:9.0f}")
    lines += ["", f"{'ratio':<38}{'value':>9}{'limit':>12}"]
    for gate in GATES:
        if gate.name not in verdict.ratios:
            lines.append(f"{gate.name:<38}{'not measured':>21}")
            continue
        ratio = verdict.ratios[gate.name]
        sign = ">=" if gate.is_throughput else "<="
        word = {True: "ok", False: "MISSED", None: "not judged"}[ratio["ok"]]  # type: ignore[index] # never a float
        lines.append(f"{gate.name:<38}{ratio['value']:9.2f}{f'{sign} {gate.limit:g}':>12}  {word}")
    return "\n".join(lines)


def as_json(verdict: Verdict, *, error: str = "") -> str:
    return json.dumps(verdict._asdict() | ({"error": error} if error else {}))

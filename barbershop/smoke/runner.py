"""Runs the steps in order until one does not hold."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from barbershop.processes import ChildEnded
from barbershop.smoke.errors import CouldNotRun, SmokeError
from barbershop.smoke.stage import Stage, staged
from barbershop.smoke.steps import SERVICES, STEPS, Play
from observability.redaction import redact

Progress = Callable[[str], None]
LAST_LINES = 10


@dataclass
class Report:
    """What was checked; `failed` and `why` when something did not hold."""

    checks: list[str] = field(default_factory=list)
    at: str = ""
    failed: str = ""
    why: str = ""
    could_run: bool = True
    duration_s: float = 0.0
    last_lines: dict[str, list[str]] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0 all held, 1 something did not, 2 it could not run."""
        if not self.failed:
            return 0
        return 1 if self.could_run else 2

    def as_json(self) -> dict[str, Any]:
        """What outside programs read."""
        result: dict[str, Any] = {"ok": not self.failed, "checks": self.checks, "duration_s": round(self.duration_s, 1)}
        return result | ({"failed": self.failed, "why": self.why} if self.failed else {})

    def fail(self, error: Exception) -> None:
        self.failed = self.at
        words = str(error) or type(error).__name__
        if isinstance(error, ChildEnded) and error.child.lines:
            words += f": {error.child.lines[-1]}"
        self.why = redact(words)


async def run_smoke(report: Report, progress: Progress) -> None:
    """Fill in the report; what was made for the run is gone afterwards, also when it is cancelled."""
    started = time.monotonic()
    report.at = "scratch_database"
    try:
        async with staged() as stage:
            _tick(report, progress, started)
            await _play(stage, report, progress)
            report.at, removing = "everything_is_removed", time.monotonic()
        _tick(report, progress, removing)
    except asyncio.CancelledError:
        report.could_run = False
        report.fail(SmokeError("interrupted"))
        raise
    except Exception as error:
        report.could_run = not isinstance(error, CouldNotRun)
        report.fail(error)
    finally:
        report.duration_s = time.monotonic() - started


async def _play(stage: Stage, report: Report, progress: Progress) -> None:
    play = Play(stage)
    for step in STEPS:
        report.at, started = step.__name__, time.monotonic()
        try:
            await step(play)
        except Exception as error:
            progress(f"FAIL  {time.monotonic() - started:5.1f} s  {report.at}")
            lines = {name: stage.output.get(name, []) for name in SERVICES}
            if isinstance(error, ChildEnded):
                lines[error.child.name] = list(error.child.lines)
            report.last_lines = {name: written[-LAST_LINES:] for name, written in lines.items()}
            raise
        _tick(report, progress, started)


def _tick(report: Report, progress: Progress, started: float) -> None:
    progress(f"  ok  {time.monotonic() - started:5.1f} s  {report.at}")
    report.checks.append(report.at)

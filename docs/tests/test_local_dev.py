"""The steps of local-dev.md do what it says."""

import json
import os
import subprocess

import pytest

from barbershop.tests.test_smoke import PROMISED
from docs.tests.pages import ROOT, section

PAGE = "docs/04-delivery/local-dev.md"


@pytest.mark.timeout(400)
def test_the_smoke_steps_run_as_written() -> None:
    _, block, _ = section(PAGE, "Smoke").split("```")
    language, _, steps = block.partition("\n")
    assert language == "sh"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", steps],
        cwd=ROOT,
        env=os.environ | {"DEBUG": "on"},
        capture_output=True,
        text=True,
        check=False,
        timeout=360,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["ok"] is True
    assert set(PROMISED) <= set(report["checks"])
    assert "logs_are_clean" in done.stderr


def test_one_test_can_be_run_by_the_examples_pattern() -> None:
    """The example of `-k` names a test that exists."""
    pattern = section(PAGE, "One test").split("-k ", 1)[1].split('"', 1)[0]
    sources = [path.read_text() for path in ROOT.glob("*/tests/**/test_*.py") if ROOT / "docs" not in path.parents]
    assert any(f"{pattern}" in source for source in sources)

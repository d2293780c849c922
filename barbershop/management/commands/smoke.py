import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from barbershop.processes import Interrupted, run_interruptible
from barbershop.smoke import Report, run_smoke


class Command(BaseCommand):
    help = (
        "Play the shop end to end with its real processes, a scratch database and a local Telegram. "
        "Progress on standard error; the last line of standard output is one JSON object."
    )
    requires_system_checks: list[str] = []  # the processes it starts check themselves

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="the JSON object only, no progress")

    def handle(self, *_args: Any, **options: Any) -> None:
        report = Report()
        progress = (lambda _line: None) if options["json"] else self.stderr.write
        self.stderr.style_func = None
        try:
            run_interruptible(run_smoke(report, progress))
        except Interrupted:
            progress("Interrupted; all that was made for the run is removed.")
        for name, lines in report.last_lines.items():
            self.stderr.write("\n".join([f"--- the last lines of {name}", *lines]))
        self.stdout.write(json.dumps(report.as_json(), ensure_ascii=False))
        if report.exit_code:
            sys.exit(report.exit_code)

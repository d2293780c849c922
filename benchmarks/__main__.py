"""`python -m benchmarks`: a table for people, and as the last line of standard output one JSON object."""

import argparse
import os
import signal
import sys
from contextlib import nullcontext


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="seconds instead of minutes; judges no ratio")
    parser.add_argument("--seed", type=int, default=1, help="of the order of the slices")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the scratch databases go
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "barbershop.settings")
    import django
    from django.conf import settings

    django.setup()
    server = settings.EMBEDDED_POSTGRES
    with server.running() if server else nullcontext():
        return _report(is_quick=options.quick, seed=options.seed)


def _report(*, is_quick: bool, seed: int) -> int:
    from benchmarks.errors import BenchmarkError
    from benchmarks.report import Verdict, as_json, judge, table
    from benchmarks.run import FULL, QUICK, run

    try:
        measures = run(QUICK if is_quick else FULL, seed=seed)
    except BenchmarkError as error:
        print(error, file=sys.stderr)
        print(as_json(Verdict(ok=False, ratios={}), error=type(error).__name__))
        return 1
    verdict = judge(measures, is_judged=not is_quick)
    print(table(measures, verdict))
    print(as_json(verdict))
    return 0 if verdict.ok else 1


if __name__ == "__main__":
    sys.exit(main())

"""Another process that reads free slots, as the bot does beside the web process: with a cache of its own, or Redis.

    with reading_process() as reader:
        before = reader.read(boris.pk, days=days, now=now)

A question is a line of JSON on the process's standard input, the answer one on its standard output.
"""

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from django.conf import settings
from django.db import connection

from schedules.calendar import DayRange
from schedules.selectors import Slot, free_slots

_PROGRAM = "import django; django.setup(); from schedules.tests.reader import serve; serve()"


class ReadingProcess:
    """Reads the test's own database outside any transaction; `queries` is how many the last answer took."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self._questions, self._answers = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
        self.queries = 0

    def read(self, *master_ids: int, days: DayRange, now: dt.datetime, taken: int = 60) -> list[Slot]:
        """The masters' free slots for visits that take so many minutes."""
        asked = {
            "needs": dict.fromkeys(master_ids, taken),
            "days": [days.first.isoformat(), days.last.isoformat()],
            "now": now.isoformat(),
        }
        print(json.dumps(asked), file=self._questions, flush=True)
        line = self._answers.readline()
        if not line:
            raise RuntimeError(f"The reading process ended with exit code {self._process.wait()}.")
        answer = json.loads(line)
        self.queries = answer["queries"]
        return [Slot(dt.datetime.fromisoformat(starts_at), master_id) for starts_at, master_id in answer["slots"]]


@contextmanager
def reading_process(*, redis_url: str = "") -> Iterator[ReadingProcess]:
    """A process that lives as long as the block; with the URL it shares that Redis, without it keeps by itself."""
    environment = os.environ | {
        "REDIS_URL": redis_url,
        "SHOP_TIME_ZONE": settings.SHOP_TIME_ZONE,
        "BOOKING_HORIZON_DAYS": str(settings.BOOKING_HORIZON_DAYS),
        "READER_DATABASE": connection.settings_dict["NAME"],
    }
    with subprocess.Popen(
        [sys.executable, "-c", _PROGRAM],
        env=environment,
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield ReadingProcess(process)
        finally:
            cast("IO[str]", process.stdin).close()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def serve() -> None:
    """Answer until the questions end."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # log lines go to standard output
    connection.settings_dict["NAME"] = os.environ["READER_DATABASE"]
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), file=answers, flush=True)


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    queries: list[str] = []

    def count(execute: Any, sql: str, *others: Any) -> Any:
        queries.append(sql)
        return execute(sql, *others)

    connection.ensure_connection()
    with connection.execute_wrapper(count):
        slots = free_slots(
            needs={int(master_id): taken for master_id, taken in asked["needs"].items()},
            days=DayRange(*map(dt.date.fromisoformat, asked["days"])),
            now=dt.datetime.fromisoformat(asked["now"]),
        )
    return {"slots": [(slot.starts_at.isoformat(), slot.master_id) for slot in slots], "queries": len(queries)}

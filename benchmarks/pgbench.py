"""pgbench at the head of the same transaction: the server's own pace, with next to nothing before it."""

import os
import re
import resource
import subprocess
import tempfile
from typing import NamedTuple

from barbershop.embedded_postgres.cluster import find_bin_dir
from benchmarks import server
from benchmarks.errors import WrongResult
from benchmarks.plan import LANES, Slice
from benchmarks.shop import Shop
from benchmarks.statements import Script

JOBS = 2
_PROCESSED = re.compile(r"number of transactions actually processed: (\d+)/(\d+)")
_PACE = re.compile(r"tps = ([\d.]+) \(without initial connection time\)")
_ENVIRONMENT = {
    "host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT",
}  # fmt: skip


class Run(NamedTuple):
    """Transactions committed, seconds they took together, seconds of pgbench's processor time."""

    committed: int
    wall: float
    cpu: float


def run(*, database: str, script: Script, shop: Shop, planned: Slice) -> Run:
    """Make a slice's bookings; WrongResult when one of them failed."""
    variables = script.constants | {
        "n": "0",
        "first_master": str(shop.chairs[0]),
        "first_client": str(planned.first_client),
        "per_lane": str(planned.per_lane),
        "first_afternoon": str(int(planned.first_afternoon.timestamp())),
    }
    defined = [argument for name, value in variables.items() for argument in ("-D", f"{name}={value}")]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script.text)
        file.flush()
        load = ["-n", "-M", "prepared", "-c", str(LANES), "-j", str(JOBS), "-t", str(planned.per_lane)]
        before = _cpu()
        result = subprocess.run(
            [find_bin_dir() / "pgbench", *load, "-f", file.name, *defined],
            env=_environment(database), capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    return _read(result, planned, cpu=_cpu() - before)


def _read(result: subprocess.CompletedProcess[str], planned: Slice, *, cpu: float) -> Run:
    processed, pace = _PROCESSED.search(result.stdout), _PACE.search(result.stdout)
    if result.returncode or not pace or not processed or int(processed[1]) != planned.bookings:
        raise WrongResult(f"pgbench failed: {result.stderr[-2000:]}")
    return Run(planned.bookings, planned.bookings / float(pace[1]), cpu)


def _environment(database: str) -> dict[str, str]:
    found = {_ENVIRONMENT[key]: str(value) for key, value in server.parameters(database).items() if key in _ENVIRONMENT}
    return os.environ | found | {"PGDATABASE": database}


def _cpu() -> float:
    """Processor seconds of the children that have ended; workers go on living and don't count."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime

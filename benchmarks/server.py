"""The configured server: how to reach it, its scratch databases, and the processor time that it takes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql

# Django's own, or of no use to a single connection.
_NOT_LIBPQ = {"pool", "server_side_binding", "prepare_threshold", "isolation_level", "assume_role"}
_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


def parameters(database: str | None = None) -> dict[str, Any]:
    """libpq's connection parameters, for the shop's own database unless another is named."""
    config = settings.DATABASES["default"]
    options = {key: value for key, value in config.get("OPTIONS", {}).items() if key not in _NOT_LIBPQ}
    named = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    found = {key: config[name] for key, name in named.items() if config.get(name)}
    return options | found | ({"dbname": database} if database else {})


def connect(database: str | None = None) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(**parameters(database), autocommit=True)


class Scratch:
    """Makes databases of its own on the server and remembers them; the shop's database is only connected to."""

    def __init__(self) -> None:
        self._names: list[str] = []

    def create(self, suffix: str, *, template: str | None = None) -> str:
        """A new empty database, or a copy of one that nobody is connected to."""
        name = f"barbershop_bench_{os.getpid()}_{suffix}"
        source = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        with connect() as connection:
            self._names.append(name)
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + source)
        return name

    def drop_all(self) -> None:
        with connect() as connection:
            while self._names:
                name = sql.Identifier(self._names[-1])
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
                self._names.pop()


@contextmanager
def scratch_databases() -> Iterator[Scratch]:
    """Databases that are gone when the block ends, however it ends short of kill -9."""
    scratch = Scratch()
    try:
        yield scratch
    finally:
        scratch.drop_all()


class ServerClock:
    """Processor seconds of the whole server: the postmaster, its children, and those already gone.

    Whoever else uses the server counts too. None when the server is not on this machine.
    """

    def __init__(self) -> None:
        self._postmaster = _find_postmaster()

    def seconds(self) -> float | None:
        if self._postmaster is None:
            return None
        total = sum(_times(self._postmaster))
        for task in Path(f"/proc/{self._postmaster}/task").iterdir():
            for child in (task / "children").read_text().split():
                try:
                    total += sum(_times(int(child))[:2])
                except FileNotFoundError:  # it ended meanwhile, and its parent has inherited its time
                    continue
        return total * _TICK_SECONDS


def _find_postmaster() -> int | None:
    with connect() as connection:
        backend = Path(f"/proc/{connection.info.backend_pid}")
        try:
            if (backend / "comm").read_text().strip() != "postgres":
                return None
            parent = int(_fields(backend)[1])
            return parent if Path(f"/proc/{parent}/task/{parent}/children").exists() else None
        except OSError:
            return None


def _times(pid: int) -> tuple[int, int, int, int]:
    """utime, stime, cutime, cstime of proc_pid_stat(5), in ticks."""
    fields = _fields(Path(f"/proc/{pid}"))
    return int(fields[11]), int(fields[12]), int(fields[13]), int(fields[14])


def _fields(process: Path) -> list[str]:
    """The fields of /proc/<pid>/stat after the name: state, ppid, ..."""
    return (process / "stat").read_text().rpartition(")")[2].split()

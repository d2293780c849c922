"""A Python process with Django set up for a scratch database, which runs functions on demand."""

import multiprocessing as mp
import os
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

from benchmarks.errors import WorkerFailed

P = ParamSpec("P")
R = TypeVar("R")


class Worker:
    """One process, one database. Its log lines are written, as in production, but to nowhere."""

    def __init__(self, database: str) -> None:
        context = mp.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, database), daemon=True)
        self._process.start()
        theirs.close()

    def send(self, function: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
        """Begin to run a module's function; `receive` waits for it."""
        self._pipe.send((function, args, kwargs))

    def receive(self) -> Any:
        try:
            succeeded, result = self._pipe.recv()
        except EOFError:
            self._process.join()
            raise WorkerFailed(f"A worker ended with exit code {self._process.exitcode}.") from None
        if not succeeded:
            raise WorkerFailed(result)
        return result

    def call(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        self.send(function, *args, **kwargs)
        result: R = self.receive()
        return result

    def stop(self) -> None:
        self._pipe.close()
        self._process.join(timeout=5)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(pipe: Connection, database: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to everybody; the parent ends us
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    _set_up_django(database)
    while True:
        try:
            function, args, kwargs = pipe.recv()
        except EOFError:
            break
        try:
            answer = True, function(*args, **kwargs)
        except Exception:
            answer = False, traceback.format_exc()
        pipe.send(answer)


def _set_up_django(database: str) -> None:
    import django
    from django.conf import settings
    from django.db import connection

    django.setup()
    settings.DEBUG = False  # as in production: with it, Django keeps every statement
    connection.settings_dict["NAME"] = database

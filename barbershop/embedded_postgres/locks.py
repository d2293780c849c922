"""Locks between processes that the kernel drops when their holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from barbershop.embedded_postgres.errors import EmbeddedPostgresError

POLL_SECONDS = 0.05


class FileLock:
    """A flock(2) on `path`, held through one descriptor that no exec'ed program inherits.

    A forked child shares the descriptor's lock, so it must call `forget()` before anything else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    @contextmanager
    def exclusive(self, *, timeout: float) -> Iterator[None]:
        """Hold the lock alone; EmbeddedPostgresError when others keep it longer than `timeout` seconds."""
        deadline = time.monotonic() + timeout
        try:
            while not self.try_exclusive():
                if time.monotonic() > deadline:
                    raise EmbeddedPostgresError(
                        f"Another process has been starting or stopping the server for {timeout:.0f} s "
                        f"(it holds {self._path}). End that process and try again."
                    )
                time.sleep(POLL_SECONDS)
            yield
        finally:
            self.release()

    def try_exclusive(self) -> bool:
        """Hold the lock alone if nobody else holds it. On False a shared hold of one's own is lost."""
        return self._try(fcntl.LOCK_EX)

    def try_shared(self) -> bool:
        """Hold the lock together with others unless somebody holds it alone."""
        return self._try(fcntl.LOCK_SH)

    def release(self) -> None:
        """Let go, also on behalf of a forked child that has not forgotten the lock yet."""
        if self._fd is not None:
            fcntl.flock(self._fd, fcntl.LOCK_UN)
            self.forget()

    def forget(self) -> None:
        """Close the descriptor without unlocking: the parent of a forked child keeps its hold."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _try(self, kind: int) -> bool:
        if self._fd is None:
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
            self._fd = os.open(self._path, flags, 0o600)
        try:
            fcntl.flock(self._fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

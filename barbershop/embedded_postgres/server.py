"""The server of one checkout, shared by all of its processes and stopped by the last one."""

import os
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from barbershop.embedded_postgres.account import Account, current_account, server_account
from barbershop.embedded_postgres.cluster import SUPERUSER, Cluster, StartError, find_bin_dir
from barbershop.embedded_postgres.errors import EmbeddedPostgresError
from barbershop.embedded_postgres.locks import POLL_SECONDS, FileLock
from barbershop.embedded_postgres.sockets import (
    PORT,
    is_listening,
    make_socket_dir,
    remove_leftovers,
    socket_dir_of,
)

DATABASE = "barbershop"
START_SECONDS = 60
QUERY_SECONDS = 20
# Longer than one process can take to make a cluster, start it and stop it the hard way.
LOCK_SECONDS = 240
FIND_DATABASE = f"SELECT 'present' FROM pg_database WHERE datname = '{DATABASE}'"  # noqa: S608 - constants


class EmbeddedPostgres:
    """A PostgreSQL server in `data_dir/postgres`, reached through a private unix socket, never over TCP.

    A process that calls `acquire` is a user of the server until it calls `release` or ends, even by a kill.
    A forked child is no user by birth: it may go on using the server as long as its parent is one, and calls
    `acquire` itself if it is to outlive the parent. Making an object starts and touches nothing.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir.resolve()
        self._cluster = Cluster(self._data_dir)
        self._start_lock = FileLock(self._data_dir / "postgres.lock")
        self._user_lock = FileLock(self._data_dir / "postgres.users")
        self._mutex = threading.RLock()
        self._uses = 0
        _instances.add(self)

    @property
    def socket_dir(self) -> Path:
        """Where clients connect: known before the first start, the same in every process of the user."""
        return socket_dir_of(self._data_dir)

    @cached_property
    def bin_dir(self) -> Path:
        """The folder of psql, pg_dump, pg_restore and pgbench; EmbeddedPostgresError when not installed."""
        return find_bin_dir()

    def connection_settings(self) -> dict[str, str]:
        """HOST, PORT, USER, NAME and PASSWORD as Django's DATABASES takes them. Nothing is started."""
        return {
            "HOST": str(self.socket_dir),
            "PORT": PORT,
            "USER": SUPERUSER,
            "NAME": DATABASE,
            "PASSWORD": "",
        }

    def status(self) -> int | None:
        """The server's process id, None when it does not run; EmbeddedPostgresError when not ours to see."""
        with _system_errors_named(self._data_dir):
            return self._cluster.pid()

    def acquire(self) -> None:
        """Make the server run with its database in it, and become one of its users. May be nested.

        EmbeddedPostgresError when that fails or takes too long; the process is then no user.
        """
        with self._mutex, _system_errors_named(self._data_dir):
            self._data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._check_owner()
            with self._start_lock.exclusive(timeout=LOCK_SECONDS):
                self._become_user()
                try:
                    self._ensure_running()
                except BaseException:
                    self._leave()
                    raise

    def release(self) -> None:
        """Take back one `acquire`; the last user's last one stops the server. Without one it does nothing.

        EmbeddedPostgresError when the server does not stop; the process is then no user all the same.
        """
        with self._mutex, _system_errors_named(self._data_dir):
            if self._uses != 1:
                self._uses = max(self._uses - 1, 0)
                return
            try:
                with self._start_lock.exclusive(timeout=LOCK_SECONDS):
                    if self._user_lock.try_exclusive():
                        self._stop()
            finally:
                self._leave()

    @contextmanager
    def running(self) -> Iterator["EmbeddedPostgres"]:
        """`acquire` for the length of a block, then `release`."""
        self.acquire()
        try:
            yield self
        finally:
            self.release()

    def forget_parent(self) -> None:
        """In a forked child: be no user, without taking the parent's locks away from it."""
        self._mutex = threading.RLock()
        self._uses = 0
        self._start_lock.forget()
        self._user_lock.forget()

    def _become_user(self) -> None:
        if not self._uses and not self._user_lock.try_shared():
            raise EmbeddedPostgresError(f"{self._data_dir / 'postgres.users'} is locked by a foreign program.")
        self._uses += 1

    def _leave(self) -> None:
        self._uses -= 1
        if not self._uses:
            self._user_lock.release()

    def _check_owner(self) -> None:
        if os.geteuid() == 0:
            return
        is_open = os.access(self._data_dir, os.R_OK | os.W_OK | os.X_OK)
        folder = self._cluster.folder if is_open and self._cluster.folder.exists() else self._data_dir
        owner = folder.stat().st_uid
        if owner != os.geteuid():
            raise EmbeddedPostgresError(
                f"{folder} belongs to another user ({owner}), so only that user or root can run PostgreSQL "
                "in it. Work as that user, have the folder moved away, or set DATABASE_URL."
            )

    def _ensure_running(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        failure: EmbeddedPostgresError = EmbeddedPostgresError(
            f"PostgreSQL runs but answers nothing. Look into {self._cluster.log}."
        )
        while True:
            if self._cluster.pid() is None and not is_listening(self.socket_dir):
                try:
                    self._start()
                except StartError as error:
                    if not error.is_transient:
                        raise
                    failure = error
            if self._has_database():
                return
            if time.monotonic() > deadline:
                raise failure
            time.sleep(POLL_SECONDS)

    def _start(self) -> None:
        account = self._account
        self._cluster.prepare(account, self.bin_dir)
        make_socket_dir(self.socket_dir, account, is_shared_parent=self.socket_dir.parent != self._data_dir)
        remove_leftovers(self.socket_dir)
        self._cluster.start(account, self.bin_dir, socket_dir=self.socket_dir, timeout=START_SECONDS)

    def _stop(self) -> None:
        pid = self._cluster.pid()
        if pid is not None:
            self._cluster.stop(pid)

    @cached_property
    def _account(self) -> Account:
        return server_account(data_dir=self._data_dir, programs=self.bin_dir / "postgres")

    def _has_database(self) -> bool:
        """Whether the server answers and the database is there, made if it was missing."""
        answer = self._query(FIND_DATABASE)
        if answer is not None and "present" not in answer:
            answer = self._query(f"CREATE DATABASE {DATABASE}")
        return answer is not None

    def _query(self, statement: str) -> str | None:
        """What the server answers to `statement`, None when it does not."""
        argv = [
            "-XqAt",
            "-h",
            self.socket_dir,
            "-p",
            PORT,
            "-U",
            SUPERUSER,
            "-d",
            "postgres",
            "-c",
            statement,
        ]
        result = current_account().run([self.bin_dir / "psql", *argv], cwd=self._data_dir, timeout=QUERY_SECONDS)
        return result.stdout if result.returncode == 0 else None


@contextmanager
def _system_errors_named(data_dir: Path) -> Iterator[None]:
    """Turn a full disk or a closed folder into the error that callers are promised."""
    try:
        yield
    except OSError as error:
        raise EmbeddedPostgresError(f"The embedded PostgreSQL in {data_dir} cannot be used: {error}") from error


_instances: weakref.WeakSet[EmbeddedPostgres] = weakref.WeakSet()


def _forget_in_child() -> None:
    for instance in tuple(_instances):
        instance.forget_parent()


os.register_at_fork(after_in_child=_forget_in_child)

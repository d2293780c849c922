"""Who runs the server's programs: PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from barbershop.embedded_postgres.errors import EmbeddedPostgresError

UNPRIVILEGED_USER = "nobody"
PROBE_SECONDS = 10
PRINT_FIRST_CLOSED_PATH = 'for path; do test -x "$path" || { echo "$path"; exit 1; }; done'


@dataclass(frozen=True)
class Account:
    """An identity for programs. `uid` and `gid` own the files it makes, as seen by everybody else."""

    uid: int
    gid: int
    wrapper: tuple[str, ...] = ()
    is_switched: bool = False

    def run(self, argv: Sequence[object], *, cwd: Path, timeout: float) -> subprocess.CompletedProcess[str]:
        """Run a program to its end in a session of its own; output and errors come back as one text.

        It gets no terminal, no secrets from our environment and no pipe that a daemon could keep open.
        EmbeddedPostgresError when it cannot be run or takes longer than `timeout` seconds.
        """
        command = [*self.wrapper, *map(str, argv)]
        with tempfile.TemporaryFile() as output:
            try:
                process = subprocess.Popen(
                    command,
                    cwd=cwd,
                    env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    umask=0o077,
                    user=self.uid if self.is_switched else None,
                    group=self.gid if self.is_switched else None,
                    extra_groups=[] if self.is_switched else None,
                )
            except OSError as error:
                raise EmbeddedPostgresError(f"Cannot run {command[0]}: {error}") from error
            code = _wait(process, name=Path(str(argv[0])).name, timeout=timeout)
            output.seek(0)
            text = output.read().decode(errors="replace")
        return subprocess.CompletedProcess(command, code, text)

    def first_closed_path(self, paths: Sequence[Path]) -> str | None:
        """The first of `paths` that the account may not enter (or execute), "" when it cannot even try."""
        probe = ["/bin/sh", "-c", PRINT_FIRST_CLOSED_PATH, "sh", *paths]
        result = self.run(probe, cwd=Path("/"), timeout=PROBE_SECONDS)
        if result.returncode == 0:
            return None
        reported = result.stdout.rstrip("\n")
        return reported if reported in map(str, paths) else ""


def current_account() -> Account:
    """The account of this process."""
    return Account(os.geteuid(), os.getegid())


def server_account(*, data_dir: Path, programs: Path) -> Account:
    """An account that PostgreSQL accepts and that can enter `data_dir` and run the file `programs`.

    A person's own account serves as it is. For root (and for a uid without a name) the programs run in a
    user namespace, where they see themselves as `nobody` while their files stay ours. Where there are no
    user namespaces, as in most containers, root switches to `nobody`.
    EmbeddedPostgresError when a folder above is closed to it.
    """
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return current_account()
    paths = [*reversed(data_dir.parents), *reversed(programs.parents), programs]
    mapped = _namespace_account()
    if mapped is not None and mapped.first_closed_path([*paths, data_dir]) is None:
        return mapped
    if os.geteuid() != 0:
        return current_account()
    return _switched_account(paths)


def _namespace_account() -> Account | None:
    unshare = shutil.which("unshare")
    if unshare is None or not _has_name(UNPRIVILEGED_USER):
        return None
    nobody = pwd.getpwnam(UNPRIVILEGED_USER)
    mapping = ("--user", f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}", "--")
    return Account(os.geteuid(), os.getegid(), wrapper=(unshare, *mapping))


def _switched_account(paths: Sequence[Path]) -> Account:
    if not _has_name(UNPRIVILEGED_USER):
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and this machine has no user '{UNPRIVILEGED_USER}' to run it. "
            "Work as a normal user, or set DATABASE_URL to a server of your own."
        )
    nobody = pwd.getpwnam(UNPRIVILEGED_USER)
    account = Account(nobody.pw_uid, nobody.pw_gid, is_switched=True)
    closed = account.first_closed_path(paths)
    if closed is not None:
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and the user '{UNPRIVILEGED_USER}' may not enter {closed}. "
            "Set DATABASE_URL to a server of your own, move the checkout to a folder that every user may "
            "enter, or work as a normal user."
        )
    return account


def _has_name(user: int | str) -> bool:
    try:
        pwd.getpwuid(user) if isinstance(user, int) else pwd.getpwnam(user)
    except KeyError:
        return False
    return True


def _wait(process: subprocess.Popen[bytes], *, name: str, timeout: float) -> int:
    try:
        return process.wait(timeout)
    except BaseException as error:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if isinstance(error, subprocess.TimeoutExpired):
            raise EmbeddedPostgresError(f"{name} did not finish within {timeout:.0f} s.") from error
        raise

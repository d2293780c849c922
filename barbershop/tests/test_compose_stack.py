"""docker-compose.yml built and run for real: `make soak`, on a machine with a container engine."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from barbershop.deploy_check import BASE_DIR

LONG_RUNNING = ("postgres", "redis", "web", "bot", "worker")
PROCESSES = ("web", "bot", "worker")
GRACE_SECONDS = 30
_QUERY = """
import pathlib, psycopg, sys
with psycopg.connect(pathlib.Path("/run/secrets/database_url").read_text()) as link:
    print(link.execute(sys.argv[1]).fetchone()[0])
"""


def engine_answers() -> bool:
    """Whether a container engine with Compose is at hand; CI machines have none, so REQUIRE_ALL does not ask for it."""
    if not shutil.which("docker"):
        return False
    asked = (["docker", "info"], ["docker", "compose", "version"])
    return all(subprocess.run(argv, capture_output=True, check=False).returncode == 0 for argv in asked)


@dataclass
class Stack:
    """The stack under a project name, an image name, a port and secrets of its own."""

    environment: dict[str, str]
    folder: Path
    port: int

    def docker(self, *arguments: str, seconds: float = 600) -> str:
        answer = subprocess.run(
            ["docker", *arguments],
            cwd=BASE_DIR,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert answer.returncode == 0, f"docker {' '.join(arguments)}\n{answer.stdout}\n{answer.stderr}"
        return answer.stdout

    def compose(self, *arguments: str) -> str:
        return self.docker("compose", *arguments)

    def inspect(self, service: str) -> dict[str, Any]:
        container = self.compose("ps", "--all", "--quiet", service).strip()
        return dict(json.loads(self.docker("inspect", container))[0])

    def query(self, statement: str) -> str:
        return self.compose("exec", "-T", "web", "python", "-c", _QUERY, statement).strip()

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """Status and Location; redirects are not followed."""
        opener = urllib.request.build_opener(_NoRedirect)
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            answer: HTTPResponse = opener.open(request, timeout=10)
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers.get("Location", "")
        return answer.status, ""

    def wait_healthy(self, *, restarted: str) -> None:
        """Until the service has been restarted and everything is healthy."""
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            states = [self.inspect(name) for name in LONG_RUNNING]
            healthy = all(state["State"].get("Health", {}).get("Status") == "healthy" for state in states)
            if healthy and self.inspect(restarted)["RestartCount"] > 0:
                return
            time.sleep(2)
        pytest.fail(self.compose("ps", "--all"))


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any) -> None:
        return None


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack") / "secrets"
    token = f"1:{secrets.token_urlsafe(26)[:35]}"
    subprocess.run([BASE_DIR / "deploy" / "make-secrets", folder], input=token, text=True, check=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    name = f"barbershop-test-{secrets.token_hex(3)}"
    own = {
        "COMPOSE_PROJECT_NAME": name,
        "COMPOSE_DISABLE_ENV_FILE": "1",
        "BARBERSHOP_IMAGE": f"{name}:local",
        "SECRETS_DIR": str(folder),
        "WEB_PORT": str(port),
    }
    passed_on = {key: value for key, value in os.environ.items() if key == "PATH" or key.startswith("DOCKER_")}
    running = Stack(passed_on | own, folder, port)
    try:
        running.compose("up", "--detach", "--build", "--wait")
        yield running
    finally:
        running.compose("down", "--volumes", "--remove-orphans", "--rmi", "local")


def check_confinement(stack: Stack) -> None:
    values = [path.read_text() for path in stack.folder.iterdir()]
    for service in (*LONG_RUNNING, "migrate"):
        found = stack.inspect(service)
        host = found["HostConfig"]
        assert found["Config"]["User"] not in {"", "0", "root"}
        assert host["ReadonlyRootfs"] is True
        assert host["CapDrop"] == ["ALL"]
        assert host["Memory"] > 0
        assert not any(value in json.dumps(found) for value in values)
        assert bool(host["PortBindings"]) is (service == "web")
    image = stack.inspect("web")["Image"]
    assert not any(value in stack.docker("history", "--no-trunc", image) for value in values)
    for service in PROCESSES:
        shell = "id -u; touch /app/x 2>/dev/null && echo written; grep CapEff /proc/self/status"
        said = stack.compose("exec", "-T", service, "sh", "-c", shell).split()
        assert said == ["10001", "CapEff:", "0000000000000000"]


def check_database_role(stack: Stack) -> None:
    role = (
        "SELECT rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    assert stack.query(role) == "False"
    owned = "SELECT string_agg(datname, ' ') FROM pg_database WHERE datdba = current_user::regrole"
    assert stack.query(owned) == "barbershop"


def check_logs(stack: Stack) -> None:
    values = [path.read_text() for path in stack.folder.iterdir()]
    for service in PROCESSES:
        lines = stack.compose("logs", "--no-log-prefix", "--no-color", service).replace("\x1b[2K", "").splitlines()
        assert lines
        for line in lines:
            assert json.loads(line)["service"] == service
        assert not any(value in "\n".join(lines) for value in values)


def check_web(stack: Stack) -> None:
    assert stack.get("/health/ready", Host="anything.example") == (200, "")
    host = f"localhost:{stack.port}"
    assert stack.get("/admin/", Host=host) == (301, f"https://{host}/admin/")
    assert stack.get("/admin/", Host=host, **{"X-Forwarded-Proto": "https"})[0] == 301


def check_proxy_on_the_host(stack: Stack) -> None:
    """A proxy on this machine reaches web through the bridge, so the bridge's address is the one to trust."""
    network = f"{stack.environment['COMPOSE_PROJECT_NAME']}_outside"
    gateway = stack.docker("network", "inspect", network, "--format", "{{(index .IPAM.Config 0).Gateway}}").strip()
    stack.environment["TRUSTED_PROXIES"] = gateway
    stack.compose("up", "--detach", "--wait", "web")
    answer = stack.get("/admin/", **{"Host": "localhost", "X-Forwarded-Proto": "https"})
    assert answer == (302, "/admin/login/?next=/admin/")
    assert stack.get("/admin/login/", **{"Host": "localhost", "X-Forwarded-Proto": "https"}) == (200, "")
    assert stack.get("/admin/", Host="localhost")[0] == 301


def check_graceful_stop(stack: Stack) -> None:
    started = time.monotonic()
    stack.compose("stop", *PROCESSES)
    assert time.monotonic() - started < GRACE_SECONDS
    assert [stack.inspect(name)["State"]["ExitCode"] for name in PROCESSES] == [0, 0, 0]


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.skipif(not engine_answers(), reason="no container engine (not asked for by REQUIRE_ALL)")
def test_the_stack_starts_confined_plays_the_shop_survives_a_crash_and_keeps_its_data(stack: Stack) -> None:
    assert stack.inspect("migrate")["State"]["ExitCode"] == 0
    check_web(stack)
    check_confinement(stack)
    check_database_role(stack)

    stack.compose("run", "--rm", "--no-deps", "-T", "manage", "seed_demo")
    masters = stack.query("SELECT count(*) FROM masters")
    assert int(masters) >= 2
    played = stack.compose("run", "--rm", "--no-deps", "-T", "manage", "smoke", "--json")
    assert json.loads(played.splitlines()[-1])["ok"] is True

    stack.compose("exec", "-T", "postgres", "sh", "-c", 'kill -9 "$(head -n 1 "$PGDATA/postmaster.pid")"')
    stack.wait_healthy(restarted="postgres")
    assert stack.query("SELECT count(*) FROM masters") == masters
    check_web(stack)
    check_logs(stack)
    check_proxy_on_the_host(stack)

    check_graceful_stop(stack)
    stack.compose("down")
    stack.compose("up", "--detach", "--wait")
    assert stack.query("SELECT count(*) FROM masters") == masters

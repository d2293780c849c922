"""What docker-compose.yml and deploy/ promise, read without an engine; test_compose_stack.py runs them."""

import os
import re
import stat
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from barbershop import deploy_check, runtime

BASE_DIR = deploy_check.BASE_DIR
DEPLOY = BASE_DIR / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONE_SHOT = {"migrate", "manage"}
STORES = {"postgres", "redis"}
TOKEN = ":".join(("123456789", "AA" + "x" * 33))

every_service = pytest.mark.parametrize("name", sorted(SERVICES))


def test_the_services_of_the_shop_are_there() -> None:
    assert set(SERVICES) == {"postgres", "redis", "migrate", "web", "bot", "worker", "manage"}


@every_service
def test_service_gives_up_what_it_does_not_need(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["init"] is True
    assert service["user"] not in {"", "0", "root", "0:0"}
    assert not {"privileged", "cap_add", "devices", "pid", "ipc", "network_mode"} & set(service)


@every_service
def test_service_is_bounded(name: str) -> None:
    service = SERVICES[name]

    assert service["mem_limit"].endswith(("m", "g"))
    assert service["pids_limit"]
    assert service["logging"]["options"]["max-size"]
    assert service["restart"] == ("no" if name in ONE_SHOT else "unless-stopped")
    assert ("healthcheck" in service) is (name not in ONE_SHOT)


def test_processes_fit_a_machine_of_two_gigabytes() -> None:
    limits = [int(SERVICES[name]["mem_limit"].removesuffix("m")) for name in set(SERVICES) - ONE_SHOT]

    assert sum(limits) <= 1600


def test_grace_period_is_longer_than_the_drain() -> None:
    graceful = re.search(r"^graceful_timeout = (\d+)", (DEPLOY / "gunicorn.conf.py").read_text(), re.MULTILINE)
    assert graceful

    for name in ("web", "bot", "worker"):
        grace = int(SERVICES[name]["stop_grace_period"].removesuffix("s"))
        assert grace >= runtime.DRAIN_SECONDS + 5
        assert grace >= int(graceful[1]) + 5


def test_only_web_is_published_and_only_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert list(published) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in published["web"])


def test_stores_are_cut_off_and_processes_reach_telegram() -> None:
    assert COMPOSE["networks"]["data"]["internal"] is True
    assert not COMPOSE["networks"]["outside"].get("internal")
    assert {name for name in SERVICES if SERVICES[name]["networks"] == ["data"]} == STORES | {"migrate"}
    for name in ("web", "bot", "worker"):
        assert SERVICES[name]["networks"] == ["data", "outside"]


HOLDERS = {
    "telegram_bot_token": {"bot", "worker", "manage"},
    "telegram_webhook_secret": {"web", "bot"},
    "metrics_token": {"bot"},
}


@every_service
def test_secrets_come_as_files_and_only_to_those_who_need_them(name: str) -> None:
    environment = SERVICES[name].get("environment", {})
    secret = re.compile(r"SECRET|TOKEN|PASSWORD|_KEY|^(DATABASE|REDIS)_URL")

    for variable, value in environment.items():
        if secret.search(variable):
            assert variable.endswith("_FILE")
            assert Path(value).parent == Path("/run/secrets")
            assert Path(value).name in SERVICES[name]["secrets"]
    holds = {secret for secret, holders in HOLDERS.items() if name in holders}
    assert set(SERVICES[name].get("secrets", [])) & set(HOLDERS) == holds


def test_processes_are_handed_exactly_the_settings_that_exist() -> None:
    assert deploy_check.names_handed_over() == deploy_check.settings_read()


@every_service
def test_process_never_runs_in_debug_mode(name: str) -> None:
    assert name in STORES or SERVICES[name]["environment"]["DEBUG"] == "off"


def test_images_are_named_by_tag() -> None:
    bases = re.findall(r"^ARG \w+=(\S+)", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    images = bases + [SERVICES[name]["image"] for name in STORES]

    assert len(images) == 3
    for image in images:
        assert re.fullmatch(r"[a-z]+:\d[\w.-]+", image)


def test_dockerfile_bakes_no_secret_and_ends_without_root() -> None:
    text = (DEPLOY / "Dockerfile").read_text()

    assert not text.startswith("# syntax=")
    assert not re.search(r"^(ENV|ARG) .*(SECRET|TOKEN|PASSWORD|DATABASE_URL)", text, re.MULTILINE)
    assert re.findall(r"^USER (\S+)", text, re.MULTILINE) == [SERVICES["web"]["user"]]
    assert "--require-hashes" in text


def test_build_context_is_closed_by_default() -> None:
    lines = [line for line in (BASE_DIR / ".dockerignore").read_text().splitlines() if line[:1] not in {"", "#"}]

    assert lines[0] == "*"
    assert {line for line in lines if line.startswith("!")} == {
        "!accounts",
        "!barbershop",
        "!bookings",
        "!observability",
        "!schedules",
        "!deploy/gunicorn.conf.py",
        "!deploy/healthcheck.py",
        "!manage.py",
        "!pyproject.toml",
        "!requirements.txt",
    }
    assert lines[-1] == "**/.*"


# --- deploy/make-secrets


def make_secrets(folder: Path, *, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    command = [str(DEPLOY / "make-secrets"), str(folder)]
    return subprocess.run(command, input=token, capture_output=True, text=True, check=False, timeout=30)


def test_secrets_are_made_once_and_fit_together(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    assert make_secrets(folder).returncode == 0
    made = {path.name: path.read_text() for path in folder.iterdir()}

    assert set(made) == set(COMPOSE["secrets"])
    assert made["telegram_bot_token"] == TOKEN
    assert len(made["secret_key"]) >= 50
    assert len(set(made.values())) == len(made)
    redis = urlsplit(made["redis_url"])
    assert f"user {redis.username} on #{sha256(str(redis.password).encode()).hexdigest()} " in made["redis_acl"]
    assert urlsplit(made["database_url"]).hostname == "postgres"

    again = make_secrets(folder, token="")
    assert again.returncode == 0
    assert {path.name: path.read_text() for path in folder.iterdir()} == made


def test_secrets_are_closed_to_others_and_readable_inside_containers(tmp_path: Path) -> None:
    make_secrets(tmp_path / "secrets")

    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "secrets").iterdir()} == {0o444}


def test_secrets_without_a_token_are_refused(tmp_path: Path) -> None:
    answer = make_secrets(tmp_path / "secrets", token="")

    assert answer.returncode == 1
    assert "no token" in answer.stderr
    assert TOKEN not in make_secrets(tmp_path / "secrets").stderr


def test_make_secrets_may_be_run() -> None:
    assert os.access(DEPLOY / "make-secrets", os.X_OK)

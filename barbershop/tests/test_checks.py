"""What production refuses to start with: each check has an id, says what to set and shows no value."""

import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage, run_checks

ROOT = Path(__file__).resolve().parents[2]
TOKEN = f"{4242}:{'A' * 35}"


def production_env() -> dict[str, str]:
    """A complete production environment, whatever `.env` says; nothing in it is reachable."""
    secret = ("SECRET_KEY", "DATABASE_URL", "TELEGRAM_BOT_TOKEN", "TELEGRAM_WEBHOOK_SECRET", "REDIS_URL")
    files = [f"{name}_FILE" for name in secret]
    return dict.fromkeys([*files, "REDIS_URL", "TELEGRAM_API_BASE", "TELEGRAM_MODE", "PUBLIC_URL"], "") | {
        "PATH": os.environ["PATH"],
        "DEBUG": "off",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DATABASE_URL": "postgres://shop:long-password@127.0.0.1:1/shop",
        "ALLOWED_HOSTS": "shop.example",
        "TELEGRAM_BOT_TOKEN": TOKEN,
    }


@pytest.fixture(autouse=True)
def production(settings: Any) -> None:
    settings.DEBUG = False
    settings.SECRET_KEY = secrets.token_urlsafe(50)
    settings.ALLOWED_HOSTS = ["shop.example"]
    settings.TELEGRAM_BOT_TOKEN = TOKEN
    settings.TELEGRAM_API_BASE = "https://api.telegram.org"
    settings.TELEGRAM_MODE = "polling"


def problems(*, deploy: bool = False) -> list[CheckMessage]:
    return [problem for problem in run_checks(include_deployment_checks=deploy) if "barbershop." in str(problem.id)]


def the_one_problem(*, deploy: bool = False) -> CheckMessage:
    [problem] = problems(deploy=deploy)
    assert problem.is_serious()
    return problem


def test_production_values_pass() -> None:
    assert problems(deploy=True) == []


@pytest.mark.parametrize("key", ["weak-secret-key", "x" * 49])
def test_e001_a_short_secret_key(settings: Any, key: str) -> None:
    settings.SECRET_KEY = key
    problem = the_one_problem()
    assert problem.id == "barbershop.E001"
    assert "SECRET_KEY_FILE" in str(problem.hint)
    assert key not in f"{problem.msg} {problem.hint}"


def test_e001_the_development_secret_key(settings: Any) -> None:
    settings.SECRET_KEY = settings.INSECURE_SECRET_KEY
    assert the_one_problem().id == "barbershop.E001"


def test_e002_no_bot_token(settings: Any) -> None:
    settings.TELEGRAM_BOT_TOKEN = ""
    problem = the_one_problem(deploy=True)
    assert problem.id == "barbershop.E002"
    assert "TELEGRAM_BOT_TOKEN_FILE" in str(problem.hint)
    assert problems() == [], "the web process does without"


@pytest.mark.parametrize("hosts", [[], ["*"], ["shop.example", "*"]])
def test_e003_hosts_missing_or_open(settings: Any, hosts: list[str]) -> None:
    settings.ALLOWED_HOSTS = hosts
    problem = the_one_problem()
    assert problem.id == "barbershop.E003"
    assert "ALLOWED_HOSTS" in str(problem.hint)


@pytest.mark.parametrize(
    "base",
    [
        "http://api.telegram.org",
        "http://10.0.0.1:8081",
        "http://localhost.example",
        "http://127.0.0.1.example",
        "http://user@example/127.0.0.1",
        "ftp://127.0.0.1",
        "127.0.0.1:8081",
        "https://:443",
        "http://[broken",
    ],
)
def test_e004_the_token_would_travel_in_the_clear(settings: Any, base: str) -> None:
    settings.TELEGRAM_API_BASE = base
    problem = the_one_problem()
    assert problem.id == "barbershop.E004"
    assert "TELEGRAM_API_BASE" in problem.msg
    assert base not in f"{problem.msg} {problem.hint}"


@pytest.mark.parametrize(
    "base", ["https://bot-api.example", "http://127.0.0.1:8081", "http://[::1]:8081", "http://localhost:8081"]
)
def test_a_private_way_to_telegram_passes(settings: Any, base: str) -> None:
    settings.TELEGRAM_API_BASE = base
    assert problems(deploy=True) == []


def test_development_may_go_without_secrets_but_not_leak_the_token(settings: Any) -> None:
    settings.DEBUG = True
    settings.SECRET_KEY = settings.INSECURE_SECRET_KEY
    settings.ALLOWED_HOSTS = []
    assert problems() == []
    settings.TELEGRAM_API_BASE = "http://api.telegram.org"
    assert the_one_problem().id == "barbershop.E004"


@pytest.fixture
def webhook(settings: Any) -> None:
    settings.TELEGRAM_MODE = "webhook"
    settings.TELEGRAM_WEBHOOK_SECRET = "w" * 32
    settings.PUBLIC_URL = "https://shop.example"


@pytest.mark.parametrize("url", ["https://shop.example", "https://shop.example:8443", "https://shop.example:443"])
def test_an_address_that_telegram_pushes_to_passes(webhook: None, settings: Any, url: str) -> None:
    settings.PUBLIC_URL = url
    assert problems(deploy=True) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example",
        "http://shop.example",
        "http://127.0.0.1:8000",
        "https://shop.example:8000",
        "https://shop.example:0",
        "https://shop.example:port",
        "https://shop.example/shop",
        "https://shop.example?a=b",
        "https://shop.example#a",
        "https://me:password@shop.example",
        "https://",
        "https://[broken",
    ],
)
def test_e005_nothing_that_telegram_pushes_to(webhook: None, settings: Any, url: str) -> None:
    settings.PUBLIC_URL = url
    problem = the_one_problem()
    assert problem.id == "barbershop.E005"
    assert "PUBLIC_URL" in problem.msg
    assert not url or url not in f"{problem.msg} {problem.hint}".replace("https://HOST", "")


@pytest.mark.parametrize("secret", ["", "w" * 31, "w" * 257, "w" * 31 + "!", "w" * 32 + "\n", "ц" * 32])
def test_e006_a_webhook_secret_that_is_missing_or_weak(webhook: None, settings: Any, secret: str) -> None:
    settings.TELEGRAM_WEBHOOK_SECRET = secret
    problem = the_one_problem()
    assert problem.id == "barbershop.E006"
    assert "TELEGRAM_WEBHOOK_SECRET_FILE" in str(problem.hint)
    assert not secret or secret not in f"{problem.msg} {problem.hint}"


def test_e007_an_address_that_the_web_refuses(webhook: None, settings: Any) -> None:
    settings.PUBLIC_URL = "https://other.example"
    problem = the_one_problem()
    assert problem.id == "barbershop.E007"
    assert "ALLOWED_HOSTS" in str(problem.hint)


def test_polling_needs_nothing_of_the_webhook(settings: Any) -> None:
    settings.TELEGRAM_WEBHOOK_SECRET = settings.PUBLIC_URL = ""
    assert problems(deploy=True) == []


def test_development_may_push_within_this_machine_and_make_the_rest_up(webhook: None, settings: Any) -> None:
    settings.DEBUG = True
    settings.TELEGRAM_WEBHOOK_SECRET = ""
    for url in ("", "http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"):
        settings.PUBLIC_URL = url
        assert problems() == []
    settings.PUBLIC_URL = "http://shop.example"
    assert the_one_problem().id == "barbershop.E005"


def manage(*arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=production_env() | env, capture_output=True, text=True, check=False, timeout=60
    )


def test_the_deploy_check_is_clean_with_production_values() -> None:
    done = manage("check", "--deploy", "--fail-level", "INFO")
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize("command", ["run_bot", "run_worker"])
def test_no_command_starts_in_production_with_a_weak_key(command: str) -> None:
    done = manage(command, SECRET_KEY="weak-secret-key")
    assert done.returncode == 1
    assert "barbershop.E001" in done.stderr
    assert "weak-secret-key" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["run_bot", "run_worker"])
def test_bot_and_worker_do_not_start_without_a_token(command: str) -> None:
    done = manage(command, TELEGRAM_BOT_TOKEN="")
    assert done.returncode == 2
    assert "TELEGRAM_BOT_TOKEN" in done.stderr


def test_the_web_does_not_start_in_production_with_a_weak_key() -> None:
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--bind", "127.0.0.1:0"]
    done = subprocess.run(
        [*command, "barbershop.wsgi"],
        cwd=ROOT,
        env=production_env() | {"SECRET_KEY": "weak-secret-key"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert "barbershop.E001" in done.stderr
    assert "weak-secret-key" not in done.stdout + done.stderr

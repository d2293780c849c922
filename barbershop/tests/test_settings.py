"""Settings come from the environment; one that can't be read stops the start, with its name and without its value."""

import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import environ
import pytest
from django.core.exceptions import ImproperlyConfigured

from barbershop.env import read_dotenv

ROOT = Path(__file__).resolve().parents[2]
SECRET = "hunter2hunter2"
PRODUCTION = {"SECRET_KEY": "k" * 60, "DATABASE_URL": f"postgres://shop:{SECRET}@db.example:5432/shop"}

Load = Callable[..., dict[str, Any]]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Load:
    """Evaluate settings.py afresh in production's environment with changes (None removes), whatever `.env` says."""
    monkeypatch.setattr(environ.Env, "read_env", lambda *_args, **_kwargs: None)

    def evaluate(**changes: str | None) -> dict[str, Any]:
        for name in list(os.environ):
            monkeypatch.delenv(name)
        for name, value in (PRODUCTION | changes).items():
            if value is not None:
                monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "barbershop" / "settings.py"))

    return evaluate


def refusal(load: Load, **changes: str | None) -> str:
    with pytest.raises(ImproperlyConfigured) as caught:
        load(**changes)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "perhaps"),
        ("DATABASE_THREADS", "eight"),
        ("DATABASE_THREADS", "0"),
        ("BOOKING_HORIZON_DAYS", "1.5"),
        ("BOOKING_HORIZON_DAYS", "99999999999"),
        ("BOOKING_MIN_NOTICE_MINUTES", "-1"),
        ("CANCEL_MIN_NOTICE_MINUTES", "2 hours"),
        ("SHOP_LANGUAGE", "de"),
        ("SHOP_TIME_ZONE", "Mars/Olympus"),
        ("SHOP_TIME_ZONE", "../../../etc/passwd"),
        ("SHOP_PHONE_REGION", "XX"),
        ("SHOP_PHONE_REGION", "RUS"),
        ("SHOP_PHONE_REGION", "kz"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_by_name(load: Load, name: str, value: str) -> None:
    words = refusal(load, **{name: value})
    assert words.startswith(f"{name}: ")
    assert value not in words


@pytest.mark.parametrize(
    "url",
    [
        f"mysql://shop:{SECRET}@db/shop",
        f"sqlite:///{SECRET}",
        f"{SECRET}",
        f"postgres://shop:{SECRET}/x@db/shop",
        f"postgres://shop:{SECRET}?x@db/shop",
        f"postgres://shop:{SECRET}@db:port/shop",
        f"postgres://shop:{SECRET}@db:99999/shop",
    ],
)
def test_a_bad_database_url_is_refused_without_its_password(
    load: Load, url: str, recwarn: pytest.WarningsRecorder
) -> None:
    words = refusal(load, DATABASE_URL=url)
    assert words.startswith("DATABASE_URL: ")
    assert SECRET not in words
    assert not recwarn.list


def test_a_database_url_keeps_every_character_of_its_password(load: Load) -> None:
    database = load(DATABASE_URL="postgres://shop:p$1%24%2F@db/shop?sslmode=require")["DATABASES"]["default"]
    assert database["PASSWORD"] == "p$1$/"
    assert database["OPTIONS"]["sslmode"] == "require"
    assert database["OPTIONS"]["server_side_binding"] is True


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL"])
def test_production_does_not_start_without(load: Load, name: str, value: str | None) -> None:
    assert refusal(load, **{name: value}).startswith(f"{name}: set it")


def test_development_needs_nothing_but_debug(load: Load) -> None:
    found = load(DEBUG="on", SECRET_KEY=None, DATABASE_URL=None)
    assert found["SECRET_KEY"] == found["INSECURE_SECRET_KEY"]
    assert found["EMBEDDED_POSTGRES"] is not None


def test_a_database_url_wins_over_the_embedded_server(load: Load) -> None:
    assert load(DEBUG="on")["EMBEDDED_POSTGRES"] is None


@pytest.mark.parametrize("content", ["a$b$$c\\$d", "a$b$$c\\$d\n", "a$b$$c\\$d\r\n"])
def test_a_secret_is_read_from_its_file_as_it_stands_there(load: Load, tmp_path: Path, content: str) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content.encode())
    found = load(SECRET_KEY=None, SECRET_KEY_FILE=str(file), TELEGRAM_BOT_TOKEN_FILE=str(file))
    assert found["SECRET_KEY"] == found["TELEGRAM_BOT_TOKEN"] == "a$b$$c\\$d"


def test_a_value_that_looks_like_another_variable_is_just_a_value(load: Load) -> None:
    assert load(TELEGRAM_BOT_TOKEN="$SECRET_KEY")["TELEGRAM_BOT_TOKEN"] == "$SECRET_KEY"


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "TELEGRAM_BOT_TOKEN", "REDIS_URL"])
def test_a_secrets_missing_file_is_named_and_not_its_path(load: Load, tmp_path: Path, name: str) -> None:
    words = refusal(load, **{name: None, f"{name}_FILE": str(tmp_path / SECRET)})
    assert words.startswith(f"{name}_FILE: ")
    assert SECRET not in words


def test_a_file_wins_over_the_variable(load: Load, tmp_path: Path) -> None:
    file = tmp_path / "name"
    file.write_text("From the file")
    assert load(SHOP_NAME="From the variable", SHOP_NAME_FILE=str(file))["SHOP_NAME"] == "From the file"


@pytest.mark.parametrize("name", ["SHOP_NAME", "SHOP_TIME_ZONE", "SHOP_LANGUAGE", "DATABASE_THREADS", "DEBUG"])
def test_an_empty_variable_counts_as_unset(load: Load, name: str) -> None:
    assert load(**{name: "", f"{name}_FILE": ""})[name] == load()[name]


def test_lists_may_have_spaces_after_the_comma(load: Load) -> None:
    assert load(ALLOWED_HOSTS="a.example, b.example,")["ALLOWED_HOSTS"] == ["a.example", "b.example"]


def test_a_dotenv_fills_in_what_the_environment_leaves_open(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHOP_NAME", "From the environment")
    monkeypatch.setenv("SHOP_ADDRESS", "")  # restored afterwards
    monkeypatch.delenv("SHOP_ADDRESS")
    file = tmp_path / ".env"
    file.write_text("# a comment\n\nSHOP_NAME=From the file\nSHOP_ADDRESS='12 High Street'\n")
    read_dotenv(file)
    assert os.environ["SHOP_NAME"] == "From the environment"
    assert os.environ["SHOP_ADDRESS"] == "12 High Street"


def test_a_line_of_a_dotenv_that_is_no_assignment_is_not_shown(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / ".env"
    file.write_text(f"export TELEGRAM_BOT_TOKEN = {SECRET}\n")
    with pytest.raises(ImproperlyConfigured, match=r"^\.env: ") as caught:
        read_dotenv(file)
    assert SECRET not in str(caught.value) + caplog.text


def test_no_dotenv_is_no_error(tmp_path: Path) -> None:
    before = dict(os.environ)
    read_dotenv(tmp_path / ".env")
    assert dict(os.environ) == before


def test_a_command_that_can_not_read_its_settings_ends_with_the_name_alone() -> None:
    env = {"PATH": os.environ["PATH"], "DEBUG": "off", "SECRET_KEY_FILE": "", "DATABASE_URL_FILE": ""}
    env |= PRODUCTION | {"DATABASE_URL": f"postgres://shop:{SECRET}/x@db/shop"}
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert "DATABASE_URL: not readable" in done.stderr
    assert SECRET not in done.stdout + done.stderr

"""Log lines: strict JSON, an envelope that nothing overrides, no secret in any of it."""

import datetime as dt
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from observability import logs, redaction
from observability.correlation import correlated
from observability.events import emit
from observability.logs import ConsoleFormatter, JsonFormatter
from observability.redaction import MASK, redact

TOKEN = ":".join(("123456789", "AAF-" + "aBcDeFgHi" * 3))
PASSWORD = "p/ss w:rd@42"
WEBHOOK_SECRET = "Wh_-" * 8
METRICS_TOKEN = "m3tr" * 8
ENVELOPE = {"ts", "level", "event", "service", "logger", "message", "env", "version", "correlation_id"}


@pytest.fixture(autouse=True)
def secrets(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Secrets that can be looked for, and no password of the test database's own that stands in a test's text."""
    settings.TELEGRAM_BOT_TOKEN = TOKEN
    settings.TELEGRAM_WEBHOOK_SECRET = WEBHOOK_SECRET
    settings.METRICS_TOKEN = METRICS_TOKEN
    monkeypatch.setitem(django_settings.DATABASES["default"], "PASSWORD", "")
    redaction._secrets.cache_clear()
    yield
    redaction._secrets.cache_clear()


@pytest.fixture
def database_password(secrets: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(django_settings.DATABASES["default"], "PASSWORD", PASSWORD)
    redaction._secrets.cache_clear()


CYCLE: dict[str, object] = {}
CYCLE["self"] = CYCLE


class Unprintable:
    def __str__(self) -> str:
        raise ValueError


def record(message: str = "hello", *args: object, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord("shop", logging.WARNING, __file__, 1, message, args, None)
    made.__dict__.update(extra)
    return made


def line(one: logging.LogRecord) -> dict[str, Any]:
    """The line as a strict parser reads it: no NaN, no key twice, nothing after it."""
    text = JsonFormatter().format(one)
    assert "\n" not in text
    parsed = json.loads(text, object_pairs_hook=_no_key_twice, parse_constant=_refuse)
    assert isinstance(parsed, dict)
    return parsed


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), keys
    return dict(pairs)


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


# --- The envelope -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("debug", "env"), [(True, "development"), (False, "production")])
def test_line_has_the_contracts_envelope(settings: Settings, debug: bool, env: str) -> None:
    settings.DEBUG = debug
    one = record("saw %s of %d", "one", 2)
    one.created = dt.datetime(2026, 3, 2, 9, 0, 0, 123_456, tzinfo=dt.UTC).timestamp()
    with correlated("tg-12345678"):
        assert line(one) == {
            "ts": "2026-03-02T09:00:00.123Z",
            "level": "WARNING",
            "event": "log",
            "service": "command",
            "logger": "shop",
            "message": "saw one of 2",
            "env": env,
            "version": django_settings.VERSION,
            "correlation_id": "tg-12345678",
        }


def test_service_is_what_the_process_said_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_service", "command")
    logs.set_service("worker")
    assert line(record())["service"] == "worker"


def test_fields_stand_beside_the_envelope() -> None:
    starts_at = dt.datetime(2026, 3, 3, 7, tzinfo=dt.UTC)
    seen = line(
        record(event="booking_created", fields={"booking_id": 7, "starts_at": starts_at, "service_ids": [1, 2]})
    )
    assert (seen["event"], seen["booking_id"], seen["service_ids"]) == ("booking_created", 7, [1, 2])
    assert dt.datetime.fromisoformat(seen["starts_at"]) == starts_at


@pytest.mark.parametrize("key", sorted(ENVELOPE))
def test_no_field_overrides_the_envelope(key: str) -> None:
    plain = line(record())
    forged = line(record(fields={key: "forged"}))
    assert forged.keys() == ENVELOPE
    assert forged[key] != "forged"
    assert forged[key] == plain[key] or key == "ts"


def test_exception_is_told_with_type_message_and_trace() -> None:
    try:
        raise ValueError("no such day")
    except ValueError:
        one = record(exc_info=sys.exc_info())
    seen = line(one)
    assert (seen["error.type"], seen["error.message"]) == ("ValueError", "no such day")
    assert "test_logs.py" in seen["error.stack_trace"]


def test_line_break_in_a_message_stays_in_its_line() -> None:
    assert line(record("one\r\ntwo\u2028three"))["message"] == "one\r\ntwo\u2028three"


def test_badly_formatted_arguments_do_not_lose_the_line() -> None:
    assert line(record("%d visits", "many"))["message"].startswith("%d visits")


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1, 2},
        b"\xff",
        dt.timedelta(1),
        ValueError("x"),
        10**30,
        "\x00",
        "\ud800",
        float("nan"),
        {"deep": float("inf")},
        {(1, 2): 3},
        CYCLE,
        Unprintable(),
    ],
    ids=[
        "object",
        "set",
        "bytes",
        "timedelta",
        "error",
        "big",
        "nul",
        "surrogate",
        "nan",
        "infinity",
        "tuple key",
        "cycle",
        "unprintable",
    ],
)
def test_any_value_of_a_field_can_be_written(value: object) -> None:
    one = record(fields={"odd": value})
    assert "odd" in line(one)
    JsonFormatter().format(one).encode()


def test_event_is_one_line_with_its_fields(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        emit("booking_created", booking_id=7, source="bot")
    (one,) = caplog.records
    seen = line(one)
    assert (seen["event"], seen["message"], seen["booking_id"]) == ("booking_created", "booking_created", 7)
    assert (seen["logger"], seen["level"]) == ("barbershop.events", "INFO")


def test_console_line_shows_the_fields_and_hides_the_secrets() -> None:
    text = ConsoleFormatter().format(record("hello", fields={"booking_id": 7, "url": f"https://x/bot{TOKEN}/y"}))
    assert "booking_id=7" in text
    assert TOKEN not in text


# --- Redaction ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        f"POST https://api.telegram.org/bot{TOKEN}/sendMessage",
        f"token={TOKEN}",
        f"half of it: {TOKEN.partition(':')[2]}",
        f"https://x/?t={TOKEN.replace(':', '%3A')}",
    ],
)
def test_bot_token_is_masked_in_any_form(text: str) -> None:
    masked = redact(text)
    assert MASK in masked
    assert TOKEN.partition(":")[2] not in masked


def test_secret_key_is_masked() -> None:
    assert redact(f"key {django_settings.SECRET_KEY}!") == f"key {MASK}!"


def test_webhook_secret_is_masked() -> None:
    assert redact(f"a push with {WEBHOOK_SECRET}.") == f"a push with {MASK}."


def test_metrics_token_is_masked() -> None:
    assert redact(f"Bearer {METRICS_TOKEN}") == f"Bearer {MASK}"


@pytest.mark.parametrize("form", [PASSWORD, "p%2Fss%20w%3Ard%4042"])
def test_database_password_is_masked_as_it_is_and_percent_encoded(database_password: None, form: str) -> None:
    assert redact(f"<{form}>") == f"<{MASK}>"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("postgres://shop:s3cret@db:5432/shop", f"postgres://{MASK}@db:5432/shop"),
        ("redis://:s3cret@cache:6379/0", f"redis://{MASK}@cache:6379/0"),
        ("two: http://a:b@x/ and http://c:d@y/", f"two: http://{MASK}@x/ and http://{MASK}@y/"),
    ],
)
def test_user_info_of_a_url_is_masked(text: str, masked: str) -> None:
    assert redact(text) == masked


@pytest.mark.parametrize("text", ["http://127.0.0.1:8000/a@b", "a@b.example", "ratio 3:1 @ noon", "booking 7", ""])
def test_innocent_text_is_left_alone(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    "place",
    [
        {"message": TOKEN},
        {"args": (TOKEN,), "message": "to %s"},
        {"fields": {"url": f"https://api.telegram.org/bot{TOKEN}/getMe"}},
        {"fields": {TOKEN: "as a key"}},
        {"fields": {"deep": [{"er": {"url": f"postgres://u:{TOKEN}@h/d"}}]}},
    ],
    ids=["message", "argument", "field", "key", "nested"],
)
def test_token_is_nowhere_in_a_line(place: dict[str, Any]) -> None:
    one = record(place.get("message", "hello"), *place.get("args", ()), fields=place.get("fields", {}))
    text = json.dumps(line(one))
    assert TOKEN.partition(":")[2] not in text
    assert "[REDACTED]" in text


def test_token_is_not_in_an_exception_either() -> None:
    try:
        raise OSError(f"cannot connect to https://api.telegram.org/bot{TOKEN}/getUpdates")
    except OSError:
        seen = line(record(exc_info=sys.exc_info()))
    assert TOKEN.partition(":")[2] not in json.dumps(seen)
    assert MASK in seen["error.message"]


def test_callers_objects_are_not_altered() -> None:
    fields = {"url": f"https://api.telegram.org/bot{TOKEN}/getMe", "list": [TOKEN]}
    before = json.dumps(fields)
    line(record(fields=fields))
    assert json.dumps(fields) == before

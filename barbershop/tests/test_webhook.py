"""The webhook's view: who is let in, what is taken, and what Telegram is told to send again."""

import io
import json
import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from psycopg_pool import PoolTimeout

from accounts.inbox import mark_handled
from accounts.models import TelegramUpdate
from barbershop import webhook
from barbershop.tests.conftest import WEBHOOK_SECRET

URL = "/telegram/webhook"
UPDATE = {"update_id": 7, "message": {"from": {"id": 1001}, "text": "Привет"}}


@pytest.fixture(autouse=True)
def configured(settings: Any) -> None:
    settings.TELEGRAM_WEBHOOK_SECRET = WEBHOOK_SECRET


def push(body: object = UPDATE, *, secret: str | None = WEBHOOK_SECRET, **headers: str) -> Any:
    """As Telegram does it; what is no bytes goes as JSON. The client insists on CSRF as a real server does."""
    given = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    client = Client(enforce_csrf_checks=True)
    return client.post(URL, data, content_type="application/json", headers=given | headers)


def test_an_update_is_in_the_inbox_when_telegram_is_told_so(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(4):  # savepoint, insert, notify, release: no session and no user is looked up
        answer = push()
    assert answer.status_code == 200
    assert answer.content == b""
    [stored] = TelegramUpdate.objects.all()
    assert (stored.update_id, stored.lane, stored.status) == (7, 1001, "pending")
    assert json.loads(stored.payload) == UPDATE


def test_an_update_pushed_twice_is_stored_once(db: None) -> None:
    assert [push().status_code, push().status_code] == [200, 200]
    assert TelegramUpdate.objects.count() == 1


def test_an_update_pushed_again_after_it_was_handled_stays_handled(db: None) -> None:
    push()
    mark_handled(7)
    assert push().status_code == 200
    assert TelegramUpdate.objects.get().status == "handled"


@pytest.mark.parametrize(
    "secret", [None, "", "x" * 32, WEBHOOK_SECRET[:-1], WEBHOOK_SECRET + "w", WEBHOOK_SECRET.upper(), "ключ"]
)
def test_who_does_not_know_the_secret_is_turned_away(
    db: None, events: list[Any], secret: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "_read_body", lambda _request: pytest.fail("the body was read"))
    answer = push(secret=secret)
    assert answer.status_code == 403
    assert events == [("webhook_rejected", {"source": "127.0.0.1", "what": "wrong_secret"})]
    assert not TelegramUpdate.objects.exists()


@pytest.mark.parametrize("secret", [None, ""])
def test_without_a_configured_secret_everybody_is_turned_away(db: None, settings: Any, secret: str | None) -> None:
    settings.TELEGRAM_WEBHOOK_SECRET = ""
    assert push(secret=secret).status_code == 403


def test_secrets_are_compared_in_constant_time(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[str, str]] = []

    def compare(given: str, expected: str) -> bool:
        compared.append((given, expected))
        return False

    monkeypatch.setattr(webhook, "constant_time_compare", compare)
    assert push().status_code == 403
    assert compared == [(WEBHOOK_SECRET, WEBHOOK_SECRET)]


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options", "trace"])
def test_only_post_is_taken(method: str) -> None:
    assert getattr(Client(), method)(URL).status_code == 405


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe\xfa",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"update_id": "7"}',
        b'{"update_id": 7.0}',
        b'{"update_id": true}',
        b'{"update_id": null}',
        b'{"update_id": -1}',
        b'{"update_id": 9223372036854775808}',
        b'{"update_id": ' + b"9" * 5000 + b"}",
        b"[" * 100_000,
        b'{"update_id":' * 50_000,
    ],
)
def test_what_is_no_update_is_refused(db: None, events: list[Any], body: bytes) -> None:
    assert push(body).status_code == 400
    assert events == [("webhook_rejected", {"source": "127.0.0.1", "what": "not_an_update"})]
    assert not TelegramUpdate.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b'{"update_id": 9223372036854775807}',
        b'{"update_id": 0, "message": null}',
        b'{"update_id": 1, "message": {"text": "\\u0000 \\ud800"}}',
        b'{"update_id": 2, "message": {"from": {"id": 1e999}, "n": NaN}}',
        b'{"update_id": 3, "message": {"from": {"id": 99999999999999999999}}}',
    ],
)
def test_an_odd_update_is_for_the_consumer_to_judge(db: None, body: bytes) -> None:
    assert push(body).status_code == 200
    assert TelegramUpdate.objects.get().update_id == json.loads(body)["update_id"]


def test_a_body_of_just_the_limit_is_taken(db: None) -> None:
    frame = len(json.dumps({"update_id": 7, "x": ""}))
    body = json.dumps({"update_id": 7, "x": "x" * (webhook.MAX_BODY - frame)}).encode()
    assert len(body) == webhook.MAX_BODY
    assert push(body).status_code == 200
    assert push(body + b" ").status_code == 413


class Endless(io.RawIOBase):
    """A body without an end, as who chunks can send it; it knows how much of it was read."""

    def __init__(self) -> None:
        self.taken = 0

    def read(self, size: int | None = -1) -> bytes:
        assert size is not None
        assert size >= 0, "everything was asked for"
        self.taken += size
        return b" " * size


@pytest.mark.parametrize("length", ["", "2", "-1", "much", str(10**12)])
def test_a_body_without_an_end_is_left_after_the_limit_whatever_its_length_says(
    db: None, events: list[Any], length: str
) -> None:
    stream = Endless()
    answer = receive(stream, CONTENT_LENGTH=length)
    assert answer.status_code == 413
    assert stream.taken == webhook.MAX_BODY + 1
    assert events == [("webhook_rejected", {"source": "127.0.0.1", "what": "body_too_large"})]


def test_a_sender_who_hangs_up_in_the_middle_is_no_error(db: None) -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError

    assert receive(Broken()).status_code == 400


def receive(stream: io.RawIOBase, **meta: str) -> HttpResponse:
    """The view's answer to a body from a server that, as gunicorn, marks the end itself."""
    request = RequestFactory().post(URL, headers={"X-Telegram-Bot-Api-Secret-Token": WEBHOOK_SECRET})
    request.META |= {"wsgi.input": stream, "wsgi.input_terminated": True} | meta
    return webhook.receive(request)


@pytest.mark.parametrize("error", [OperationalError, PoolTimeout])
def test_telegram_is_asked_to_come_again_while_the_database_is_away(
    db: None, events: list[Any], monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def away(_updates: object) -> None:
        raise error

    monkeypatch.setattr(webhook, "store_updates", away)
    answer = push()
    assert answer.status_code == 503
    assert answer["Retry-After"] == "1"
    assert events == [("webhook_failed", {"reason_code": error.__name__})]


def test_what_a_person_wrote_and_the_secret_are_in_no_log_line(db: None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    push(b'{"said": "something private"}')
    push(secret="z" * 32)
    push({"update_id": 7, "message": {"text": "something private"}})
    lines = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "webhook_rejected" in lines
    assert "something private" not in lines
    assert WEBHOOK_SECRET not in lines
    assert "z" * 32 not in lines

"""Only the configured proxy's word about the client counts."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.middleware.security import SecurityMiddleware
from django.test import RequestFactory, override_settings

from barbershop.proxies import TrustedProxyMiddleware

PROXY = "10.0.0.7"
CLIENT = "203.0.113.9"
SPOOFED = "198.51.100.1"


def passed(*, trusted: list[str], remote: str, **headers: str) -> HttpRequest:
    """The request as the rest of Django gets it."""
    seen: list[HttpRequest] = []

    def keep(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    with override_settings(TRUSTED_PROXIES=trusted):
        TrustedProxyMiddleware(keep)(RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers))
    return seen[0]


def forwarding_headers(request: HttpRequest) -> list[str]:
    return [name for name in request.headers if "forwarded" in name.lower() or name == "X-Real-Ip"]


def test_trusted_proxy_makes_the_request_secure_and_names_the_client() -> None:
    request = passed(trusted=[PROXY], remote=PROXY, **{"X-Forwarded-Proto": "https", "X-Forwarded-For": CLIENT})

    assert request.is_secure()
    assert request.META["REMOTE_ADDR"] == CLIENT
    assert forwarding_headers(request) == []


def test_nobody_is_trusted_by_default() -> None:
    request = passed(trusted=[], remote=PROXY, **{"X-Forwarded-Proto": "https", "X-Forwarded-For": SPOOFED})

    assert not request.is_secure()
    assert request.META["REMOTE_ADDR"] == PROXY
    assert forwarding_headers(request) == []


@pytest.mark.parametrize("remote", [SPOOFED, "10.0.0.8", "::1", "", "unix:", "10.0.0.7.evil"])
def test_stranger_is_not_believed_and_its_headers_are_removed(remote: str) -> None:
    request = passed(
        trusted=[PROXY],
        remote=remote,
        **{
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": PROXY,
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Port": "443",
            "X-Forwarded-Ssl": "on",
            "Forwarded": "for=10.0.0.7;proto=https",
            "X-Real-IP": PROXY,
        },
    )

    assert not request.is_secure()
    assert request.META["REMOTE_ADDR"] == remote
    assert forwarding_headers(request) == []


def test_addresses_that_the_client_wrote_itself_are_ignored() -> None:
    request = passed(trusted=[PROXY], remote=PROXY, **{"X-Forwarded-For": f"{SPOOFED}, {PROXY} ,{CLIENT}"})

    assert request.META["REMOTE_ADDR"] == CLIENT


def test_scheme_that_the_client_wrote_itself_is_ignored() -> None:
    assert not passed(trusted=[PROXY], remote=PROXY, **{"X-Forwarded-Proto": "https, http"}).is_secure()
    assert passed(trusted=[PROXY], remote=PROXY, **{"X-Forwarded-Proto": "http, HTTPS"}).is_secure()


@pytest.mark.parametrize("scheme", ["", "ftp", "https;", "httpss", "on"])
def test_other_words_do_not_make_a_request_secure(scheme: str) -> None:
    assert not passed(trusted=[PROXY], remote=PROXY, **{"X-Forwarded-Proto": scheme}).is_secure()


@pytest.mark.parametrize("client", ["", "unknown", "_hidden", f"{CLIENT}:8080", "<script>"])
def test_what_is_no_address_leaves_the_proxy_as_the_client(client: str) -> None:
    request = passed(trusted=[PROXY], remote=PROXY, **{"X-Forwarded-For": client})

    assert request.META["REMOTE_ADDR"] == PROXY


@pytest.mark.parametrize(
    ("trusted", "remote"),
    [
        (["10.0.0.0/24"], PROXY),
        (["192.0.2.1", "10.0.0.0/8"], PROXY),
        ([PROXY], f"::ffff:{PROXY}"),
        (["fd00::/8"], "fd00::2"),
    ],
)
def test_networks_and_both_families_are_understood(trusted: list[str], remote: str) -> None:
    assert passed(trusted=trusted, remote=remote, **{"X-Forwarded-Proto": "https"}).is_secure()


@pytest.mark.parametrize("entry", ["proxy.example", "10.0.0.7/24", "*"])
def test_unreadable_setting_stops_the_start_and_names_itself(entry: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES") as caught:
        passed(trusted=[entry], remote=PROXY)

    assert entry not in str(caught.value).replace("10.0.0.0/24", "")


def test_it_stands_first_and_django_believes_nobody_else(settings: Any) -> None:
    assert settings.MIDDLEWARE[0] == "barbershop.proxies.TrustedProxyMiddleware"
    assert settings.SECURE_PROXY_SSL_HEADER is None
    assert settings.USE_X_FORWARDED_HOST is False
    assert settings.USE_X_FORWARDED_PORT is False


@pytest.mark.parametrize(("trusted", "location"), [([PROXY], None), ([], "https://localhost/admin/")])
def test_https_redirect_lets_the_trusted_proxy_through(settings: Any, trusted: list[str], location: str | None) -> None:
    settings.TRUSTED_PROXIES = trusted
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["localhost"]
    redirect = SecurityMiddleware(lambda _request: HttpResponse())
    stack = TrustedProxyMiddleware(lambda request: redirect.process_request(request) or HttpResponse())

    headers = {"Host": "localhost", "X-Forwarded-Proto": "https"}
    answer = stack(RequestFactory().get("/admin/", REMOTE_ADDR=PROXY, headers=headers))

    assert answer.get("Location") == location
    assert answer.status_code == (301 if location else 200)

"""Whose word about the client is believed: only that of the one proxy hop named in TRUSTED_PROXIES."""

import ipaddress
from collections.abc import Callable, Iterable

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_FORWARDING_HEADERS = frozenset({"HTTP_FORWARDED", "HTTP_X_REAL_IP"})
_FORWARDING_PREFIX = "HTTP_X_FORWARDED_"


class TrustedProxyMiddleware:
    """Makes a request look as it did to the trusted proxy, and removes every forwarding header from all of them.

    From a trusted address, `X-Forwarded-Proto: https` marks the request secure and the last address of
    `X-Forwarded-For`, the one that the proxy itself saw, becomes REMOTE_ADDR. What stands before the last comma
    was written by whoever called the proxy and counts for nothing. From any other address nothing counts.

    Stands first, so that nothing reads the headers before. SECURE_PROXY_SSL_HEADER must stay unset: it believes
    everybody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.trusted = _networks(settings.TRUSTED_PROXIES)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forwarded = _take_forwarding_headers(request)
        if self._is_trusted(request.META.get("REMOTE_ADDR", "")):
            scheme = _last(forwarded.get("HTTP_X_FORWARDED_PROTO", "")).lower()
            if scheme in {"http", "https"}:
                request.META["wsgi.url_scheme"] = scheme
            client = _address(_last(forwarded.get("HTTP_X_FORWARDED_FOR", "")))
            if client:
                request.META["REMOTE_ADDR"] = str(client)
        return self.get_response(request)

    def _is_trusted(self, remote: str) -> bool:
        address = _address(remote)
        return address is not None and any(address in network for network in self.trusted)


def _take_forwarding_headers(request: HttpRequest) -> dict[str, str]:
    names = [name for name in request.META if name in _FORWARDING_HEADERS or name.startswith(_FORWARDING_PREFIX)]
    return {name: str(request.META.pop(name)) for name in names}


def _last(header: str) -> str:
    return header.rpartition(",")[2].strip()


def _address(text: str) -> Address | None:
    """The address; an IPv4 one that came over an IPv6 socket (::ffff:10.0.0.1) as the IPv4 one it is."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _networks(entries: Iterable[str]) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(entry) for entry in entries)
    except ValueError:
        raise ImproperlyConfigured("TRUSTED_PROXIES: not readable as addresses or networks (10.0.0.0/24).") from None

"""Keeps the rest of the world out: the sandbox answers its own machine only.

A page on the internet can make a browser send requests to 127.0.0.1, under a foreign name too (DNS
rebinding). So the Host header has to be a loopback name, an Origin has to be our own, a browser's
cross-site request is refused, and a control POST has to be JSON, which no plain form can send.
"""

from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE_POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
_HEADERS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def is_loopback(host: str) -> bool:
    """For a host as in a command option or an URL: a name or an address, IPv6 with or without brackets."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@web.middleware
async def only_this_machine(request: web.Request, handler: Handler) -> web.StreamResponse:
    _check_host(request)
    _check_origin(request)
    if request.method == "POST" and request.path.startswith("/control/"):
        _check_json(request)
    response = await handler(request)
    if not response.prepared:
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
    return response


def _check_host(request: web.Request) -> None:
    host = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    if not is_loopback(host):
        raise web.HTTPForbidden(text="the sandbox answers loopback names only\n")


def _check_origin(request: web.Request) -> None:
    origin = request.headers.get("Origin")
    own = f"http://{request.headers.get('Host', '')}"
    if origin is not None and origin != own:
        raise web.HTTPForbidden(text="another origin\n")
    opened_by_hand = request.method == "GET" and request.path == "/"
    if request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"} and not opened_by_hand:
        raise web.HTTPForbidden(text="another site\n")


def _check_json(request: web.Request) -> None:
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="send JSON\n")

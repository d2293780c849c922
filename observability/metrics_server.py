"""The metrics of a process that is no web server: `/metrics` on a port of its own, for who has the token."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.conf import settings
from django.utils.crypto import constant_time_compare
from prometheus_client import make_wsgi_app

from observability.events import emit

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
_PLAIN = [("Content-Type", "text/plain; charset=utf-8")]


class _Server(ThreadingMixIn, WSGIServer):
    """A scrape that hangs keeps no other waiting, nor the process from ending."""

    daemon_threads = True


class _Silent(WSGIRequestHandler):
    """No line for every scrape."""

    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        return None


def is_allowed(authorization: str) -> bool:
    """Whether the header bears the token; without a token nobody's does."""
    return bool(settings.METRICS_TOKEN) and constant_time_compare(authorization, f"Bearer {settings.METRICS_TOKEN}")


def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    """`GET /metrics` with the bearer token; 401 and a line in the log without, 404 elsewhere."""
    if environ.get("PATH_INFO") != "/metrics":
        start_response("404 Not Found", _PLAIN)
        return [b"not found\n"]
    if not is_allowed(environ.get("HTTP_AUTHORIZATION", "")):
        emit("metrics_denied", level=logging.WARNING, source=environ.get("REMOTE_ADDR", ""))
        start_response("401 Unauthorized", [*_PLAIN, ("WWW-Authenticate", "Bearer")])
        return [b"unauthorized\n"]
    metrics: Iterable[bytes] = make_wsgi_app()(environ, start_response)
    return metrics


@contextmanager
def exposed(port: int) -> Iterator[None]:
    """Answer on METRICS_ADDR and the port for the length of the block; port 0 exposes nothing.

    Raises OSError when somebody else has the port.
    """
    if not port:
        yield
        return
    with make_server(settings.METRICS_ADDR, port, application, _Server, _Silent) as server:
        thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()

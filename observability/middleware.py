"""What every request passes first."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from observability import health
from observability.correlation import accept_correlation_id, correlated

Handler = Callable[[HttpRequest], HttpResponse]
_PROBES = {"/health/live": health.live, "/health/ready": health.ready}


class CorrelationMiddleware:
    """Puts the request's correlation id in force and returns it as X-Request-ID."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with correlated(accept_correlation_id(request.headers.get("X-Request-ID"))) as value:
            response = self.get_response(request)
            response["X-Request-ID"] = value
            return response


class HealthMiddleware:
    """Answers the probes before the Host check and the HTTPS redirect: an orchestrator has neither."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        probe = _PROBES.get(request.path_info)
        return probe(request) if probe else self.get_response(request)

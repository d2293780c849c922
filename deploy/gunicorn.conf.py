"""How gunicorn serves the web process in a container: what barbershop.web_server says, for two workers."""

import gc
from typing import Any

from barbershop.web_server import logconfig_dict, on_starting, threads, timeout, worker_class

__all__ = ["logconfig_dict", "on_starting", "threads", "timeout", "worker_class"]

bind = "0.0.0.0:8000"  # the container's own interfaces; docker-compose.yml publishes it on loopback only
workers = 2
graceful_timeout = 25  # less than stop_grace_period, so that requests in hand end before the kill
keepalive = 5

# gunicorn believes nobody's X-Forwarded-*; barbershop.proxies decides by TRUSTED_PROXIES.
forwarded_allow_ips = ""
control_socket_disable = True

# The application is loaded once, and its workers share what they don't change. Safe because
# nothing connects to anything while it loads: pools and threads start with the first request.
preload_app = True


def pre_fork(_server: Any, _worker: Any) -> None:
    """Leave what is loaded to the parent: a collection that touches it would copy it into every worker."""
    gc.freeze()

"""How gunicorn serves the web wherever it runs; `deploy/gunicorn.conf.py` is what it is given."""

import os
from typing import Any

import django
from django.conf import settings
from django.core.checks import run_checks

from observability.logs import set_service

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "barbershop.settings")
set_service("web")

worker_class = "gthread"
threads = 4
timeout = 30
# gunicorn's own words as JSON lines too; its loggers don't propagate, so one gets the handler itself. The other
# stays silent: with a logconfig_dict gunicorn writes access lines whatever `accesslog` says, and they quote queries.
_logging: dict[str, Any] = settings.LOGGING
logconfig_dict: dict[str, Any] = _logging | {
    "loggers": _logging["loggers"]
    | {
        "gunicorn.error": {"handlers": ["stdout"], "level": "INFO", "propagate": False},
        "gunicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}


def on_starting(_server: Any) -> None:
    """Refuse to serve with settings that the system checks call an error, as the commands do."""
    django.setup()
    serious = [problem for problem in run_checks() if problem.is_serious()]
    if serious:
        raise SystemExit("\n".join(map(str, serious)))

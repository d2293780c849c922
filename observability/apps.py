import logging

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ObservabilityConfig(AppConfig):
    name = "observability"
    verbose_name = _("Operations")

    def ready(self) -> None:
        logging.captureWarnings(capture=True)  # Python's warnings are log lines like all others

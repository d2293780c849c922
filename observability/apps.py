import logging

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class ObservabilityConfig(AppConfig):
    name = "observability"
    verbose_name = _("Operations")

    def ready(self) -> None:
        logging.captureWarnings(capture=True)  # Python's warnings are log lines like all others
        autodiscover_modules("ops")  # by name, as admin does: this floor imports no app above it

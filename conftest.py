"""The test session: its settings, the embedded PostgreSQL, and the trail's TRUNCATE trigger out of the way."""

import os
import secrets

import pytest

os.environ.setdefault("DEBUG", "on")
os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "barbershop.settings")


def pytest_configure(config: pytest.Config) -> None:
    from django.conf import settings

    if settings.EMBEDDED_POSTGRES:
        settings.EMBEDDED_POSTGRES.acquire()


def pytest_unconfigure(config: pytest.Config) -> None:
    from django.conf import settings

    if settings.EMBEDDED_POSTGRES:
        settings.EMBEDDED_POSTGRES.release()

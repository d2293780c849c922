"""Those of the cast who change schedules, as actors."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.actors import Actor
from accounts.models import Channel, User
from schedules.models import Master


@pytest.fixture
def irina(administrator: User) -> Actor:
    """The administrator, in admin."""
    return Actor(administrator.pk, Channel.ADMIN)


@pytest.fixture
def boris_himself(boris: Master) -> Actor:
    """The master, in the chat."""
    return Actor(boris.user_id, Channel.BOT)


@pytest.fixture
def staff(administrator: User, now: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The administrator's browser, with every permission on schedules, at `now`."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    administrator.user_permissions.set(Permission.objects.filter(content_type__app_label="schedules"))
    administrator.user_permissions.add(Permission.objects.get(codename="view_user"))
    browser = Client()
    browser.force_login(administrator)
    return browser

"""The command that makes a link: shown once, whatever Telegram says."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.invites import accept_invite
from accounts.links import bot_username, remember_bot
from accounts.models import Invite, Role
from accounts.tests.factories import UserFactory
from accounts.threads import in_thread
from barbershop.sandbox.client import SandboxClient


def run(*options: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("create_invite", *options, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["master", "admin"])
def test_the_link_leads_to_the_bot_that_ran_last_and_works(role: str) -> None:
    now, person = timezone.now(), UserFactory.create()
    remember_bot(telegram_id=1, username="old_bot", now=now.replace(year=2020))
    remember_bot(telegram_id=2, username="shop_bot", now=now)
    said = json.loads(run("--role", role, "--json")[0])
    assert said["ok"] is True
    link, _, token = said["link"].rpartition("=")
    assert link == "https://t.me/shop_bot?start"
    assert said["message"] == f"/start {token}"
    assert accept_invite(user_id=person.pk, token=token, now=now).user.role == role


@pytest.mark.django_db
def test_people_get_the_link_and_nothing_else_on_standard_output() -> None:
    remember_bot(telegram_id=2, username="shop_bot", now=timezone.now())
    out, err = run("--role", "master")
    assert out.startswith("https://t.me/shop_bot?start=")
    assert out.count("\n") == 0
    assert "role master" in err
    assert out.rpartition("=")[2] not in err


@pytest.mark.django_db
def test_without_a_bot_the_words_to_send_are_shown(settings: Any) -> None:
    settings.TELEGRAM_BOT_TOKEN = ""
    assert json.loads(run("--role", "master", "--json")[0])["link"] is None
    assert "/start " in run("--role", "master")[0]
    assert Invite.objects.filter(role=Role.MASTER).count() == 2


async def test_telegram_is_asked_for_the_bots_name_when_no_bot_has_run(
    transactional_db: None, telegram: SandboxClient
) -> None:
    assert await in_thread(bot_username) == ""
    out, _ = await in_thread(run, "--role", "master")
    assert out.startswith("https://t.me/")
    assert "?start=" in out


async def test_telegram_that_is_away_keeps_nobody_from_inviting(
    transactional_db: None, telegram: SandboxClient
) -> None:
    await telegram.fault("server_error", times=5)
    out, _ = await in_thread(run, "--role", "master")
    assert "/start " in out

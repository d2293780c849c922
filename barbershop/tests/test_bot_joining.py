"""Inviting and joining, over HTTP: one link, one person, at work at once; and what of it is written anywhere."""

import asyncio
import datetime as dt
import json
import logging
from typing import Any

import pytest
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
)
from django.utils import timezone

from accounts.actors import THE_OPERATOR
from accounts.invites import create_invite
from accounts.models import AuditEvent, Invite, Role, User
from accounts.tests.test_invites import everywhere
from accounts.threads import in_thread
from barbershop.menus import publish_profile
from barbershop.sandbox.client import Message, SandboxClient
from barbershop.telegram import build_bot
from barbershop.tests.conftest import PATIENCE, Guest, eventually
from barbershop.tests.test_bot import assert_clean
from bookings.services import change_access, change_role
from observability.logs import JsonFormatter
from schedules.models import Master

pytestmark = pytest.mark.usefixtures("bot")

DESK = ["schedule", "new", "dayoff", "lunch"]
EVERYBODYS = ["start", "book", "my", "language", "privacy", "help"]


def invite(role: Role = Role.MASTER, *, days_ago: int = 0) -> str:
    now = timezone.now()
    made, token = create_invite(role=role, by=THE_OPERATOR, now=now)
    if days_ago:
        moved = dt.timedelta(days=days_ago)
        Invite.objects.filter(pk=made.pk).update(created_at=now - moved, expires_at=made.expires_at - moved)
    return token


async def becomes(guest: Guest, role: Role) -> None:
    await guest.types("/start", "Записаться")
    user = await person(guest)
    await in_thread(change_role, user_id=user.pk, role=role, by=THE_OPERATOR, now=timezone.now())


async def person(guest: Guest) -> User:
    return await in_thread(lambda: User.objects.get(telegram_id=guest.person.id))


def link_in(message: Message) -> str:
    (link,) = (word for word in message.text.split() if word.startswith("https://t.me/"))
    return link


async def shown_commands(telegram: SandboxClient, guest: Guest, expected: list[str]) -> list[str]:
    """The names of the menu of commands in the chat, once it is the expected one or the test's patience ends."""
    async with asyncio.timeout(PATIENCE):
        while [each["command"] for each in await telegram.commands(guest.person)] != expected:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return expected


async def test_staff_invite_a_master_who_is_at_work_by_opening_the_link(
    anna: Guest, victor: Guest, telegram: SandboxClient
) -> None:
    await becomes(anna, Role.ADMIN)
    await anna.types("/start", "Пригласить мастера")
    whom = await anna.taps("Пригласить мастера", "Кого приглашаем?")
    assert not whom.has_button("Администратора")
    shown = await anna.taps("Мастера", "Ссылка для мастера")
    payload = link_in(shown).rpartition("=")[2]
    await victor.types(f"/start {payload}", "Теперь вы мастер")
    menu = await telegram.last_message(victor.person)
    assert menu.has_button("Расписание")
    master = await in_thread(lambda: Master.objects.get(user__telegram_id=victor.person.id))
    assert master.is_active
    assert await shown_commands(telegram, victor, DESK + EVERYBODYS)
    await anna.types("/start", "Пригласить мастера")
    booked = await anna.types("/book", "Что делаем?")
    await anna.taps(booked.button_texts[0], "Виктор")
    await assert_clean(telegram)


async def test_only_the_owner_is_offered_to_invite_an_administrator_and_a_forged_button_is_denied(
    anna: Guest, victor: Guest, telegram: SandboxClient
) -> None:
    await becomes(anna, Role.OWNER)
    await anna.types("/start", "Пригласить мастера")
    await anna.taps("Пригласить мастера", "Администратора")
    await anna.taps("Администратора", "Ссылка для администратора")
    await becomes(victor, Role.ADMIN)
    menu = await victor.types("/start", "Пригласить мастера")
    await telegram.tap(victor.person, "1inva", menu.id, forge=True)
    await telegram.wait_for(victor.person, "только для владельца")
    denied = await in_thread(lambda: AuditEvent.objects.get(action="access_denied"))
    assert denied.after == {"command": "invite", "role": "admin", "reason_code": "wrong_role"}
    assert await in_thread(Invite.objects.count) == 1
    await assert_clean(telegram)


async def test_a_link_that_is_no_good_is_refused_logged_and_leads_home(
    anna: Guest, victor: Guest, telegram: SandboxClient, caplog: pytest.LogCaptureFixture
) -> None:
    used = await in_thread(invite)
    await victor.types(f"/start {used}", "Теперь вы мастер")
    revoked = await in_thread(invite)
    await in_thread(lambda: Invite.objects.filter(used_at__isnull=True).update(revoked_at=timezone.now()))
    expired = await in_thread(invite, days_ago=8)
    no_good = {"used": used, "revoked": revoked, "expired": expired, "unknown": "f" * 32, "malformed": "forged"}
    for reason, token in no_good.items():
        caplog.clear()
        with caplog.at_level(logging.INFO):
            answer = await anna.types(f"/start {token}", "Приглашение не сработало")
        assert answer.has_button("Записаться")
        (line,) = (each.__dict__["fields"] for each in caplog.records if each.__dict__.get("event") == "auth_failed")
        assert (line["what"], line["reason_code"]) == ("invite", reason)
    assert (await person(anna)).role == Role.CLIENT
    await assert_clean(telegram)


async def test_two_people_open_one_link_at_the_same_moment_and_one_gets_it(
    anna: Guest, victor: Guest, telegram: SandboxClient
) -> None:
    await anna.types("/start", "Записаться")
    await victor.types("/start", "Записаться")
    token = await in_thread(invite)
    await asyncio.gather(*(telegram.text(guest.person, f"/start {token}") for guest in (anna, victor)))
    told = [
        await telegram.wait_for(guest.person, lambda m: "Приглашение" in m.text or "мастер" in m.text)
        for guest in (anna, victor)
    ]
    assert sorted("Теперь вы мастер" in each.text for each in told) == [False, True]
    assert await in_thread(lambda: User.objects.filter(role=Role.MASTER, telegram_id__lt=2000).count()) == 1
    await assert_clean(telegram)


async def test_the_same_person_twice_is_told_the_same_also_by_a_redelivered_update(
    anna: Guest, telegram: SandboxClient
) -> None:
    token = await in_thread(invite)
    await anna.types(f"/start {token}", "Теперь вы мастер")
    await telegram.redeliver()
    await anna.types(f"/start {token}", "Теперь вы мастер")
    assert await in_thread(lambda: AuditEvent.objects.filter(action="invite_used").count()) == 1
    await assert_clean(telegram)


async def test_a_link_is_not_wasted_on_a_master(boris: Guest, anna: Guest, telegram: SandboxClient) -> None:
    token = await in_thread(invite)
    answer = await boris.types(f"/start {token}", "Вы уже с нами")
    assert answer.has_button("Расписание")
    await anna.types(f"/start {token}", "Теперь вы мастер")
    await assert_clean(telegram)


async def test_a_link_without_an_invite_only_leads_home(anna: Guest, telegram: SandboxClient) -> None:
    for payload in ("home", "", " "):
        answer = await anna.types(f"/start {payload}", "Записаться")
        assert "Приглашение" not in answer.text
    await assert_clean(telegram)


async def test_the_token_is_in_no_line_and_in_no_column_once_the_link_was_opened(
    anna: Guest, victor: Guest, telegram: SandboxClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="barbershop"), caplog.at_level(logging.INFO):
        token = await in_thread(invite)
        await anna.types(f"/start {token}", "Теперь вы мастер")
        await victor.types(f"/start {token}", "Приглашение не сработало")
        await victor.types("/help", "Записаться")
    await assert_clean(telegram)
    assert await in_thread(everywhere, token) == []
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert [line for line in lines if token in line] == []
    assert {"auth_failed", "role_changed"} <= {json.loads(line)["event"] for line in lines}


async def test_roles_and_closed_doors_work_from_the_next_tap_on(
    boris: Guest, anna: Guest, telegram: SandboxClient
) -> None:
    await boris.types("/start", "Расписание")
    await boris.taps("Расписание", "Неделя")
    await shown_commands(telegram, boris, DESK + EVERYBODYS)
    user = await person(boris)
    change: dict[str, Any] = {"user_id": user.pk, "by": THE_OPERATOR, "now": timezone.now()}
    await in_thread(change_role, role=Role.CLIENT, **change)
    await boris.taps("Неделя", "Это только для мастеров")
    await shown_commands(telegram, boris, EVERYBODYS)
    await in_thread(change_role, role=Role.MASTER, **change)
    await boris.types("/schedule", "Неделя")
    await in_thread(change_access, is_active=False, **change)
    await boris.taps("Неделя", "Доступ закрыт")
    await in_thread(change_access, is_active=True, **change)
    await boris.types("/schedule", "Неделя")
    await assert_clean(telegram)


# --- The menu of commands -----------------------------------------------------------------------------------------


async def test_the_profile_is_published_in_both_languages(telegram: SandboxClient) -> None:
    spoken = {"ru": ("В меню", "Записываю в"), "en": ("Menu", "I book visits to"), "de": ("В меню", "Записываю в")}
    for number, (language, (menu, about)) in enumerate(spoken.items()):
        guest = Guest(telegram, await telegram.person(1010 + number, first_name="Ann", language_code=language))
        await shown_commands(telegram, guest, EVERYBODYS)
        assert (await telegram.commands(guest.person))[0]["description"] == menu
        async with asyncio.timeout(PATIENCE):
            while not (profile := await telegram.profile(language))["short_description"]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert profile["description"].startswith(about)
        assert len(profile["short_description"]) <= 120
        assert len(profile["description"]) <= 512


async def test_the_menu_follows_the_language_that_was_chosen(anna: Guest, telegram: SandboxClient) -> None:
    await anna.types("/start", "Записаться")
    assert (await person(anna)).menu == ""
    await anna.types("/language", "English")
    await anna.taps("English", "Choose the language")
    async with asyncio.timeout(PATIENCE):
        while (await telegram.commands(anna.person))[0]["description"] != "Menu":  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await anna.taps("Русский", "Выберите язык")
    await eventually(lambda: User.objects.get(telegram_id=1001).menu == "")
    assert (await telegram.commands(anna.person))[0]["description"] == "В меню"
    await assert_clean(telegram)


async def test_a_menu_that_telegram_did_not_take_is_tried_at_the_next_tap(
    boris: Guest, telegram: SandboxClient
) -> None:
    await telegram.fault("server_error", method="setMyCommands", chat_id=2001, times=1)
    await boris.types("/start", "Расписание")
    await boris.taps("Расписание", "Неделя")
    await shown_commands(telegram, boris, DESK + EVERYBODYS)


async def test_commands_of_an_earlier_bot_are_cleared(anna: Guest, telegram: SandboxClient) -> None:
    bot = build_bot()
    old = [BotCommand(command="old", description="Old")]
    for scope in (BotCommandScopeAllPrivateChats(), BotCommandScopeAllGroupChats(), BotCommandScopeDefault()):
        for language in (None, "ru", "en"):
            await bot.set_my_commands(old, scope=scope, language_code=language)
    assert await shown_commands(telegram, anna, ["old"])
    await publish_profile(bot)
    await publish_profile(bot)
    await bot.session.close()
    assert await shown_commands(telegram, anna, EVERYBODYS)
    lists = (await telegram.profile())["commands"]
    assert [(each["scope"], each["language_code"]) for each in lists if each["commands"]] == [
        ("default", ""),
        ("default", "en"),
    ]

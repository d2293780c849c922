"""Outside the private chat, over HTTP: declined politely, nobody's data given away, and open questions kept."""

import asyncio
import logging
from functools import partial
from typing import Any

import pytest

from accounts.models import AuditEvent, ExpectedInput, User
from accounts.threads import in_thread
from barbershop.sandbox.client import Message, SandboxClient
from barbershop.sandbox.seen import Group
from barbershop.tests.conftest import PATIENCE, Guest, eventually
from barbershop.tests.test_bot import assert_clean
from bookings.desk.callbacks import AskReason
from bookings.models import Booking

pytestmark = pytest.mark.usefixtures("bot")

SOME_DATE = 1_770_000_000
PRIVATE_ONLY = "Я записываю только в личных сообщениях"


def message_of_anna(number: int, **content: Any) -> dict[str, Any]:
    """What Telegram would deliver of her, as the sandbox's page can't send it."""
    person = {"id": 1001, "first_name": "Анна"}
    sender = person | {"is_bot": False, "language_code": "ru"}
    chat = person | {"type": "private"}
    return {"message": {"message_id": 990_000 + number, "date": SOME_DATE, "from": sender, "chat": chat} | content}


def question_of(telegram_id: int) -> ExpectedInput | None:
    return ExpectedInput.objects.filter(user__telegram_id=telegram_id).first()


async def until_left(telegram: SandboxClient, group: Group) -> None:
    async with asyncio.timeout(PATIENCE):
        while (group.id, "left") not in [(each.id, each.status) for each in await telegram.groups()]:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def said_in(telegram: SandboxClient, group: Group) -> list[Message]:
    return [message for message in await telegram.history(group) if message.from_bot]


# --- Groups and channels ------------------------------------------------------------------------------------------


async def test_a_group_is_told_so_once_in_the_language_of_who_added_the_bot_and_left(
    anna: Guest, telegram: SandboxClient
) -> None:
    ann = await telegram.person(1009, first_name="Ann", language_code="en")
    for person, kind, words, button in (
        (anna.person, "group", PRIVATE_ONLY, "Перейти в личный чат"),
        (ann, "supergroup", "I book visits in private messages only", "Open the private chat"),
    ):
        group = await telegram.add_to_group(person, "Друзья", kind=kind)
        await until_left(telegram, group)
        (said,) = await said_in(telegram, group)
        assert said.text.startswith(words)
        assert said.button_texts == [button]
    assert not await in_thread(User.objects.filter(telegram_id=1001).exists)
    await assert_clean(telegram)


async def test_a_channel_is_left_without_a_word_in_it_and_who_put_the_bot_there_is_told(
    anna: Guest, telegram: SandboxClient
) -> None:
    await anna.types("/start", "Записаться")
    channel = await telegram.add_to_group(anna.person, "Новости", kind="channel")
    await until_left(telegram, channel)
    await telegram.wait_for(anna.person, PRIVATE_ONLY)
    assert await said_in(telegram, channel) == []
    await assert_clean(telegram)


async def test_a_group_that_the_bot_could_not_leave_is_left_when_it_is_called_there(
    anna: Guest, telegram: SandboxClient
) -> None:
    await telegram.fault("server_error", method="leaveChat", times=1)
    group = await telegram.add_to_group(anna.person, "Друзья")
    await telegram.wait_for(group, PRIVATE_ONLY)
    await telegram.wait_until(lambda now: now["pending_updates"] == 0)
    await telegram.group_text(anna.person, group, "/my")
    await telegram.wait_for(group, PRIVATE_ONLY)
    await until_left(telegram, group)
    assert len(await said_in(telegram, group)) == 2


async def test_a_group_never_sees_anybodys_data_whatever_is_asked_there(
    anna: Guest, boris: Guest, telegram: SandboxClient
) -> None:
    await boris.types("/start", "Расписание")
    await anna.books()
    told = {"Анна", "Борис", "Стрижка", "1 500"}
    commands = ["/start", "/my", "/book", "/schedule", "/new", "/privacy", "/help", "/language", "/start forged"]
    for number, command in enumerate(commands):
        who = (anna, boris)[number % 2]
        await telegram.fault("server_error", method="leaveChat", times=1)
        group = await telegram.add_to_group(who.person, f"Группа {number}")
        await telegram.wait_for(group, PRIVATE_ONLY)
        await telegram.group_text(who.person, group, command)
        await telegram.wait_for(group, PRIVATE_ONLY)
        for message in await said_in(telegram, group):
            assert message.text.startswith(PRIVATE_ONLY)
            assert not [word for word in told if word in message.text]
    assert await in_thread(Booking.objects.count) == 1


# --- Second hand --------------------------------------------------------------------------------------------------


async def test_second_hand_words_answer_no_question_and_leave_it_open(
    boris: Guest, anna: Guest, telegram: SandboxClient
) -> None:
    await anna.books(day=1)
    booking = await in_thread(Booking.objects.get)
    await boris.types("/schedule", "Неделя")
    await ask_for_a_reason(boris, telegram, booking)
    second_hand = [
        partial(telegram.forward, boris.person, "Заболел", author=anna.person),
        partial(telegram.forward, boris.person, "/start", author=anna.person, hidden=True),
        partial(telegram.via_bot, boris.person, "Заболел"),
    ]
    for send in second_hand:
        await send()
        await telegram.wait_for(boris.person, "Пересланное и присланное через других ботов")
        assert await in_thread(question_of, 2001) is not None
    assert (await in_thread(Booking.objects.get)).status == "confirmed"
    await boris.types("Заболел", "отмен")
    assert (await in_thread(Booking.objects.get)).status == "cancelled"
    await assert_clean(telegram)


async def ask_for_a_reason(boris: Guest, telegram: SandboxClient, booking: Booking) -> None:
    screen = await telegram.last_message(boris.person)
    await telegram.tap(boris.person, AskReason(booking=booking.pk).pack(), screen.id, forge=True)
    await eventually(lambda: question_of(2001))


async def test_a_forwarded_contact_is_nobodys_own(anna: Guest, telegram: SandboxClient) -> None:
    await anna.types("/start", "Записаться")
    contact = {"phone_number": "79160000001", "first_name": "Анна", "user_id": 1001}
    origin = {"type": "hidden_user", "date": SOME_DATE, "sender_user_name": "Кто-то"}
    update = message_of_anna(1, contact=contact, forward_origin=origin)
    await telegram.inject(update)
    await telegram.wait_for(anna.person, "Пересланное")
    assert await in_thread(lambda: User.objects.get(telegram_id=1001).phone) == ""
    await telegram.contact(anna.person, "79160000002", user_id=1002)
    await telegram.wait_for(anna.person, "чужой контакт")
    assert await in_thread(lambda: User.objects.get(telegram_id=1001).phone) == ""


# --- Inline -------------------------------------------------------------------------------------------------------


async def test_an_inline_query_gets_nothing_but_a_way_to_the_private_chat(anna: Guest, telegram: SandboxClient) -> None:
    for query in ("", "записать", "x" * 256):
        answer = await telegram.inline_answer(await telegram.inline(anna.person, query))
        assert answer["results"] == []
        assert answer["button"] == {"text": "Перейти в личный чат", "start_parameter": "home"}
    assert not await in_thread(User.objects.filter(telegram_id=1001).exists)
    await telegram.start(anna.person, "home")
    await telegram.wait_for(anna.person, "Записаться")
    await assert_clean(telegram)


# --- Blocked and back ---------------------------------------------------------------------------------------------


async def test_a_person_who_blocked_the_bot_and_came_back(
    anna: Guest, telegram: SandboxClient, caplog: pytest.LogCaptureFixture
) -> None:
    await anna.books(day=1)
    with caplog.at_level(logging.INFO):
        await telegram.block(anna.person)
        await eventually(lambda: User.objects.get(telegram_id=1001).bot_blocked_at is not None)
        await telegram.unblock(anna.person)
        await eventually(lambda: User.objects.get(telegram_id=1001).bot_blocked_at is None)
    card = await anna.types("/my", "Вы записаны")
    assert card.has_button("Отменить")
    actions: Any = AuditEvent.objects.filter(action__startswith="bot_").order_by("pk").values_list("action", flat=True)
    assert await in_thread(lambda: list(actions)) == ["bot_blocked", "bot_unblocked"]
    assert caplog.text.count("reach_changed") == 2
    await assert_clean(telegram)


async def test_who_writes_is_back_even_if_telegram_never_said_so(anna: Guest, telegram: SandboxClient) -> None:
    await anna.types("/start", "Записаться")
    await telegram.block(anna.person)
    await eventually(lambda: User.objects.get(telegram_id=1001).bot_blocked_at is not None)
    await telegram.inject(message_of_anna(2, text="/help"))
    await eventually(lambda: User.objects.get(telegram_id=1001).bot_blocked_at is None)

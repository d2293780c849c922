"""Groups, channels, forwards, inline queries, deep links, and messages that are gone, as aiogram sees them."""

from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import (
    InaccessibleMessage,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultsButton,
    Message,
    MessageOriginHiddenUser,
    MessageOriginUser,
    Update,
)

from barbershop.sandbox.client import SandboxClient, SandboxError
from barbershop.tests.sandbox.conftest import ANNA, VIKTOR

BUTTON = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Записаться", callback_data="v1:b")]])
EVERYTHING = ["message", "channel_post", "callback_query", "my_chat_member", "inline_query"]


async def updates(bot: Bot) -> list[Update]:
    """What is new; it is confirmed."""
    found = await bot.get_updates(allowed_updates=EVERYTHING)
    if found:
        await bot.get_updates(offset=found[-1].update_id + 1)
    return found


async def changes(bot: Bot) -> list[tuple[Any, ...]]:
    found = [update.my_chat_member for update in await updates(bot)]
    return [
        (each.chat.type, each.from_user.id, each.old_chat_member.status, each.new_chat_member.status)
        for each in found
        if each
    ]


@pytest.mark.parametrize("kind", ["group", "supergroup"])
async def test_a_group_shows_commands_only_and_taps_come_from_there(bot: Bot, chat: SandboxClient, kind: str) -> None:
    group = await chat.add_to_group(ANNA, "Соседи", kind=kind)
    assert group.id < 0
    added, newcomer = await updates(bot)
    assert added.my_chat_member is not None
    assert added.my_chat_member.chat.title == "Соседи"
    assert newcomer.message is not None
    assert newcomer.message.new_chat_members is not None
    assert [user.id for user in newcomer.message.new_chat_members] == [4242]
    for text in ("/start", "/help@sandbox_bot", "/help@other_bot", "всем привет"):
        await chat.group_text(VIKTOR, group, text)
    seen = [update.message for update in await updates(bot) if update.message]
    assert [message.text for message in seen] == ["/start", "/help@sandbox_bot"]
    assert [(m.chat.type, m.from_user.id if m.from_user else 0) for m in seen] == [(kind, VIKTOR)] * 2
    await bot.send_message(group.id, "Меню", reply_markup=BUTTON)
    await chat.wait_for(group, "Меню")
    await chat.group_tap(VIKTOR, group, "Записаться")
    query = (await updates(bot))[0].callback_query
    assert query is not None
    assert isinstance(query.message, Message)
    assert (query.from_user.id, query.message.chat.id) == (VIKTOR, group.id)
    await query.as_(bot).answer()
    await chat.promote_in_group(ANNA, group)
    await chat.group_text(ANNA, group, "всем привет")
    assert [update.event_type for update in await updates(bot)] == ["my_chat_member", "message"]


async def test_a_bot_that_left_or_was_removed_can_not_write(bot: Bot, chat: SandboxClient) -> None:
    group = await chat.add_to_group(ANNA, "Соседи")
    sent = await bot.send_message(group.id, "Здравствуйте")
    await bot.leave_chat(group.id)
    with pytest.raises(TelegramForbiddenError, match="bot is not a member of the group chat"):
        await sent.edit_text("До свидания")
    assert [each.status for each in await chat.groups()] == ["left"]
    assert await changes(bot) == [("group", ANNA, "left", "member"), ("group", 4242, "member", "left")]
    with pytest.raises(TelegramForbiddenError, match="bot is not a member of the group chat"):
        await bot.send_message(group.id, "hello?")
    with pytest.raises(TelegramForbiddenError, match="bot is not a member of the group chat"):
        await bot.leave_chat(group.id)
    with pytest.raises(SandboxError, match="isn't there"):
        await chat.group_text(ANNA, group, "/start")
    await chat.add_again(ANNA, group)
    await chat.remove_from_group(ANNA, group)
    assert await changes(bot) == [("group", ANNA, "left", "member"), ("group", ANNA, "member", "kicked")]
    with pytest.raises(TelegramForbiddenError, match="bot was kicked from the group chat"):
        await bot.send_message(group.id, "hello?")


async def test_a_channel_makes_the_bot_an_administrator_and_posts_have_no_sender(bot: Bot, chat: SandboxClient) -> None:
    channel = await chat.add_to_group(ANNA, "Новости", kind="channel")
    assert await changes(bot) == [("channel", ANNA, "left", "administrator")]
    await chat.group_text(ANNA, channel, "Мы открылись")
    post = (await updates(bot))[0].channel_post
    assert post is not None
    assert (post.text, post.chat.type, post.from_user) == ("Мы открылись", "channel", None)
    await bot.leave_chat(channel.id)


async def test_forwarded_words_carry_their_origin(bot: Bot, chat: SandboxClient) -> None:
    await chat.forward(ANNA, "стрижка завтра", author=VIKTOR)
    await chat.forward(ANNA, "/start", author=VIKTOR, hidden=True)
    first, second = [update.message for update in await updates(bot)]
    assert first is not None
    assert isinstance(first.forward_origin, MessageOriginUser)
    assert (first.text, first.forward_origin.sender_user.id) == ("стрижка завтра", VIKTOR)
    assert second is not None
    assert isinstance(second.forward_origin, MessageOriginHiddenUser)
    assert second.forward_origin.sender_user_name == "Виктор"


async def test_words_of_another_bot_are_marked(bot: Bot, chat: SandboxClient) -> None:
    await chat.via_bot(ANNA, "котик")
    message = (await updates(bot))[0].message
    assert message is not None
    assert message.via_bot is not None
    assert (message.via_bot.is_bot, message.text) == (True, "котик")


async def test_an_inline_query_is_answered_with_a_button_to_the_private_chat(bot: Bot, chat: SandboxClient) -> None:
    asked = await chat.inline(ANNA, "стрижка")
    query = (await updates(bot))[0].inline_query
    assert query is not None
    assert (query.id, query.query, query.from_user.id) == (asked.id, "стрижка", ANNA)
    assert (await chat.counters())["unanswered_inline"] == 1
    button = InlineQueryResultsButton(text="Открыть чат", start_parameter="inline")
    await bot.answer_inline_query(query.id, [], button=button, cache_time=0, is_personal=True)
    answer = await chat.inline_answer(asked)
    assert answer["results"] == []
    assert answer["button"]["start_parameter"] == "inline"
    assert (await chat.counters())["unanswered_inline"] == 0
    late = await chat.inline(ANNA, "борода")
    await chat.expire_queries()
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_inline_query(late.id, [])


async def test_a_deep_link_presses_start_with_its_payload(bot: Bot, chat: SandboxClient) -> None:
    await chat.open_link(ANNA, "https://t.me/sandbox_bot?start=abc-1_2")
    await chat.open_link(ANNA, "t.me/Sandbox_Bot")
    await chat.start(VIKTOR, "abc")
    texts = [update.message.text for update in await updates(bot) if update.message]
    assert texts == ["/start abc-1_2", "/start", "/start abc"]
    for wrong in ("https://t.me/other_bot?start=a", "https://example.com/sandbox_bot?start=a"):
        with pytest.raises(SandboxError, match="not a link to this bot"):
            await chat.open_link(ANNA, wrong)
    with pytest.raises(SandboxError, match="at most 64"):
        await chat.open_link(ANNA, "https://t.me/sandbox_bot?start=a%20b")


async def test_queries_can_be_too_old_on_demand(bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    await bot.send_message(ANNA, "Меню", reply_markup=BUTTON)
    tap = await chat.tap(ANNA, "Записаться")
    assert await chat.expire_queries() == 1
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(tap.query_id)


@pytest.mark.parametrize("how", ["deleted", "lost"])
async def test_a_tap_on_a_message_that_is_gone_shows_none(bot: Bot, chat: SandboxClient, how: str) -> None:
    await chat.text(ANNA, "/start")
    sent = await bot.send_message(ANNA, "Меню", reply_markup=BUTTON)
    seen = await chat.last_message(ANNA)
    await (chat.delete if how == "deleted" else chat.lose)(ANNA, seen)
    await chat.tap(ANNA, "Записаться", seen.id)
    query = (await updates(bot))[-1].callback_query
    assert query is not None
    assert isinstance(query.message, InaccessibleMessage)
    assert (query.message.message_id, query.message.chat.id, query.message.date) == (sent.message_id, ANNA, 0)
    with pytest.raises(TelegramBadRequest, match="message to edit not found"):
        await sent.edit_text("Другое")
    assert [message.text for message in await chat.history(ANNA)] == ["/start"] + ["Меню"] * (how == "lost")
    await bot.send_message(ANNA, "Меню")


async def test_only_what_the_bot_asks_for_comes(bot: Bot, chat: SandboxClient) -> None:
    await bot.get_updates(allowed_updates=["message"])
    await chat.inline(ANNA, "стрижка")
    await chat.block(VIKTOR)
    await chat.add_to_group(ANNA, "Новости", kind="channel")
    await chat.text(ANNA, "привет")
    assert [update.event_type for update in await bot.get_updates()] == ["message"]

"""The Bot API as aiogram, and as bare HTTP, see it."""

import asyncio
from typing import Any

import aiohttp
import pytest
from aiogram import Bot
from aiogram.enums import ParseMode
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    MenuButtonCommands,
    Message,
    ReplyKeyboardMarkup,
    Update,
)

from barbershop.sandbox.client import SandboxClient, SandboxError
from barbershop.tests.sandbox.conftest import ANNA, VIKTOR, Api

BUTTON = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="✂️ Записаться", callback_data="v1:b")]])


async def updates(bot: Bot, **options: Any) -> list[Update]:
    return await bot.get_updates(**options)


async def test_start_with_a_payload_arrives_as_a_command(bot: Bot, chat: SandboxClient) -> None:
    anna = await chat.person(ANNA, first_name="Анна", language_code="en", username="anna")
    await chat.text(anna, "/start inv_42")
    [update] = await updates(bot)
    message = update.message
    assert message is not None
    assert message.text == "/start inv_42"
    assert message.entities is not None
    assert [(e.type, e.offset, e.length) for e in message.entities] == [("bot_command", 0, 6)]
    assert message.from_user is not None
    assert (message.from_user.id, message.from_user.language_code) == (ANNA, "en")
    assert (message.chat.id, message.chat.type) == (ANNA, "private")


async def test_a_tap_carries_its_message_and_the_answer_is_shown(bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    sent = await bot.send_message(ANNA, "<b>Меню</b>", parse_mode=ParseMode.HTML, reply_markup=BUTTON)
    tap = await chat.tap(ANNA, "Записаться")
    query = (await updates(bot, offset=-1))[0].callback_query
    assert query is not None
    assert query.id == tap.query_id
    assert query.data == "v1:b"
    assert isinstance(query.message, Message)
    assert query.message.message_id == sent.message_id
    assert query.message.reply_markup is not None
    assert query.message.reply_markup.model_dump() == BUTTON.model_dump()
    assert (await chat.counters())["unanswered"] == 1
    await bot.answer_callback_query(query.id, text="Готово", show_alert=True)
    answer = await chat.answer(tap)
    assert (answer["text"], answer["show_alert"]) == ("Готово", True)
    assert (await chat.counters())["unanswered"] == 0


async def test_an_edit_changes_the_message_in_place_and_drops_the_keyboard(bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    sent = await bot.send_message(ANNA, "one", reply_markup=BUTTON)
    edited = await bot.edit_message_text(
        "<i>two</i>", chat_id=ANNA, message_id=sent.message_id, parse_mode=ParseMode.HTML
    )
    assert isinstance(edited, Message)
    assert edited.edit_date is not None
    seen = await chat.last_message(ANNA)
    assert (seen.id, seen.text, seen.source, seen.edits) == (sent.message_id, "two", "<i>two</i>", 1)
    assert seen.buttons == ()
    await bot.edit_message_reply_markup(chat_id=ANNA, message_id=sent.message_id, reply_markup=BUTTON)
    assert (await chat.last_message(ANNA)).button_texts == ["✂️ Записаться"]


async def test_an_edit_that_changes_nothing_is_refused(bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    sent = await bot.send_message(ANNA, "same", reply_markup=BUTTON)
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await sent.edit_text("same", reply_markup=BUTTON)
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await sent.edit_reply_markup(reply_markup=BUTTON)


async def test_a_message_with_a_reply_keyboard_can_not_be_edited(bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    phone = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Телефон", request_contact=True)]])
    sent = await bot.send_message(ANNA, "Ваш телефон?", reply_markup=phone)
    assert (await chat.last_message(ANNA)).keyboard == (("Телефон",),)
    with pytest.raises(TelegramBadRequest, match="message can't be edited"):
        await sent.edit_text("Спасибо")


async def test_a_deleted_message_is_gone(bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    sent = await bot.send_message(ANNA, "oops")
    await sent.delete()
    assert [message.text for message in await chat.history(ANNA)] == ["/start"]
    with pytest.raises(TelegramBadRequest, match="message to delete not found"):
        await sent.delete()


async def test_a_document_is_stored_and_downloaded_again(bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    calendar = BufferedInputFile(b"BEGIN:VCALENDAR", "запись.ics")
    sent = await bot.send_document(ANNA, calendar, caption="<b>Файл</b>", parse_mode=ParseMode.HTML)
    assert sent.document is not None
    seen = await chat.last_message(ANNA)
    assert seen.document is not None
    assert (seen.text, seen.document["file_name"]) == ("Файл", "запись.ics")
    assert await chat.document(seen) == (b"BEGIN:VCALENDAR", "запись.ics")
    again = await bot.send_document(ANNA, sent.document.file_id)
    assert again.document == sent.document
    file = await bot.get_file(sent.document.file_id)
    assert file.file_path is not None
    content = await bot.download_file(file.file_path)
    assert content is not None
    assert content.read() == b"BEGIN:VCALENDAR"


async def test_a_document_comes_in_its_own_form_field_too(api: Api, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    form = aiohttp.FormData({"chat_id": str(ANNA), "caption": "Файл"}, default_to_multipart=True)
    form.add_field("document", b"BEGIN", filename="a.ics", content_type="text/calendar")
    async with api.http.post(f"{api.url}/bot{api.token}/sendDocument", data=form) as response:
        sent = (await response.json())["result"]
    assert {"file_name": "a.ics", "mime_type": "text/calendar", "file_size": 5}.items() <= sent["document"].items()
    seen = await chat.last_message(ANNA)
    assert (seen.text, await chat.document(seen)) == ("Файл", (b"BEGIN", "a.ics"))
    missing = await api.refusal("sendDocument", chat_id=ANNA)
    unknown = await api.refusal("sendDocument", chat_id=ANNA, document="attach://file")
    assert missing == "Bad Request: there is no document in the request"
    assert unknown == "Bad Request: wrong file identifier/HTTP URL specified"


async def test_a_form_that_is_none_is_refused(api: Api) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    async with api.http.post(f"{api.url}/bot{api.token}/sendDocument", data=b"no form", headers=headers) as response:
        assert (await response.json())["description"] == "Bad Request: can't parse the form"


async def test_own_and_foreign_contacts_are_told_apart_by_user_id(bot: Bot, chat: SandboxClient) -> None:
    await chat.contact(ANNA)
    await chat.contact(ANNA, "+79160000002", VIKTOR)
    await chat.contact(ANNA, "+79160000003", 0)
    contacts = [update.message.contact for update in await updates(bot) if update.message]
    assert [contact.user_id for contact in contacts if contact] == [ANNA, VIKTOR, None]
    assert [contact.phone_number for contact in contacts[1:] if contact] == ["+79160000002", "+79160000003"]


async def test_blocking_tells_the_bot_and_stops_messages_both_ways(bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    await chat.block(ANNA)
    with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
        await bot.send_message(ANNA, "hello?")
    with pytest.raises(SandboxError, match="blocked"):
        await chat.text(ANNA, "hi")
    await chat.block(ANNA, blocked=False)
    await bot.send_message(ANNA, "welcome back")
    changes = [update.my_chat_member for update in await updates(bot) if update.my_chat_member]
    statuses = [(change.old_chat_member.status, change.new_chat_member.status) for change in changes]
    assert statuses == [("member", "kicked"), ("kicked", "member")]


async def test_commands_are_found_by_scope_and_language(bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    await chat.person(VIKTOR, first_name="Victor", language_code="en")
    await bot.set_my_commands([BotCommand(command="book", description="Записаться")])
    await bot.set_my_commands([BotCommand(command="book", description="Book")], language_code="en")
    scope = BotCommandScopeChat(chat_id=ANNA)
    await bot.set_my_commands([BotCommand(command="schedule", description="Расписание")], scope=scope)
    assert [c["description"] for c in await chat.commands(ANNA)] == ["Расписание"]
    assert [c["description"] for c in await chat.commands(VIKTOR)] == ["Book"]
    assert [c.command for c in await bot.get_my_commands(scope=scope)] == ["schedule"]
    await bot.delete_my_commands(scope=scope)
    assert [c["description"] for c in await chat.commands(ANNA)] == ["Записаться"]


async def test_a_private_chats_commands_go_by_the_narrowest_scope_then_by_language(
    bot: Bot, chat: SandboxClient
) -> None:
    await chat.person(VIKTOR, first_name="Victor", language_code="en")
    await bot.set_my_commands([BotCommand(command="one", description="x")])
    await bot.set_my_commands([BotCommand(command="two", description="x")], language_code="en")
    assert [c["command"] for c in await chat.commands(VIKTOR)] == ["two"]
    await bot.set_my_commands([BotCommand(command="three", description="x")], scope=BotCommandScopeAllPrivateChats())
    assert [c["command"] for c in await chat.commands(VIKTOR)] == ["three"]
    await bot.set_my_commands(
        [BotCommand(command="four", description="x")], scope=BotCommandScopeAllPrivateChats(), language_code="en"
    )
    assert [c["command"] for c in await chat.commands(VIKTOR)] == ["four"]
    assert [c["command"] for c in await chat.commands(ANNA)] == ["three"]
    scopes = [(each["scope"], each["language_code"]) for each in (await chat.profile())["commands"]]
    assert scopes == [("default", ""), ("default", "en"), ("all_private_chats", ""), ("all_private_chats", "en")]


async def test_the_profile_is_kept(bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    await bot.set_my_description("Barbershop", language_code="en")
    await bot.set_my_short_description("Shop")
    await bot.set_chat_menu_button(chat_id=ANNA, menu_button=MenuButtonCommands())
    assert (await bot.get_my_description(language_code="en")).description == "Barbershop"
    assert (await chat.profile("en"))["description"] == "Barbershop"
    assert (await chat.profile("ru"))["description"] == ""
    await bot.set_my_name("Barbershop")
    assert (await bot.get_my_name(language_code="ru")).name == "Barbershop"
    assert (await bot.get_my_short_description()).short_description == "Shop"
    assert (await bot.get_chat_menu_button(chat_id=ANNA)).type == "commands"
    assert (await bot.get_chat(ANNA)).first_name == "Анна"
    assert (await bot.me()).id == 4242
    assert await bot.send_chat_action(ANNA, "typing")


async def test_a_second_answer_to_one_tap_is_a_complaint(bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    await bot.send_message(ANNA, "menu", reply_markup=BUTTON)
    tap = await chat.tap(ANNA, "v1:b")
    await bot.answer_callback_query(tap.query_id, text="first")
    await bot.answer_callback_query(tap.query_id, text="second")
    assert (await chat.answer(tap))["text"] == "first"
    assert (await chat.counters())["complaint_count"] == 1


@pytest.mark.parametrize("form", ["json", "query", "urlencoded", "multipart"])
async def test_parameters_come_in_any_of_telegrams_forms(api: Api, chat: SandboxClient, form: str) -> None:
    await chat.text(ANNA, "/start")
    params = {"chat_id": str(ANNA), "text": "привет", "reply_markup": BUTTON.model_dump_json(exclude_none=True)}
    body: dict[str, Any] = {"json": {"json": params}, "query": {"params": params}}.get(form, {})
    if not body:
        data = aiohttp.FormData(params, default_to_multipart=form == "multipart")
        body = {"data": data}
    async with api.http.post(f"{api.url}/bot{api.token}/SENDMESSAGE", **body) as response:
        assert (await response.json())["ok"]
    seen = await chat.last_message(ANNA)
    assert (seen.text, seen.button_texts) == ("привет", ["✂️ Записаться"])


async def test_calls_errors_complaints_and_unknown_methods_are_counted(api: Api, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    await api("sendMessage", chat_id=ANNA, text="ok", colour="red")
    await api("sendMessage", chat_id=77, text="ok")
    await api("sendMassage", chat_id=ANNA)
    counters = await chat.counters()
    assert counters["calls"] == {"sendMessage": 2}
    assert counters["errors"] == {"Bad Request: chat not found": 1, "Not Found: method not found": 1}
    assert counters["unknown_methods"] == {"sendMassage": 1}
    assert counters["complaints"] == ["sendMessage: unknown parameter colour"]
    log = [(entry["method"], entry["chat_id"], entry["ok"]) for entry in await chat.requests()]
    assert log == [("sendMessage", ANNA, True), ("sendMessage", 77, False), ("sendMassage", None, False)]


async def test_the_client_waits_for_a_new_screen_and_says_what_it_saw(bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    await bot.send_message(ANNA, "Меню", reply_markup=BUTTON)
    await chat.tap(ANNA, "Записаться")
    with pytest.raises(SandboxError, match=r"(?s)never saw 'Меню'.*chat ends with.*Записаться"):
        await chat.wait_for(ANNA, "Меню", timeout=0.05)
    assert (await chat.wait_for(ANNA, "Меню", since=0)).button("Записаться").data == "v1:b"
    waiting = asyncio.create_task(chat.wait_for(ANNA, lambda message: "услуг" in message.text))
    await bot.send_message(ANNA, "Какую услугу?")
    assert (await waiting).text == "Какую услугу?"


async def test_only_buttons_that_exist_can_be_tapped_unless_forged(bot: Bot, chat: SandboxClient) -> None:
    await chat.text(ANNA, "/start")
    sent = await bot.send_message(ANNA, "Меню", reply_markup=BUTTON)
    with pytest.raises(SandboxError, match="no button"):
        await chat.tap(ANNA, "v1:free-haircut")
    forged = await chat.tap(ANNA, "v1:free-haircut", sent.message_id, forge=True)
    assert (forged.data, forged.message_id) == ("v1:free-haircut", sent.message_id)

"""What Telegram refuses of messages: one scenario for each rule."""

from typing import Any

import aiohttp

from barbershop.sandbox.errors import NOT_MODIFIED
from barbershop.tests.sandbox.conftest import ANNA, VIKTOR, Api
from barbershop.tests.sandbox.stage import HOUR, Stage, scenario


@scenario("Unauthorized")
async def token(stage: Stage) -> str | None:
    return await Api(stage.api.url, stage.api.http, "1:other").refusal("getMe")


@scenario("Not Found: method not found")
async def known_method(stage: Stage) -> str | None:
    return await stage.api.refusal("sendMassage", chat_id=ANNA)


@scenario("Bad Request: chat_id is empty")
async def chat_id_required(stage: Stage) -> str | None:
    return await stage.api.refusal("sendMessage", text="ok")


@scenario("Bad Request: message text is empty")
async def text_required(stage: Stage) -> str | None:
    return await stage.send(text="")


@scenario("Bad Request: message is too long")
async def text_length(stage: Stage) -> str | None:
    assert await stage.send(text=f"<b>{'ж' * 4096}</b>", parse_mode="HTML") is None
    return await stage.send(text="ж" * 4097)


@scenario("Bad Request: message caption is too long")
async def caption_length(stage: Stage) -> str | None:
    stored = stage.sandbox.world.add_file("a.ics", "text/calendar", b"BEGIN")
    return await stage.api.refusal("sendDocument", chat_id=ANNA, document=stored.file_id, caption="x" * 1025)


async def _upload(stage: Stage, content: bytes, **fields: str) -> str | None:
    form = aiohttp.FormData({"chat_id": str(ANNA), **fields}, default_to_multipart=True)
    form.add_field("document", content, filename="a.ics", content_type="text/calendar")
    url = f"{stage.api.url}/bot{stage.api.token}/sendDocument"
    async with stage.api.http.post(url, data=form) as response:
        answer: dict[str, Any] = await response.json()
    assert response.status == answer.get("error_code", 200)
    return answer.get("description")


@scenario("Request Entity Too Large")
async def document_size(stage: Stage) -> str | None:
    assert stage.sandbox.world.max_file_bytes == 50 << 20
    stage.sandbox.world.max_file_bytes = 1000
    assert await _upload(stage, b"x" * 1000, caption="fits") is None
    return await _upload(stage, b"x" * 1001)


@scenario("Bad Request: file must be non-empty")
async def document_not_empty(stage: Stage) -> str | None:
    return await _upload(stage, b"")


@scenario('Bad Request: can\'t parse entities: Unsupported start tag "br" at byte offset 4')
async def html(stage: Stage) -> str | None:
    return await stage.send(text="да<br>нет", parse_mode="HTML")


@scenario("Bad Request: BUTTON_DATA_INVALID")
async def callback_data_length(stage: Stage) -> str | None:
    assert await stage.with_button(callback_data="x" * 64) is None
    return await stage.with_button(callback_data="ж" * 33)


@scenario("Bad Request: BUTTON_TYPE_INVALID")
async def button_kind(stage: Stage) -> str | None:
    return await stage.with_button(callback_data="x", url="https://example.com")


@scenario("Bad Request: inline keyboard button URL 'http://localhost:8000/a' is invalid: Wrong HTTP URL")
async def button_url(stage: Stage) -> str | None:
    assert await stage.with_button(url="https://example.com/a") is None
    return await stage.with_button(url="http://localhost:8000/a")


@scenario("Bad Request: can't parse reply keyboard markup JSON object")
async def reply_markup_json(stage: Stage) -> str | None:
    return await stage.send(reply_markup="{no json")


@scenario("Bad Request: reply markup is too long")
async def keyboard_size(stage: Stage) -> str | None:
    rows = [[{"text": str(i), "callback_data": str(i)}] for i in range(101)]
    assert await stage.send(reply_markup={"inline_keyboard": rows[1:]}) is None
    return await stage.send(reply_markup={"inline_keyboard": rows})


@scenario("Bad Request: inline keyboard expected")
async def inline_keyboard_on_edit(stage: Stage) -> str | None:
    return await stage.edit(await stage.sent(), reply_markup={"keyboard": [["Да"]]})


@scenario(f"Bad Request: {NOT_MODIFIED}")
async def not_modified(stage: Stage) -> str | None:
    message_id = await stage.sent(text="<b>same</b>", parse_mode="HTML")
    assert await stage.edit(message_id, text="same") is None, "other formatting is a change"
    return await stage.edit(message_id, text=" same ")


@scenario("Bad Request: message to edit not found")
async def message_to_edit(stage: Stage) -> str | None:
    return await stage.edit(1)


@scenario("Bad Request: message can't be edited")
async def own_message(stage: Stage) -> str | None:
    return await stage.edit((await stage.chat.text(ANNA, "hello")).id)


@scenario("Bad Request: there is no text in the message to edit")
async def text_to_edit(stage: Stage) -> str | None:
    stored = stage.sandbox.world.add_file("a.ics", "text/calendar", b"BEGIN")
    sent = await stage.api.result("sendDocument", chat_id=ANNA, document=stored.file_id)
    return await stage.edit(sent["message_id"])


@scenario("Bad Request: message to delete not found")
async def message_to_delete(stage: Stage) -> str | None:
    return await stage.api.refusal("deleteMessage", chat_id=ANNA, message_id=1)


@scenario("Bad Request: message can't be deleted for everyone")
async def delete_within_48_hours(stage: Stage) -> str | None:
    young, old = await stage.sent(), await stage.sent()
    stage.sandbox.advance(47 * HOUR)
    assert await stage.api.refusal("deleteMessage", chat_id=ANNA, message_id=young) is None
    stage.sandbox.advance(2 * HOUR)
    return await stage.api.refusal("deleteMessage", chat_id=ANNA, message_id=old)


@scenario("Bad Request: chat not found")
async def chat_started(stage: Stage) -> str | None:
    return await stage.send(chat_id=VIKTOR)


@scenario("Forbidden: bot was blocked by the user")
async def blocked(stage: Stage) -> str | None:
    await stage.chat.block(ANNA)
    return await stage.send()

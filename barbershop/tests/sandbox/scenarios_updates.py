"""What Telegram refuses elsewhere: groups, queries, updates, webhooks, commands; one scenario for each rule."""

import asyncio
from typing import Any

from barbershop.sandbox.client import SandboxError
from barbershop.sandbox.errors import OTHER_POLLER, QUERY_TOO_OLD, WEBHOOK_ACTIVE
from barbershop.tests.sandbox.conftest import ANNA
from barbershop.tests.sandbox.stage import HOUR, Stage, scenario


@scenario("Forbidden: bot is not a member of the group chat")
async def group_member(stage: Stage) -> str | None:
    group = await stage.chat.add_to_group(ANNA, "Соседи")
    assert await stage.send(chat_id=group.id) is None
    await stage.api.result("leaveChat", chat_id=group.id)
    return await stage.send(chat_id=group.id)


@scenario("not seen")
async def privacy_mode(stage: Stage) -> str | None:
    group = await stage.chat.add_to_group(ANNA, "Соседи")
    await stage.chat.group_text(ANNA, group, "привет")
    return None if await _last_text(stage) == "привет" else "not seen"


@scenario("Bad Request: Can't leave private chats")
async def leave_groups_only(stage: Stage) -> str | None:
    return await stage.api.refusal("leaveChat", chat_id=ANNA)


@scenario("inaccessible")
async def old_messages_inaccessible(stage: Stage) -> str | None:
    await stage.sent(reply_markup={"inline_keyboard": [[{"text": "tap", "callback_data": "x"}]]})
    await stage.chat.tap(ANNA, "tap")
    stage.sandbox.advance(49 * HOUR)
    await stage.chat.tap(ANNA, "tap")
    shown = (await stage.api.result("getUpdates"))[-1]["callback_query"]["message"]
    return "inaccessible" if shown["date"] == 0 else None


@scenario("an error")
async def start_payload(stage: Stage) -> str | None:
    await stage.chat.start(ANNA, "A-z_0" * 12)
    try:
        await stage.chat.start(ANNA, "x" * 65)
    except SandboxError:
        return "an error"
    return None


async def _answer_inline(stage: Stage, **params: Any) -> str | None:
    asked = await stage.chat.inline(ANNA, "стрижка")
    return await stage.api.refusal("answerInlineQuery", **{"inline_query_id": asked.id, "results": [], **params})


@scenario("Bad Request: RESULTS_TOO_MUCH")
async def inline_results(stage: Stage) -> str | None:
    assert await _answer_inline(stage, results=[{}] * 50) is None
    return await _answer_inline(stage, results=[{}] * 51)


@scenario("Bad Request: START_PARAM_INVALID")
async def inline_button(stage: Stage) -> str | None:
    assert await _answer_inline(stage, button={"text": "Открыть", "start_parameter": "inline"}) is None
    without = await _answer_inline(stage, button={"text": "Открыть"})
    assert without in {None, "Bad Request: InlineQueryResultsButton must have exactly one optional field"}
    return await _answer_inline(stage, button={"text": "Открыть", "start_parameter": "in line"})


async def _last_text(stage: Stage) -> str | None:
    text: str | None = (await stage.api.result("getUpdates"))[-1]["message"].get("text")
    return text


@scenario(f"Bad Request: {QUERY_TOO_OLD}")
async def query_age(stage: Stage) -> str | None:
    unknown = await stage.api.refusal("answerCallbackQuery", callback_query_id="77")
    query_id = await stage.query()
    stage.sandbox.advance(16)
    late = await stage.api.refusal("answerCallbackQuery", callback_query_id=query_id)
    assert unknown == late
    return late


@scenario("Bad Request: MESSAGE_TOO_LONG")
async def answer_length(stage: Stage) -> str | None:
    query_id = await stage.query()
    return await stage.api.refusal("answerCallbackQuery", callback_query_id=query_id, text="x" * 201)


@scenario("confirmed updates are gone")
async def offset_acknowledges(stage: Stage) -> str | None:
    first = await stage.update_ids()
    assert first == await stage.update_ids(), "unconfirmed, it comes again"
    return None if await stage.update_ids(offset=first[-1] + 1) else "confirmed updates are gone"


@scenario("100 at once")
async def updates_limit(stage: Stage) -> str | None:
    for _ in range(120):
        stage.sandbox.world.updates.push_raw({})
    found = len(await stage.update_ids(limit=1000))
    return f"{found} at once" if found < 121 else None


@scenario("not asked for")
async def allowed_updates(stage: Stage) -> str | None:
    await stage.update_ids(allowed_updates=["callback_query"])
    await stage.update_ids(offset=-1)
    before = await stage.update_ids()
    await stage.chat.text(ANNA, "hello")
    return None if len(await stage.update_ids()) > len(before) else "not asked for"


@scenario(OTHER_POLLER)
async def one_poller(stage: Stage) -> str | None:
    stage.sandbox.world.updates.drop_pending()
    first = asyncio.create_task(stage.api("getUpdates", timeout=20))
    await stage.chat.wait_until(lambda counters: counters["pollers"] == 1)
    second = asyncio.create_task(stage.api("getUpdates", timeout=20))
    await asyncio.wait([first], timeout=0.3)
    await stage.chat.text(ANNA, "for the poller that is left")
    assert (await second)["result"], "the later poller goes on"
    description: str | None = (await first).get("description")
    return description


@scenario(WEBHOOK_ACTIVE)
async def webhook_or_polling(stage: Stage) -> str | None:
    await stage.api.result("setWebhook", url="https://example.com/hook")
    return await stage.api.refusal("getUpdates")


@scenario("Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
async def webhook_https(stage: Stage) -> str | None:
    assert await stage.api.refusal("setWebhook", url="http://127.0.0.1:9/hook") is None
    return await stage.api.refusal("setWebhook", url="http://example.com/hook")


@scenario("Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
async def webhook_port(stage: Stage) -> str | None:
    assert await stage.api.refusal("setWebhook", url="https://example.com:8443/hook") is None
    return await stage.api.refusal("setWebhook", url="https://example.com:8000/hook")


@scenario("Bad Request: secret token contains unallowed characters")
async def webhook_secret(stage: Stage) -> str | None:
    url = "https://example.com/hook"
    assert await stage.api.refusal("setWebhook", url=url, secret_token="A-z_0" * 51) is None
    long = await stage.api.refusal("setWebhook", url=url, secret_token="x" * 257)
    assert long in {None, "Bad Request: secret token is too long"}
    return await stage.api.refusal("setWebhook", url=url, secret_token="a b")


@scenario("forgotten")
async def updates_kept_24_hours(stage: Stage) -> str | None:
    stage.sandbox.advance(23 * HOUR)
    assert await stage.update_ids()
    stage.sandbox.advance(2 * HOUR)
    return None if await stage.update_ids() else "forgotten"


@scenario("forgotten")
async def query_updates_expire(stage: Stage) -> str | None:
    await stage.query()
    before = len(await stage.update_ids())
    stage.sandbox.advance(149)
    assert len(await stage.update_ids()) == before
    stage.sandbox.advance(2)
    return "forgotten" if len(await stage.update_ids()) == before - 1 else None


async def _set_command(stage: Stage, command: str, description: str) -> str | None:
    commands = [{"command": command, "description": description}]
    return await stage.api.refusal("setMyCommands", commands=commands)


@scenario("Bad Request: BOT_COMMAND_INVALID")
async def command_format(stage: Stage) -> str | None:
    assert await _set_command(stage, "book_2", "Book") is None
    return await _set_command(stage, "bookNow", "Book")


@scenario("Bad Request: command description length must not exceed 256")
async def command_description(stage: Stage) -> str | None:
    return await _set_command(stage, "book", "x" * 257)


@scenario("Bad Request: BOT_COMMANDS_TOO_MUCH")
async def command_count(stage: Stage) -> str | None:
    commands = [{"command": f"c{i}", "description": "x"} for i in range(101)]
    return await stage.api.refusal("setMyCommands", commands=commands)


@scenario("Bad Request: Invalid language code specified")
async def language_code(stage: Stage) -> str | None:
    assert await stage.api.refusal("setMyName", name="Shop", language_code="ru") is None
    return await stage.api.refusal("setMyName", name="Shop", language_code="en-GB")


@scenario("Bad Request: description is too long")
async def description_length(stage: Stage) -> str | None:
    assert await stage.api.refusal("setMyDescription", description="ж" * 512) is None
    return await stage.api.refusal("setMyDescription", description="ж" * 513)


@scenario("Bad Request: short description is too long")
async def short_description_length(stage: Stage) -> str | None:
    assert await stage.api.refusal("setMyShortDescription", short_description="ж" * 120) is None
    return await stage.api.refusal("setMyShortDescription", short_description="ж" * 121)


@scenario("Bad Request: name is too long")
async def name_length(stage: Stage) -> str | None:
    assert await stage.api.refusal("setMyName", name="ж" * 64) is None
    return await stage.api.refusal("setMyName", name="ж" * 65)


@scenario("Bad Request: wrong parameter action in request")
async def chat_action(stage: Stage) -> str | None:
    assert await stage.api.refusal("sendChatAction", chat_id=ANNA, action="typing") is None
    return await stage.api.refusal("sendChatAction", chat_id=ANNA, action="dancing")


@scenario("Too Many Requests: retry after 1")
async def flood(stage: Stage) -> str | None:
    answers = [await stage.send() for _ in range(8)]
    assert answers[:5] == [None] * 5, "a short burst is allowed"
    return answers[-1]

"""Every rule refuses what its scenario does, and nothing else does: switched off, it goes through."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from barbershop.sandbox.client import SandboxClient
from barbershop.sandbox.errors import NOT_MODIFIED, OTHER_POLLER, QUERY_TOO_OLD, WEBHOOK_ACTIVE
from barbershop.sandbox.rules import OFF_BY_DEFAULT, RULES
from barbershop.sandbox.server import Sandbox
from barbershop.tests.sandbox.conftest import ANNA, VIKTOR, Api

HOUR = 3600


class Stage:
    """What a scenario plays on: Anna has pressed start, Viktor has not."""

    def __init__(self, sandbox: Sandbox, api: Api, chat: SandboxClient) -> None:
        self.sandbox, self.api, self.chat = sandbox, api, chat

    async def send(self, **params: Any) -> str | None:
        return await self.api.refusal("sendMessage", **{"chat_id": ANNA, "text": "ok", **params})

    async def sent(self, **params: Any) -> int:
        result = await self.api.result("sendMessage", **{"chat_id": ANNA, "text": "ok", **params})
        return int(result["message_id"])

    async def edit(self, message_id: int, **params: Any) -> str | None:
        params = {"chat_id": ANNA, "message_id": message_id, "text": "new", **params}
        return await self.api.refusal("editMessageText", **params)

    async def with_button(self, **button: Any) -> str | None:
        return await self.send(reply_markup={"inline_keyboard": [[{"text": "button", **button}]]})

    async def query(self) -> str:
        await self.sent(reply_markup={"inline_keyboard": [[{"text": "tap", "callback_data": "x"}]]})
        return (await self.chat.tap(ANNA, "tap")).query_id

    async def update_ids(self, **params: Any) -> list[int]:
        return [update["update_id"] for update in await self.api.result("getUpdates", **params)]


Scenario = Callable[[Stage], Awaitable[str | None]]
SCENARIOS: dict[str, tuple[Scenario, str]] = {}


def scenario(refusal: str, *, rule: str | None = None) -> Callable[[Scenario], Scenario]:
    """A scenario returns what refused it, or None when everything went through."""

    def register(play: Scenario) -> Scenario:
        SCENARIOS[rule or play.__name__] = play, refusal
        return play

    return register


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


@scenario("forgotten")
async def updates_kept_24_hours(stage: Stage) -> str | None:
    stage.sandbox.advance(23 * HOUR)
    assert await stage.update_ids()
    stage.sandbox.advance(2 * HOUR)
    return None if await stage.update_ids() else "forgotten"


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


@scenario("Bad Request: wrong parameter action in request")
async def chat_action(stage: Stage) -> str | None:
    assert await stage.api.refusal("sendChatAction", chat_id=ANNA, action="typing") is None
    return await stage.api.refusal("sendChatAction", chat_id=ANNA, action="dancing")


@scenario("Too Many Requests: retry after 1")
async def flood(stage: Stage) -> str | None:
    answers = [await stage.send() for _ in range(8)]
    assert answers[:5] == [None] * 5, "a short burst is allowed"
    return answers[-1]


def test_every_rule_has_a_scenario_and_a_source() -> None:
    assert set(SCENARIOS) == set(RULES)
    assert all(rule.source.startswith("https://core.telegram.org/") for rule in RULES.values())
    assert frozenset({"flood"}) == OFF_BY_DEFAULT


@pytest.fixture
async def stage(sandbox: Sandbox, api: Api, chat: SandboxClient) -> Stage:
    await chat.text(ANNA, "/start")
    return Stage(sandbox, api, chat)


@pytest.mark.parametrize("rule", RULES)
async def test_the_rule_refuses(stage: Stage, rule: str) -> None:
    play, refusal = SCENARIOS[rule]
    stage.sandbox.world.rules.switch(rule, on=True)
    assert await play(stage) == refusal


@pytest.mark.parametrize("rule", RULES)
async def test_nothing_refuses_with_the_rule_switched_off(stage: Stage, rule: str) -> None:
    play, _refusal = SCENARIOS[rule]
    stage.sandbox.world.rules.switch(rule, on=False)
    assert await play(stage) is None


async def test_rules_are_listed_and_switched_over_http(chat: SandboxClient) -> None:
    await chat.switch_rules(html=False)
    listed = {rule["name"]: rule["on"] for rule in (await chat.get("rules"))["rules"]}
    assert listed == {name: name not in {"html", "flood"} for name in RULES}
    assert json.dumps(listed)

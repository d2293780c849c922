"""What the scenarios of the rules play on, and their register."""

from collections.abc import Awaitable, Callable
from typing import Any

from barbershop.sandbox.client import SandboxClient
from barbershop.sandbox.server import Sandbox
from barbershop.tests.sandbox.conftest import ANNA, Api

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

"""The bot without a wire: a person's act goes straight to the dispatcher, its calls straight into the strict server."""

import json
from collections.abc import AsyncGenerator
from typing import Any

from aiogram import Bot
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.base import BaseSession
from aiogram.enums import ParseMode
from aiogram.methods import TelegramMethod

from barbershop.bot import build_dispatcher
from barbershop.sandbox import acts, methods
from barbershop.sandbox.call import METHODS, Call, Params, Upload
from barbershop.sandbox.errors import ApiError
from barbershop.sandbox.keyboards import buttons_of
from barbershop.sandbox.state import Message, Person
from barbershop.sandbox.world import World

TOKEN = f"{4242}:{'x' * 35}"
_KNOWN = methods  # importing them registers them


class _Session(BaseSession):
    """What would be requests; `refused` are the calls that the server would not take."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.refused: list[str] = []

    async def make_request(self, bot: Bot, method: TelegramMethod[Any], timeout: int | None = None) -> Any:  # noqa: ASYNC109 - theirs
        try:
            result = await METHODS[method.__api_method__.lower()].handler(await self._call(bot, method))
            status, answer = 200, {"ok": True, "result": result}
        except ApiError as error:
            self.refused.append(f"{error.description}: {method}")
            status, answer = error.code, {"ok": False, "error_code": error.code, "description": error.description}
        return self.check_response(bot, method, status, json.dumps(answer)).result

    async def _call(self, bot: Bot, method: TelegramMethod[Any]) -> Call:
        files: dict[str, Any] = {}
        prepared = {
            name: self.prepare_value(value, bot=bot, files=files)
            for name, value in method.model_dump(warnings=False).items()
        }
        params = Params(
            {name: value if isinstance(value, str) else str(value) for name, value in prepared.items() if value}
        )
        for name, file in files.items():
            content = b"".join([chunk async for chunk in file.read(bot)])
            params.files[name] = Upload(file.filename, "application/octet-stream", content)
        return Call(self.world, method.__api_method__, params)

    async def close(self) -> None:
        """There is no connection."""

    async def stream_content(self, *_arguments: Any, **_options: Any) -> AsyncGenerator[bytes, None]:
        """Nothing is downloaded."""
        yield b""


class Stage:
    """People and a bot, which answers each act before the next one."""

    def __init__(self, *people: Person) -> None:
        self.world = World(token=TOKEN, people=people)
        self._session = _Session(self.world)
        self.bot = Bot(TOKEN, session=self._session, default=DefaultBotProperties(parse_mode=ParseMode.HTML))
        self._dispatcher = build_dispatcher()

    @property
    def refused(self) -> list[str]:
        return self._session.refused

    async def says(self, telegram_id: int, words: str) -> Message:
        acts.say(self.world, self.world.people[telegram_id], words)
        return await self._handle(telegram_id)

    async def taps(self, telegram_id: int, data: str) -> Message:
        """Below the newest message of the bot, whatever its buttons are."""
        acts.tap(self.world, self.world.people[telegram_id], self.screen(telegram_id), data)
        return await self._handle(telegram_id)

    def screen(self, telegram_id: int) -> Message:
        return [message for message in self.world.people[telegram_id].messages if message.from_bot][-1]

    async def _handle(self, telegram_id: int) -> Message:
        [stored] = self.world.updates.pending()
        self.world.updates.taken(stored)
        await self._dispatcher.feed_raw_update(self.bot, stored.update)
        return self.screen(telegram_id)


def words_on_buttons(message: Message) -> list[str]:
    return [button["text"] for button in buttons_of(message.markup)]

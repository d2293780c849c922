"""The bots that are tapped: the product's, whole, and a bare aiogram handler with one round trip. Run in a worker."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from enum import StrEnum

import aiohttp
import psycopg
from aiogram import Bot, Dispatcher
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from django.conf import settings

from barbershop.lease import connection_params
from barbershop.runtime import serve_bot
from barbershop.telegram import build_bot
from benchmarks.edge import TOKEN

_MENU = [[InlineKeyboardButton(text=f"Button {n}", callback_data=f"{n}")] for n in range(4)]


class Which(StrEnum):
    """Whose screen is edited."""

    BARE = "bare handler"
    PRODUCT = "bot"


def serve(*, url: str, which: Which) -> float:
    """Be that bot until the edge at the URL is done; the processor seconds it took."""
    settings.TELEGRAM_BOT_TOKEN, settings.TELEGRAM_API_BASE = TOKEN, url
    began = time.process_time()
    asyncio.run(_serve_until_done(url, serve_bot if which is Which.PRODUCT else _serve_bare))
    return time.process_time() - began


async def _serve_until_done(url: str, serving: Callable[[Bot], Awaitable[None]]) -> None:
    async with aiohttp.ClientSession() as http, build_bot().context() as bot:
        task = asyncio.ensure_future(serving(bot))
        done = asyncio.ensure_future(http.get(f"{url}/done"))
        await asyncio.wait({task, done}, return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        (await done).close()


async def _serve_bare(bot: Bot) -> None:
    """The least that edits a screen after asking PostgreSQL who taps, on a connection that is always there."""
    link = await psycopg.AsyncConnection.connect(**connection_params(), autocommit=True)
    dispatcher = Dispatcher()

    @dispatcher.callback_query()
    async def on_tap(callback: CallbackQuery) -> None:
        asked = await link.execute("SELECT * FROM users WHERE telegram_id = %s", [callback.from_user.id], prepare=True)
        if await asked.fetchone() is None or not isinstance(callback.message, Message):
            raise LookupError("nobody taps, or nothing")
        await callback.message.edit_text("Hello", reply_markup=InlineKeyboardMarkup(inline_keyboard=_MENU))
        await callback.answer()

    async with link:
        await dispatcher.start_polling(bot, handle_signals=False, close_bot_session=False)

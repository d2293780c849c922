"""The long-running commands: what they start, how they end."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import ExitStack, suppress
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg
from aiogram import Bot
from aiogram.exceptions import TelegramUnauthorizedError
from django.conf import settings
from django.core.management import CommandError
from django.db import DatabaseError
from django.utils import timezone
from procrastinate import App
from procrastinate.contrib.django import app as job_app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout

from accounts.expectations import prune_expected
from accounts.inbox import prune_handled
from accounts.threads import in_thread
from barbershop.bot import build_dispatcher
from barbershop.consumer import Consumer, wait_at_most
from barbershop.lease import bot_lease
from barbershop.menus import publish_profile
from barbershop.poller import poll
from barbershop.registration import check_configured, keep_webhook
from barbershop.telegram import build_bot, until_taken
from bookings import services
from bookings.outbox import rescue_stranded
from observability.events import emit
from observability.jobs import HEARTBEAT_SECONDS, retry_stalled_jobs
from observability.metrics_server import exposed

DRAIN_SECONDS = 20.0
JOBS_AT_ONCE = 8
SWEEP_SECONDS = 5.0
PRUNE_SECONDS = 600.0
KEEP_HANDLED = timedelta(days=2)
# What is due by the clock: each safe to run twice and by several workers at once.
CHORES: tuple[Callable[..., int], ...] = (
    rescue_stranded,
    services.complete_past_bookings,
    services.ask_to_confirm,
    services.release_unconfirmed,
    services.expire_offers,
    services.serve_waiting_list,
)
logger = logging.getLogger(__name__)
_DATABASE_AWAY = (psycopg.Error, DatabaseError, PoolTimeout, ConnectorException)


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def _until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Run the work until it ends or `stop` is set; then cancel it and let it finish what it has in hand."""
    task = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if task.done():
        await task
        return
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def restarting(stop: asyncio.Event, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run the work again whenever the database goes away, until `stop` is set."""
    while not stop.is_set():
        try:
            await _until(stop, work())
        except _DATABASE_AWAY as error:
            emit("database_away", level=logging.WARNING, reason_code=type(error).__name__)
        await wait_at_most(stop, 1.0)


async def run_bot() -> None:
    """Be the bot (or wait as the spare one) until SIGTERM; the updates in hand are finished first.

    Raises CommandError when webhook mode lacks a setting, or the port of the metrics can't be had.
    """
    check_configured()
    with ExitStack() as stack:
        try:
            stack.enter_context(exposed(settings.BOT_METRICS_PORT))
        except OSError:
            raise CommandError("BOT_METRICS_PORT can't be listened on: is it taken?", returncode=2) from None
        await _run(settings.TELEGRAM_MODE, serve_bot)


async def run_worker() -> None:
    """Work on jobs until SIGTERM; the jobs in hand are finished first."""
    await _run("worker", serve_jobs)


async def _run(mode: str, serve: Callable[[Bot], Coroutine[Any, Any, None]]) -> None:
    stop = _stop_on_signals()
    bot = build_bot()
    emit("startup", mode=mode)
    try:
        await restarting(stop, lambda: serve(bot))
    finally:
        await bot.session.close()
        emit("shutdown", mode=mode)


async def serve_bot(bot: Bot) -> None:
    """Have updates come (in the configured mode) and consume them for as long as the lease is held.

    Raises what said that the database is away.
    """
    receive = keep_webhook if settings.TELEGRAM_MODE == "webhook" else poll
    async with bot_lease() as link:
        consumer = Consumer(bot, build_dispatcher())
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_wake_on_notify(link, consumer))
                tasks.create_task(consumer.run())
                tasks.create_task(receive(bot))
                tasks.create_task(until_taken("the menu of commands", partial(publish_profile, bot)))
        except* _DATABASE_AWAY as group:
            raise group.exceptions[0] from None
        except* TelegramUnauthorizedError:
            raise CommandError("Telegram refused TELEGRAM_BOT_TOKEN: check it with @BotFather.") from None
        finally:
            await consumer.drain(DRAIN_SECONDS)


async def _wake_on_notify(link: psycopg.AsyncConnection[Any], consumer: Consumer) -> None:
    async for notice in link.notifies():
        consumer.wake(notice.payload)


async def serve_jobs(bot: Bot) -> None:
    """Work on jobs and sweep; returns or raises when the database is away."""
    # Not `with_connector`: each new app would prefix the names of the library's own tasks once more.
    with job_app.replace_connector(DjangoConnector().get_worker_connector()) as app:
        async with app.open_async():
            await _work(app, bot)


async def _work(app: App, bot: Bot) -> None:
    chores = [asyncio.create_task(_sweep(app)), asyncio.create_task(_prune())]
    try:
        await app.run_worker_async(
            concurrency=JOBS_AT_ONCE,
            fetch_job_polling_interval=1.0,  # retries and scheduled jobs raise no NOTIFY
            shutdown_graceful_timeout=DRAIN_SECONDS,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            additional_context={"bot": bot},
        )
    finally:
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)


async def _sweep(app: App) -> None:
    """Every few seconds: put back what dead workers left, and do what is due by the clock."""
    while True:
        await _try_chore(retry_stalled_jobs(app))
        for chore in CHORES:
            await _try_chore(in_thread(chore, now=timezone.now()))
        await asyncio.sleep(SWEEP_SECONDS)


async def _try_chore(chore: Awaitable[object]) -> None:
    """One that fails is tried again with the next sweep, and keeps no other from its turn."""
    try:
        await chore
    except _DATABASE_AWAY as error:
        emit("sweep_failed", level=logging.WARNING, reason_code=type(error).__name__)
    except Exception as error:
        emit("sweep_failed", level=logging.ERROR, reason_code=type(error).__name__)
        logger.exception("a chore of the sweep failed")


async def _prune() -> None:
    """Every few minutes: forget the handled updates that Telegram can't redeliver, and questions nobody answered."""
    while True:
        try:
            await in_thread(prune_handled, before=timezone.now() - KEEP_HANDLED)
            await in_thread(prune_expected, now=timezone.now())
        except _DATABASE_AWAY as error:
            emit("prune_failed", level=logging.WARNING, reason_code=type(error).__name__)
        await asyncio.sleep(PRUNE_SECONDS)

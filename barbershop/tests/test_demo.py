"""`manage.py demo` as a person runs it: what it says, and that nothing outlives it."""

import os
import re
import signal
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio

from barbershop.database_url import database_url
from barbershop.sandbox.client import SandboxClient
from barbershop.smoke.play import Client
from barbershop.smoke.scratch import connect, scratch_database
from barbershop.tests.running import Run, free_ports, open_shop, running

pytestmark = pytest.mark.timeout(300)  # whole starts of everything, on a busy machine

REAL_TOKEN = "4242:the-token-of-somebody-s-real-bot"
REAL_SECRET = "the-webhook-secret-of-somebody-s-real-bot"


@pytest.fixture
async def new_database() -> AsyncIterator[str]:
    async with scratch_database() as name:
        yield name


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database() -> AsyncIterator[str]:
    """One for several tests: the demo opens on whatever the last one has left, also when it was killed."""
    async with scratch_database() as name:
        yield name


async def bookings_in(database: str) -> int:
    async with await connect(database) as link:
        row = await (await link.execute("SELECT count(*) FROM bookings")).fetchone()
    assert row
    return int(row[0])


async def closes(run: Run, number: signal.Signals) -> None:
    run.signal(number)
    assert await run.ends() == 0, run.output
    assert "The shop is closed." in run.output
    assert "Traceback" not in run.output
    await run.leaves_nothing()


async def test_a_stranger_books_finds_the_booking_after_a_second_start_and_is_refused_a_third_beside_it(
    new_database: str,
) -> None:
    """Two bots on one database: the second would wait for ever, and nobody would know why the chat is silent."""
    async with open_shop(new_database) as (run, web_port, chat_port):
        assert f"http://127.0.0.1:{chat_port}/" in run.output
        assert f"http://127.0.0.1:{web_port}/admin/" in run.output
        assert run.output.count("Owner of the demo shop: owner, password ") == 2  # when made, and by the addresses
        async with SandboxClient(f"http://127.0.0.1:{chat_port}") as chat:
            anna = Client(chat, await chat.person(1001, first_name="Анна"))
            await anna.start()
            await anna.go_to_summary(master="Глеб", day=2)
            await anna.tap("Подтвердить", "Отменить")
            await chat.wait_for(2002, "Анна", since=0)
        await closes(run, signal.SIGINT)
    async with open_shop(new_database) as (run, _, _):
        assert "changepassword owner" in run.output
        assert ", password " not in run.output
        assert await bookings_in(new_database) == 1
        web_port, chat_port = free_ports(2)
        arguments = ("demo", "--web-port", str(web_port), "--chat-port", str(chat_port))
        async with running(*arguments, DATABASE_URL=database_url(new_database), DEBUG="on") as beside:
            assert await beside.ends() == 2, beside.output
            assert "Another demo or bot works on this database." in beside.output
        await closes(run, signal.SIGTERM)


async def test_a_real_bot_is_never_touched_and_the_screen_stays_quiet(database: str) -> None:
    real = {
        "TELEGRAM_BOT_TOKEN": REAL_TOKEN,
        "TELEGRAM_API_BASE": "https://api.telegram.org",
        "TELEGRAM_MODE": "webhook",
        "TELEGRAM_WEBHOOK_SECRET": REAL_SECRET,
        "PUBLIC_URL": "https://shop.example",
        "ALLOWED_HOSTS": "shop.example",
    }
    async with open_shop(database, **real) as (run, web_port, chat_port):
        for words in ("run_bot", "run_worker", "sandbox", "gunicorn"):
            env = run.environment_of(run.process(words))
            assert env["TELEGRAM_API_BASE"] == f"http://127.0.0.1:{chat_port}"
            assert env["TELEGRAM_BOT_TOKEN"] != REAL_TOKEN
            assert env["TELEGRAM_BOT_TOKEN_FILE"] == env["TELEGRAM_API_BASE_FILE"] == ""
            assert env["TELEGRAM_WEBHOOK_SECRET"] != REAL_SECRET
            assert env["PUBLIC_URL"] == f"http://127.0.0.1:{web_port}"
            token = env["TELEGRAM_BOT_TOKEN"]
        assert not any(token in line for line in run.processes().values())
        async with SandboxClient(f"http://127.0.0.1:{chat_port}") as chat:
            assert (await chat.counters())["webhook"], "the masters were answered in webhook mode"
        async with aiohttp.ClientSession(f"http://127.0.0.1:{web_port}") as http:
            for path in ("/admin/login/", "/static/admin/css/base.css", "/health/ready"):
                async with http.get(path) as response:
                    assert response.status == 200, path
        assert " | " not in run.output, run.output
        assert token not in run.output
        await closes(run, signal.SIGHUP)


async def test_a_crashed_child_is_named_and_ends_all_of_it(database: str) -> None:
    async with open_shop(database) as (run, _, _):
        os.kill(run.process("run_worker"), signal.SIGKILL)
        assert await run.ends() == 1, run.output
        assert "worker ended by itself, killed by SIGKILL. Its last lines:" in run.output
        assert "startup" in run.output
        assert "Traceback" not in run.output
        await run.leaves_nothing()


async def test_no_child_outlives_a_killed_supervisor(database: str) -> None:
    async with open_shop(database) as (run, _, _):
        assert len(run.processes()) >= 5
        run.signal(signal.SIGKILL)
        await run.ends()
        await run.leaves_nothing()


async def test_a_signal_before_it_is_open_ends_it_too(database: str) -> None:
    web_port, chat_port = free_ports(2)
    arguments = ("demo", "--web-port", str(web_port), "--chat-port", str(chat_port))
    async with running(*arguments, DATABASE_URL=database_url(database), DEBUG="on") as run:
        await run.prints("Starting the local Telegram")
        run.signal(signal.SIGINT)
        assert await run.ends() == 0, run.output
        assert "Traceback" not in run.output
        await run.leaves_nothing()


async def test_a_busy_port_is_named_with_the_way_out_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as web, socket.create_server(("127.0.0.1", 0)) as chat:
        ports = [web.getsockname()[1], chat.getsockname()[1]]
        arguments = ("demo", "--web-port", str(ports[0]), "--chat-port", str(ports[1]))
        async with running(*arguments, DATABASE_URL=database_url(), DEBUG="on") as run:
            assert await run.ends() == 2
    for port in ports:
        assert f"Port {port} is in use by another program." in run.output
    assert re.search(r"Try: make demo WEB_PORT=\d+ CHAT_PORT=\d+", run.output)
    assert "migrations" not in run.output


async def test_production_is_refused() -> None:
    production = {
        "DEBUG": "off",
        "SECRET_KEY": "x" * 50,
        "ALLOWED_HOSTS": "shop.example",
        "TELEGRAM_BOT_TOKEN": REAL_TOKEN,
    }
    async with running("demo", DATABASE_URL=database_url(), **production) as run:
        assert await run.ends() == 2
        assert "DEBUG=on only" in run.output

"""`manage.py smoke` for real, and what it leaves behind when it is not let finish."""

import re
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from psycopg import sql

from barbershop.database_url import database_url
from barbershop.smoke import Report, run_smoke, runner
from barbershop.smoke.errors import CheckFailed
from barbershop.smoke.scratch import connect, drop_stale, scratch_database
from barbershop.tests.running import Run, databases, last_object, running

pytestmark = pytest.mark.timeout(300)  # whole starts of everything, on a busy machine

PRODUCTION = {
    "DEBUG": "off",
    "SECRET_KEY": "a-key-of-the-test-" * 4,
    "ALLOWED_HOSTS": "shop.example",
    "TELEGRAM_BOT_TOKEN": "",
}


# What an operator reads off the report; docs/tests/test_local_dev.py looks, where smoke runs as the page says.
PROMISED = (
    "client_books_in_six_taps",
    "second_client_meets_a_conflict",
    "client_reschedules",
    "master_changes_lunch",
    "master_writes_down_a_walk_in",
    "day_off_cancels_them_with_a_reason",
    "no_cancellation_without_a_reason",
    "master_cancels_with_a_reason",
    "waiting_client_takes_the_offer",
    "logs_are_clean",
    "everything_is_removed",
)


async def scratch_of(run: Run) -> list[str]:
    return await databases(f"^smoke_{run.child.pid}_")


async def test_smoke_passes_in_production_and_leaves_nothing() -> None:
    async with running("smoke", "--json", DATABASE_URL=database_url(), **PRODUCTION) as run:
        code = await run.ends()
        assert (code, last_object(run.child.lines)["ok"]) == (0, True), run.output
        assert len(run.child.lines) == 1
        await run.leaves_nothing()
        assert await scratch_of(run) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.soak)])
async def test_a_signal_in_the_middle_removes_everything(number: signal.Signals) -> None:
    async with running("smoke") as run:
        await run.prints("shop_is_seeded")
        assert await scratch_of(run) != []
        run.signal(number)
        assert await run.ends() == 2, run.output
        report = last_object(run.child.lines)
        assert (report["ok"], report["why"]) == (False, "interrupted")
        assert "Traceback" not in run.output
        await run.leaves_nothing()
        assert await scratch_of(run) == []


async def test_a_killed_run_leaves_no_process_and_its_database_goes_with_the_next() -> None:
    async with running("smoke") as run:
        await run.prints("people_say_start")
        run.signal(signal.SIGKILL)
        await run.ends()
        await run.leaves_nothing()
        async with await connect() as link:
            assert await scratch_of(run) == await drop_stale(link)
        assert await scratch_of(run) == []


async def test_only_stale_scratch_databases_are_dropped() -> None:
    """Neither one in use, nor one that merely has a similar name."""
    similar = "smoke_1_of_mine"
    async with await connect() as link, scratch_database() as in_use:
        await link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(similar)))
        try:
            await drop_stale(link)
            assert sorted(await databases(f"^({similar}|{in_use})$")) == sorted([similar, in_use])
        finally:
            await link.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(similar)))


async def test_a_server_that_is_away_is_exit_2_without_the_password() -> None:
    url = "postgres://somebody:hunter2hunter2@127.0.0.1:1/nothing"
    async with running("smoke", DATABASE_URL=url, **PRODUCTION) as run:
        assert await run.ends() == 2, run.output
        assert last_object(run.child.lines)["failed"] == "scratch_database"
        assert "hunter2" not in run.output


async def test_a_role_that_may_not_create_databases_is_told_what_it_needs() -> None:
    async with await connect() as link, scratch_database() as name:
        role = f"poor_{name}"
        password = secrets.token_hex(16)
        create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
        await link.execute(create)
        try:
            url = re.sub("//[^@]*@", f"//{role}:{password}@", database_url(name))
            async with running("smoke", DATABASE_URL=url, **PRODUCTION) as run:
                assert await run.ends() == 2, run.output
                assert "CREATEDB" in last_object(run.child.lines)["why"]
        finally:
            await link.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


async def test_a_failed_step_is_named_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    @asynccontextmanager
    async def empty_stage() -> AsyncIterator[Any]:
        yield SimpleNamespace(output={"bot": ["its last words"]})

    async def this_holds(_play: Any) -> None: ...

    async def this_does_not(_play: Any) -> None:
        raise CheckFailed("because")

    monkeypatch.setattr(runner, "staged", empty_stage)
    monkeypatch.setattr(runner, "STEPS", (this_holds, this_does_not, this_holds))
    report, lines = Report(), list[str]()
    await run_smoke(report, lines.append)
    found = report.as_json()
    assert (found["ok"], found["failed"], found["why"], report.exit_code) == (False, "this_does_not", "because", 1)
    assert found["checks"] == ["scratch_database", "this_holds"]
    assert report.last_lines["bot"] == ["its last words"]

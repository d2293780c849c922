"""Whether this container's process does its work: `python deploy/healthcheck.py web|bot|worker`. Exit 0 or 1.

Runs every few seconds, so it starts no Django: that would cost more than the work it watches.
Reads DATABASE_URL(_FILE) itself for the same reason.

web     /health/ready answers 200.
bot     the database has heard from this container lately, and some bot (this one, or the one it waits for) has
        the lease.
worker  the database has heard from this container lately, and a worker's heartbeat is fresh.

Both processes ask the database something every one or two seconds while their event loop turns, so "has heard from
this container" is what a stuck loop, an exhausted thread pool and a lost database all end. Telegram is not asked:
restarting does not bring it back, and the processes wait for it.
"""

import http.client
import os
import sys
from pathlib import Path

import psycopg

# barbershop.lease.BOT_LOCK; a test compares the two.
BOT_LOCK = 7_265_001
SILENT_SECONDS = 30
_TIMEOUT_SECONDS = 4

_HEARD = """
    SELECT EXISTS (
        SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
          AND client_addr IS NOT DISTINCT FROM inet_client_addr()
          AND state_change > clock_timestamp() - make_interval(secs => %(silent)s)
    )
"""
_LEASED = """
    SELECT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND classid = 0 AND objid = %(lock)s
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
"""
_BEATING = """
    SELECT EXISTS (
        SELECT FROM procrastinate_workers
        WHERE last_heartbeat > clock_timestamp() - make_interval(secs => %(silent)s)
    )
"""
_QUESTIONS = {
    "bot": {"the database has not heard from this bot": _HEARD, "nobody has the bot's lease": _LEASED},
    "worker": {"the database has not heard from this worker": _HEARD, "no worker's heartbeat is fresh": _BEATING},
}


def database_url() -> str:
    """The URL that the process itself uses."""
    file = os.environ.get("DATABASE_URL_FILE")
    return Path(file).read_text().strip() if file else os.environ["DATABASE_URL"]


def web_problem(*, host: str = "127.0.0.1", port: int = 8000) -> str | None:
    """What readiness complains about, or None."""
    link = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)
    link.request("GET", "/health/ready")
    answer = link.getresponse()
    return None if answer.status == http.HTTPStatus.OK else f"{answer.status} {answer.read(200)!r}"


def process_problem(process: str, url: str) -> str | None:
    """The first thing that is wrong with the bot or the worker, or None."""
    limit = f"-c statement_timeout={_TIMEOUT_SECONDS * 1000}"
    with psycopg.connect(url, connect_timeout=_TIMEOUT_SECONDS, options=limit, autocommit=True) as link:
        for problem, question in _QUESTIONS[process].items():
            row = link.execute(question, {"silent": SILENT_SECONDS, "lock": BOT_LOCK}).fetchone()
            if not (row and row[0]):
                return problem
    return None


def main(process: str) -> int:
    try:
        problem = web_problem() if process == "web" else process_problem(process, database_url())
    except (OSError, http.client.HTTPException, psycopg.Error) as error:
        problem = type(error).__name__  # its words may quote the address, and Docker keeps what is printed
    if problem:
        sys.stdout.write(f"{problem}\n")
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))

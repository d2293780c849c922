"""Run a local Telegram: a Bot API server and a chat page in the browser. For development."""

import asyncio
import contextlib
from argparse import SUPPRESS
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from barbershop.sandbox.guard import is_loopback
from barbershop.sandbox.rules import Rules
from barbershop.sandbox.server import serve

_COULD_NOT_RUN = 2


class Command(BaseCommand):
    help = "Local Telegram Bot API server with a chat page, on loopback. What it keeps is lost with it."
    requires_system_checks: list[str] = []  # it has nothing to do with the database or the deployment

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="a loopback name or address")
        parser.add_argument("--port", type=int, default=8081)
        parser.add_argument("--flood", action="store_true", help="also enforce the Bot FAQ's message rates")
        parser.add_argument("--for-smoke", action="store_true", help=SUPPRESS)

    def handle(self, **options: Any) -> None:
        token: str = settings.TELEGRAM_BOT_TOKEN or ""
        _check(token, host=options["host"], allowed=settings.DEBUG or options["for_smoke"])
        rules = Rules().adding("flood") if options["flood"] else Rules()
        running = serve(token=token, host=options["host"], port=options["port"], rules=rules, started=self._announce)
        try:
            with contextlib.suppress(KeyboardInterrupt):
                asyncio.run(running)
        except OSError as error:
            msg = f"can't listen on port {options['port']} ({error.strerror}); choose another with --port"
            raise CommandError(msg, returncode=_COULD_NOT_RUN) from None

    def _announce(self, url: str) -> None:
        self.stdout.write(f"Chat page: {url}/\nTELEGRAM_API_BASE={url}")
        self.stdout.flush()


def _check(token: str, *, host: str, allowed: bool) -> None:
    if not allowed:
        raise _could_not_run("sandbox is a development tool and runs with DEBUG=true only")
    if not is_loopback(host):
        raise _could_not_run("sandbox listens on loopback only: --host 127.0.0.1, ::1 or localhost")
    if ":" not in token:
        raise _could_not_run("set TELEGRAM_BOT_TOKEN, for the sandbox to any made-up token like 1:abc")


def _could_not_run(msg: str) -> CommandError:
    return CommandError(msg, returncode=_COULD_NOT_RUN)

import asyncio
from typing import Any

from django.core.management.base import BaseCommand

from barbershop.runtime import run_bot
from observability.logs import set_service


class Command(BaseCommand):
    help = "Poll Telegram into the inbox and handle what is there. One at a time; a second one waits."

    def handle(self, *_args: Any, **_options: Any) -> None:
        set_service("bot")
        asyncio.run(run_bot())

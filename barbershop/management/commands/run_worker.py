import asyncio
from typing import Any

from django.core.management.base import BaseCommand

from barbershop.runtime import run_worker
from observability.logs import set_service


class Command(BaseCommand):
    help = "Work on jobs: deliver notifications, sweep what a dead worker left. Any number may run."

    def handle(self, *_args: Any, **_options: Any) -> None:
        set_service("worker")
        asyncio.run(run_worker())

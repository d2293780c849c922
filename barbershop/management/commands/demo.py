import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from barbershop import demo
from barbershop.processes import ChildEnded, Interrupted, NotReady, run_interruptible


class Command(BaseCommand):
    help = "Run the whole shop with a chat in the browser; Ctrl-C ends all of it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--web-port", type=int, default=8000, help="of admin; 8000 unless given")
        parser.add_argument("--chat-port", type=int, default=8081, help="of the chat page; 8081 unless given")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo is for development: it runs with DEBUG=on only.", returncode=2)
        ports = demo.Ports(web=options["web_port"], chat=options["chat_port"])
        ports.check_free()
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the services run and take it over
        try:
            owner = demo.prepare(self._say)
            run_interruptible(demo.run(ports=ports, owner=owner, say=self._say, screen=sys.stderr))
        except (Interrupted, KeyboardInterrupt):
            self._say("\nThe shop is closed.")
        except (ChildEnded, NotReady) as error:
            raise CommandError(f"{error}. All of the demo has ended.", returncode=1) from None

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

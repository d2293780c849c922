"""The sandbox as a server: Bot API, control API and chat page on one loopback port.

async with Sandbox.running(token=token) as sandbox:   # in a test, on a free port
    sandbox.url                                       # what TELEGRAM_API_BASE would be
    sandbox.world                                     # its state, in this process
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from barbershop.sandbox import api, control, page
from barbershop.sandbox.guard import is_loopback, only_this_machine
from barbershop.sandbox.keys import WORLD
from barbershop.sandbox.rules import Rules
from barbershop.sandbox.state import Person
from barbershop.sandbox.world import DEFAULT_PEOPLE, World

MAX_BODY = 60 << 20  # a bot may upload 50 MB: https://core.telegram.org/bots/api#sending-files
_SHUTDOWN_SECONDS = 1.0


def create_app(
    *,
    token: str,
    rules: Rules | None = None,
    people: Iterable[Person] = DEFAULT_PEOPLE,
    **options: float,
) -> web.Application:
    """Needs a running event loop. The state is `app[WORLD]`; `options` are its other ones."""
    app = web.Application(middlewares=[only_this_machine, control.refusals_as_json], client_max_size=MAX_BODY)
    app[WORLD] = World(token=token, rules=rules, people=people, **options)
    app.router.add_routes(control.routes)
    app.router.add_routes(page.routes)
    for verb in ("GET", "POST"):
        app.router.add_route(verb, "/bot{token:[^/]+}/{method:[^/]*}", api.handle_call)
    app.router.add_get("/file/bot{token:[^/]+}/documents/{file_id:[^/]+}", api.handle_file)
    app.on_shutdown.append(_stop)
    return app


async def _stop(app: web.Application) -> None:
    await app[WORLD].stop()


@dataclass
class Sandbox:
    """A running sandbox."""

    url: str
    world: World

    def advance(self, seconds: float) -> None:
        """Let time pass for the ages of messages, updates and callback queries."""
        self.world.ahead += seconds

    @classmethod
    @contextlib.asynccontextmanager
    async def running(
        cls, *, token: str, host: str = "127.0.0.1", port: int = 0, **options: Any
    ) -> AsyncIterator["Sandbox"]:
        """`options` are those of `create_app`; port 0 is a free one. OSError when the port is taken."""
        if not is_loopback(host):
            msg = "the sandbox listens on loopback only"
            raise ValueError(msg)
        app = create_app(token=token, **options)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port).start()
            bound = runner.addresses[0][1]
            name = f"[{host}]" if ":" in host else host
            yield cls(f"http://{name}:{bound}", app[WORLD])
        finally:
            await runner.cleanup()


async def serve(*, token: str, host: str, port: int, started: Callable[[str], None], **options: Any) -> None:
    """Run until SIGTERM or cancelled; `started(url)` is called once it listens."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with Sandbox.running(token=token, host=host, port=port, **options) as sandbox:
        started(sandbox.url)
        await ended.wait()

"""Child processes under one supervisor: their output is read here, and they end with it, whatever ends it."""

import asyncio
import os
import signal
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")
OnLine = Callable[["Child", str], None]

GRACE_SECONDS = 10.0
_LAST_WORDS_SECONDS = 1.0
_CHECK_SECONDS = 0.05
_LONGEST_LINE = 1 << 20
_LAUNCHER = Path(__file__).with_name("launcher.py")
_BASE_DIR = Path(__file__).parent.parent


class ProcessError(Exception):
    """A child process did not do what it was started for."""


class ChildEnded(ProcessError):
    """A child process ended though nobody asked it to."""

    def __init__(self, child: "Child") -> None:
        super().__init__(f"{child.name} ended by itself, {child.how_it_ended}")
        self.child = child


class NotReady(ProcessError):
    """Something did not become ready in time."""


class Interrupted(Exception):
    """A signal asked for the end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)


def child_env(overrides: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with other values for some settings.

    A `NAME_FILE` would win over its NAME, and `.env` would bring a deleted one back: an empty one does neither.
    """
    return {**os.environ, "PYTHONUNBUFFERED": "1", **{f"{name}_FILE": "" for name in overrides}, **overrides}


def manage(*arguments: str) -> list[str]:
    """The command line of a management command."""
    return [sys.executable, str(_BASE_DIR / "manage.py"), *arguments]


def web(bind: str) -> list[str]:
    """The command line of the web server as it is deployed; `bind` is HOST:PORT or fd://NUMBER."""
    return [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "--bind", bind, "barbershop.wsgi"]


class Child:
    """One running process. Its output and errors are one stream of lines; the last `keep` are in `lines`."""

    def __init__(
        self, name: str, process: asyncio.subprocess.Process, *, keep: int | None, on_line: OnLine | None
    ) -> None:
        self.name = name
        self.lines: deque[str] = deque(maxlen=keep)
        self.pid = process.pid
        self._process = process
        self._on_line = on_line
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(
        cls,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        keep: int | None = None,
        on_line: OnLine | None = None,
        pass_fds: Sequence[int] = (),
    ) -> Self:
        """Start a program in a session of its own, so that Ctrl-C reaches the supervisor alone."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid()), *command),
            env=env,
            cwd=_BASE_DIR,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            limit=_LONGEST_LINE,
            start_new_session=True,
            pass_fds=pass_fds,
        )
        return cls(name, process, keep=keep, on_line=on_line)

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative is the signal that killed it."""
        return self._process.returncode

    @property
    def how_it_ended(self) -> str:
        code = self.exit_code
        if code is not None and code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"exit code {code}"

    async def wait(self) -> int:
        """The exit code, once it has ended and its last words are read."""
        code = await self._process.wait()
        await asyncio.wait({self._reading}, timeout=_LAST_WORDS_SECONDS)
        return code

    async def stop(self, grace: float) -> int:
        """Ask it to end, kill it (and what it has started) when it does not; the exit code."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(grace):
                await self._process.wait()
        except TimeoutError:
            self.kill()
        code = await self.wait()
        self._reading.cancel()
        return code

    def kill(self) -> None:
        """SIGKILL to it and what it has started."""
        if self.exit_code is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    async def _read(self) -> None:
        stream = self._process.stdout
        while stream is not None:
            try:
                raw = await stream.readline()
            except ValueError:
                raw = b"(a line of more than a megabyte)\n"
            if not raw:
                return
            line = raw.decode(errors="replace").rstrip("\n")
            self.lines.append(line)
            if self._on_line:
                self._on_line(self, line)


class Children:
    """Processes that end together when the block ends; the first one, on which the others depend, ends last."""

    def __init__(self, *, keep: int | None = None, on_line: OnLine | None = None, grace: float = GRACE_SECONDS) -> None:
        self._keep = keep
        self._on_line = on_line
        self._grace = grace
        self._running: list[Child] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(
        self, name: str, command: Sequence[str], env: Mapping[str, str], *, pass_fds: Sequence[int] = ()
    ) -> Child:
        child = await Child.start(name, command, env, keep=self._keep, on_line=self._on_line, pass_fds=pass_fds)
        self._running.append(child)
        return child

    async def run(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> Child:
        """Run a command to its successful end; ChildEnded when it fails."""
        child = await self.start(name, command, env)
        code = await child.wait()
        self.forget(child)
        if code:
            raise ChildEnded(child)
        return child

    def forget(self, child: Child) -> None:
        """Whoever took it away watches over it from now on."""
        self._running.remove(child)

    async def stop(self) -> dict[str, int]:
        """End all; the exit codes by name."""
        grace = self._grace
        first, others = self._running[:1], self._running[1:]
        codes = await asyncio.gather(*(child.stop(grace) for child in others))
        codes += [await child.stop(grace) for child in first]
        self._running.clear()
        return {child.name: code for child, code in zip(others + first, codes, strict=True)}

    async def first_to_end(self) -> Child:
        """Wait until one ends."""
        waits = {asyncio.create_task(child.wait()): child for child in self._running}
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waits:
                task.cancel()
        return waits[done.pop()]

    async def until(self, what: str, check: Callable[[], Awaitable[object]], *, seconds: float) -> None:
        """Wait until the check holds; ChildEnded when a child has ended before, NotReady when time is up."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not await check():
            for child in self._running:
                if child.exit_code is not None:
                    await child.wait()
                    raise ChildEnded(child)
            if asyncio.get_running_loop().time() > deadline:
                raise NotReady(f"{what} not ready within {seconds:.0f} s")
            await asyncio.sleep(_CHECK_SECONDS)


def run_interruptible(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; SIGINT, SIGTERM and SIGHUP cancel the work once, which then cleans up, and raise Interrupted.

    From the first of them on, and after it, this process lets no signal but SIGKILL disturb the cleaning up.
    """
    received: list[int] = []

    async def watched() -> T:
        task = asyncio.ensure_future(work)

        def stop(number: int) -> None:
            if not received:
                task.cancel()
            received.append(number)

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stop, number)
        return await task

    try:
        return asyncio.run(watched())
    except asyncio.CancelledError:
        if not received:
            raise
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        raise Interrupted(received[0]) from None

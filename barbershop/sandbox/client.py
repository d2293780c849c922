"""People of the sandbox, driven from a test over HTTP.

    async with SandboxClient(sandbox.url) as chat:
        anna = await chat.person(1001, first_name="Анна")
        await chat.text(anna, "/start")
        menu = await chat.wait_for(anna, "Записаться")      # a button or words of the bot's message
        await chat.tap(anna, "Записаться")
        await chat.wait_for(anna, lambda m: "услуг" in m.text and m.has_button("Стрижка"))
        assert (await chat.counters())["unanswered"] == 0

`wait_for` looks at messages of the bot that are new or edited since this person's own last action, so a
screen from before is never taken for the answer; `since=0` looks at all of them.
"""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import aiohttp

from barbershop.sandbox.seen import Button, Json, Message, Person, SandboxError, Tap

__all__ = ["Button", "Message", "Person", "SandboxClient", "SandboxError", "Tap"]

Predicate = Callable[[Message], bool]
WAIT_SECONDS = 5.0
_LONGEST_POLL = 10.0
_COUNTERS_POLL = 0.1  # not all that is counted is an event
_SHOWN_ON_TIMEOUT = 4


class SandboxClient:
    def __init__(self, base_url: str, *, wait_seconds: float = WAIT_SECONDS) -> None:
        self.base_url = base_url.rstrip("/")
        self.wait_seconds = wait_seconds
        self._marks: dict[int, int] = {}
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        if self._http is not None:
            await self._http.close()

    # --- people act

    async def person(self, id: int, **names: Any) -> Person:  # noqa: A002 -- Telegram's own name
        """Create or rename: first_name, last_name, username, language_code="ru", phone_number, label."""
        card = (await self.post("people", {"id": id, **names}))["person"]
        return Person(card["id"], card["first_name"])

    async def people(self) -> list[Json]:
        return list((await self.get("people"))["people"])

    async def text(self, person: Person | int, text: str) -> Message:
        """Type and send; "/start payload" is what an opened deep link sends."""
        answer = await self._act(person, "text", {"text": text})
        return Message.read(answer["message"])

    async def tap(
        self, person: Person | int, button: str, message_id: int | None = None, *, forge: bool = False
    ) -> Tap:
        """Tap the inline button with this text or data (or text containing it), on the newest message that
        has it. `forge` sends data that is on no button."""
        body = {"button": button, "message_id": message_id, "forge": forge}
        query = (await self._act(person, "tap", body))["query"]
        return Tap(query["id"], query["data"], query["message_id"])

    async def share_contact(self, person: Person | int, contact: Json | None = None) -> Message:
        """One's own contact, or another one: {"phone_number", "first_name", "user_id"}."""
        answer = await self._act(person, "contact", {"contact": contact} if contact else {})
        return Message.read(answer["message"])

    async def block(self, person: Person | int, *, blocked: bool = True) -> None:
        await self._act(person, "block", {"blocked": blocked})

    # --- and see

    async def history(self, person: Person | int) -> list[Message]:
        """Oldest first, of both sides."""
        return [Message.read(view) for view in (await self._history(person))["messages"]]

    async def last_message(self, person: Person | int) -> Message:
        """The bot's newest one."""
        messages = [message for message in await self.history(person) if message.from_bot]
        if not messages:
            raise SandboxError(f"the bot has written nothing to {_id(person)}")
        return messages[-1]

    async def commands(self, person: Person | int) -> list[Json]:
        """The bot's command menu as this person sees it."""
        return list((await self._history(person))["commands"])

    async def wait_for(
        self,
        person: Person | int,
        wanted: Predicate | str,
        timeout: float | None = None,  # noqa: ASYNC109 -- reads better in a test
        *,
        since: int | None = None,
    ) -> Message:
        """The newest message of the bot that fits: a predicate, or words it or its buttons show."""
        fits: Predicate = wanted if callable(wanted) else (lambda message: message.shows(wanted))
        mark = self._marks.get(_id(person), 0) if since is None else since
        deadline = time.monotonic() + (self.wait_seconds if timeout is None else timeout)
        while True:
            state = await self._history(person, changed_since=mark)
            for message in reversed([Message.read(view) for view in state["messages"]]):
                if message.from_bot and fits(message):
                    return message
            if not await self._changed(state["seq"], deadline, person=_id(person)):
                raise SandboxError(await self._missing(person, wanted))

    async def tap_and_wait(
        self,
        person: Person | int,
        button: str,
        wanted: Predicate | str,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> Message:
        await self.tap(person, button)
        return await self.wait_for(person, wanted, timeout)

    async def answer(self, tap: Tap, timeout: float | None = None) -> Json:  # noqa: ASYNC109 -- as above
        """What answerCallbackQuery said: {"text", "show_alert"}, and "after" seconds."""
        deadline = time.monotonic() + (self.wait_seconds if timeout is None else timeout)
        while True:
            seq = (await self.get("events"))["seq"]
            query = (await self.get(f"queries/{tap.query_id}"))["query"]
            if query["answer"] is not None:
                return {**query["answer"], "after": query["answered_after"]}
            if not await self._changed(seq, deadline):
                raise SandboxError(f"the tap on {tap.data!r} was not answered")

    async def wait_until(self, check: Callable[[Json], bool], timeout: float | None = None) -> Json:  # noqa: ASYNC109
        """Until the counters fit, e.g. `lambda c: c["unanswered"] == 0`."""
        deadline = time.monotonic() + (self.wait_seconds if timeout is None else timeout)
        while True:
            seq = (await self.get("events"))["seq"]
            counters = await self.counters()
            if check(counters):
                return counters
            if not await self._changed(seq, deadline, at_most=_COUNTERS_POLL):
                raise SandboxError(f"the counters never fitted: {counters}")

    async def counters(self) -> Json:
        """calls, errors, error_count, unknown_methods, complaints, unanswered, pending_updates, ..."""
        return await self.get("counters")

    async def requests(self) -> list[Json]:
        """The bot's calls, oldest first: ts, method, chat_id, ok, code, description, fault."""
        return list((await self.get("requests"))["requests"])

    async def download(self, message: Message) -> bytes:
        if message.document is None:
            raise SandboxError("the message has no document")
        async with self._session().get(f"{self.base_url}/control/files/{message.document['file_id']}") as response:
            response.raise_for_status()
            return await response.read()

    # --- what goes wrong

    async def fault(self, kind: str, **options: Any) -> None:
        """The next call (`times`, after `skip`, of `method` and `chat_id`) meets it; kinds: retry_after,
        server_error, bad_gateway, garbage, drop_before, drop_after, slow, hang (`seconds`)."""
        await self.post("faults", {"kind": kind, **options})

    async def random_faults(self, probability: float, *kinds: str, seed: int = 0, **options: Any) -> None:
        body = {"probability": probability, "kinds": list(kinds), "seed": seed, **options}
        await self.post("faults/random", body)

    async def clear_faults(self) -> None:
        await self.post("faults/clear", {})

    async def redeliver(self, update_id: int | None = None) -> int:
        """The last update that was handed out, or the given one, comes once more."""
        return int((await self.post("redeliver", {"update_id": update_id}))["update_id"])

    async def inject(self, update: Json) -> int:
        """Any JSON object as an update; its id."""
        return int((await self.post("updates/raw", {"update": update}))["update_id"])

    async def switch_rules(self, **rules: bool) -> None:
        await self.post("rules", rules)

    async def advance(self, seconds: float) -> None:
        await self.post("clock", {"advance": seconds})

    async def reset(self) -> None:
        self._marks.clear()
        await self.post("reset", {})

    # --- HTTP

    async def get(self, path: str, **query: Any) -> Json:
        return await self._call("GET", path, params=query)

    async def post(self, path: str, body: Json) -> Json:
        return await self._call("POST", path, json=body)

    async def _call(self, verb: str, path: str, **options: Any) -> Json:
        async with self._session().request(verb, f"{self.base_url}/control/{path}", **options) as response:
            answer: Json = await response.json(content_type=None)
        if not answer.get("ok"):
            raise SandboxError(f"{verb} {path}: {answer.get('error')}")
        return answer

    async def _act(self, person: Person | int, action: str, body: Json) -> Json:
        answer = await self.post(f"people/{_id(person)}/{action}", body)
        if "mark" in answer:
            self._marks[_id(person)] = answer["mark"]
        return answer

    async def _history(self, person: Person | int, **query: int) -> Json:
        return await self.get(f"people/{_id(person)}/history", **query)

    async def _changed(
        self, seq: int, deadline: float, *, at_most: float = _LONGEST_POLL, person: int | None = None
    ) -> bool:
        """Wait for any event after `seq`, or for one person's; False when the time is up."""
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        whose = {} if person is None else {"person": person}
        await self.get("events", after=seq, timeout=min(left, at_most), **whose)
        return True

    async def _missing(self, person: Person | int, wanted: object) -> str:
        shown = "\n".join(
            f"  {'bot' if m.from_bot else 'person'} #{m.id} (edits {m.edits}): {m.text!r} {m.button_texts}"
            for m in (await self.history(person))[-_SHOWN_ON_TIMEOUT:]
        )
        counters = await self.counters()
        return f"{_id(person)} never saw {wanted!r}; the chat ends with\n{shown}\nerrors: {counters['errors']}"

    def _session(self) -> aiohttp.ClientSession:
        """Made on first use, so that a client can be built outside a running loop."""
        if self._http is None or self._http.closed:
            self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        return self._http


def _id(person: Person | int) -> int:
    return person if isinstance(person, int) else person.id

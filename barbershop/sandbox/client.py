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

from collections.abc import Callable
from typing import Any

from barbershop.sandbox.client_places import ElsewhereClient
from barbershop.sandbox.client_trouble import TroubleMaker
from barbershop.sandbox.client_wire import id_of
from barbershop.sandbox.seen import Button, Group, Inline, Json, Message, Person, SandboxError, Tap, Who

__all__ = ["Button", "Group", "Inline", "Message", "Person", "SandboxClient", "SandboxError", "Tap"]

Predicate = Callable[[Message], bool]
_COUNTERS_POLL = 0.1  # not all that is counted is an event
_SHOWN_ON_TIMEOUT = 4


class SandboxClient(ElsewhereClient, TroubleMaker):
    # --- people act

    async def person(self, id: int, **names: Any) -> Person:  # noqa: A002 -- Telegram's own name
        """Create or rename: first_name, last_name, username, language_code="ru", phone_number, label."""
        card = (await self.post("people", {"id": id, **names}))["person"]
        return Person(card["id"], card["first_name"])

    async def people(self) -> list[Json]:
        return list((await self.get("people"))["people"])

    async def text(self, person: Person | int, text: str) -> Message:
        """Type and send."""
        answer = await self._act(person, "text", {"text": text})
        return Message.read(answer["message"])

    async def start(self, person: Person | int, payload: str = "") -> Message:
        """Press Start, below a deep link with this payload."""
        return Message.read((await self._act(person, "open", {"payload": payload}))["message"])

    async def open_link(self, person: Person | int, url: str) -> Message:
        """Follow a deep link to the bot, https://t.me/sandbox_bot?start=<payload>, and press Start."""
        return Message.read((await self._act(person, "open", {"url": url}))["message"])

    async def delete(self, person: Person | int, message: Message) -> None:
        """Delete a message for both sides. `tap(..., message_id=...)` still taps it, as a screen that lags would."""
        await self._act(person, "delete", {"message_id": message.id})

    async def lose(self, person: Person | int, message: Message) -> None:
        """From now on the bot can't see or edit this message; taps on it come with an inaccessible one."""
        await self._act(person, "lose", {"message_id": message.id})

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

    async def unblock(self, person: Person | int) -> None:
        await self.block(person, blocked=False)

    async def contact(self, person: Person | int, phone: str | None = None, user_id: int | None = None) -> Message:
        """Share one's own contact; with another phone; or, with `user_id`, somebody else's (0: without an account)."""
        if phone is None:
            return await self.share_contact(person)
        account = id_of(person) if user_id is None else user_id
        return await self.share_contact(
            person, {"phone_number": phone, "first_name": "Contact", **({"user_id": account} if account else {})}
        )

    # --- and see

    async def history(self, person: Who) -> list[Message]:
        """Oldest first, of both sides."""
        return [Message.read(view) for view in (await self._history(person))["messages"]]

    async def last_message(self, person: Who) -> Message:
        """The bot's newest one."""
        messages = [message for message in await self.history(person) if message.from_bot]
        if not messages:
            raise SandboxError(f"the bot has written nothing to {id_of(person)}")
        return messages[-1]

    async def profile(self, language_code: str = "") -> Json:
        """The bot's own words as somebody with this language sees them: name, description, short_description; and
        `commands`: every list that is set, as {"scope", "language_code", "commands"}."""
        return await self.get("profile", language_code=language_code)

    async def commands(self, person: Person | int) -> list[Json]:
        """The bot's command menu as this person sees it."""
        return list((await self._history(person))["commands"])

    async def wait_for(
        self,
        person: Who,
        wanted: Predicate | str,
        timeout: float | None = None,  # noqa: ASYNC109 -- reads better in a test
        *,
        since: int | None = None,
    ) -> Message:
        """The newest message of the bot that fits: a predicate, or words it or its buttons show."""
        fits: Predicate = wanted if callable(wanted) else (lambda message: message.shows(wanted))
        mark = self._marks.get(id_of(person), 0) if since is None else since
        deadline = self._deadline(timeout)
        while True:
            state = await self._history(person, changed_since=mark)
            for message in reversed([Message.read(view) for view in state["messages"]]):
                if message.from_bot and fits(message):
                    return message
            if not await self._changed(state["seq"], deadline, person=id_of(person)):
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
        deadline = self._deadline(timeout)
        while True:
            seq = (await self.get("events"))["seq"]
            query = (await self.get(f"queries/{tap.query_id}"))["query"]
            if query["answer"] is not None:
                return {**query["answer"], "after": query["answered_after"]}
            if not await self._changed(seq, deadline):
                raise SandboxError(f"the tap on {tap.data!r} was not answered")

    async def wait_until(self, check: Callable[[Json], bool], timeout: float | None = None) -> Json:  # noqa: ASYNC109
        """Until the counters fit, e.g. `lambda c: c["unanswered"] == 0`."""
        deadline = self._deadline(timeout)
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

    async def document(self, message: Message) -> tuple[bytes, str]:
        """Content and file name."""
        content = await self.download(message)
        return content, message.document["file_name"] if message.document else ""

    async def download(self, message: Message) -> bytes:
        if message.document is None:
            raise SandboxError("the message has no document")
        async with self._session().get(f"{self.base_url}/control/files/{message.document['file_id']}") as response:
            response.raise_for_status()
            return await response.read()

    async def _history(self, person: Who, **query: int) -> Json:
        return await self.get(f"people/{id_of(person)}/history", **query)

    async def _missing(self, person: Who, wanted: object) -> str:
        shown = "\n".join(
            f"  {'bot' if m.from_bot else 'person'} #{m.id} (edits {m.edits}): {m.text!r} {m.button_texts}"
            for m in (await self.history(person))[-_SHOWN_ON_TIMEOUT:]
        )
        counters = await self.counters()
        return f"{id_of(person)} never saw {wanted!r}; the chat ends with\n{shown}\nerrors: {counters['errors']}"

"""Away from the private chat: groups, channels, forwarded messages, inline queries."""

from typing import Any

from barbershop.sandbox.client_wire import ControlClient, id_of
from barbershop.sandbox.seen import Group, Inline, Json, Message, Person, SandboxError, Tap


class ElsewhereClient(ControlClient):
    """`history`, `last_message` and `wait_for` of the client take a group as they take a person."""

    async def add_to_group(self, person: Person | int, title: str, *, kind: str = "group") -> Group:
        """Make a group, supergroup or channel (`kind`) and add the bot to it."""
        answer = await self.post("groups", {"person": id_of(person), "title": title, "kind": kind})
        self._marks[answer["group"]["id"]] = answer["mark"]
        return Group(**answer["group"])

    async def add_again(self, person: Person | int, group: Group) -> Group:
        return await self._change(person, group, "add")

    async def remove_from_group(self, person: Person | int, group: Group) -> Group:
        return await self._change(person, group, "remove")

    async def promote_in_group(self, person: Person | int, group: Group) -> Group:
        """The bot becomes an administrator, who sees every message."""
        return await self._change(person, group, "promote")

    async def groups(self) -> list[Group]:
        return [Group(**card) for card in (await self.get("groups"))["groups"]]

    async def group_text(self, person: Person | int, group: Group, text: str) -> Message:
        """Write in a group, or post in a channel. A member bot sees commands only (privacy mode)."""
        answer = await self.post(f"groups/{group.id}/text", {"person": id_of(person), "text": text})
        self._marks[group.id] = answer["mark"]
        return Message.read(answer["message"])

    async def group_tap(self, person: Person | int, group: Group, button: str) -> Tap:
        answer = await self._act(person, "tap", {"button": button, "chat_id": group.id})
        self._marks[group.id] = answer["mark"]
        query = answer["query"]
        return Tap(query["id"], query["data"], query["message_id"])

    async def forward(
        self, person: Person | int, text: str, *, author: Person | int | None = None, hidden: bool = False
    ) -> Message:
        """Forward to the bot what `author` (else the person) wrote; `hidden` authors show a name only."""
        writer = await self._user(person if author is None else author)
        origin = (
            {"type": "hidden_user", "sender_user_name": writer["first_name"]}
            if hidden
            else {"type": "user", "sender_user": writer}
        )
        answer = await self._act(person, "forward", {"text": text, "origin": origin})
        return Message.read(answer["message"])

    async def via_bot(self, person: Person | int, text: str) -> Message:
        """Send the bot what another bot offered inline."""
        return Message.read((await self._act(person, "via", {"text": text}))["message"])

    async def inline(self, person: Person | int, query: str = "", *, offset: str = "") -> Inline:
        """Type `@the_bot query` in some other chat."""
        asked = (await self._act(person, "inline", {"query": query, "offset": offset}))["query"]
        return Inline(asked["id"], asked["query"])

    async def inline_answer(self, inline: Inline, timeout: float | None = None) -> Json:  # noqa: ASYNC109
        """What answerInlineQuery said: {"results", "button", "is_personal"}."""
        deadline = self._deadline(timeout)
        while True:
            seq = (await self.get("events"))["seq"]
            answer: Json | None = (await self.get(f"inline/{inline.id}"))["query"]["answer"]
            if answer is not None:
                return answer
            if not await self._changed(seq, deadline):
                raise SandboxError(f"the inline query {inline.query!r} was not answered")

    async def _change(self, person: Person | int, group: Group, change: str) -> Group:
        answer = await self.post(f"groups/{group.id}/{change}", {"person": id_of(person)})
        return Group(**answer["group"])

    async def _user(self, person: Person | int) -> dict[str, Any]:
        for card in (await self.get("people"))["people"]:
            if card["id"] == id_of(person):
                return {"id": card["id"], "is_bot": False, "first_name": card["first_name"]}
        raise SandboxError(f"nobody has the id {id_of(person)}")

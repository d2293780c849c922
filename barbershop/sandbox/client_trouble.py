"""What goes wrong, made to order: faults, redelivery, forged updates, time, the webhook's retries."""

from collections.abc import Callable
from typing import Any

from barbershop.sandbox.client_wire import ControlClient
from barbershop.sandbox.seen import Json, SandboxError


class TroubleMaker(ControlClient):
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

    async def expire_queries(self) -> int:
        """Every tap and inline query without an answer is too old to get one from now on; how many."""
        return int((await self.post("queries/expire", {}))["expired"])

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

    async def webhook(self) -> Json:
        """`webhook`: what getWebhookInfo says, or None; `deliveries`: the attempts, oldest first, each with update_id,
        attempt, code (0: no answer) and error ("": taken)."""
        return await self.get("webhook")

    async def wait_for_deliveries(self, fits: Callable[[list[Json]], bool], timeout: float | None = None) -> list[Json]:  # noqa: ASYNC109
        """Until the attempts to deliver fit, e.g. `lambda made: len(made) == 3`."""
        deadline = self._deadline(timeout)
        while True:
            seq = (await self.get("events"))["seq"]
            made: list[Json] = (await self.webhook())["deliveries"]
            if fits(made):
                return made
            if not await self._changed(seq, deadline):
                raise SandboxError(f"the deliveries never fitted: {made}")

    async def hurry_webhook(self) -> None:
        """Try again at once what waits for its next attempt."""
        await self.post("webhook/hurry", {})

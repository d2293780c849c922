"""What is refused and throttled: said once, written down and counted where the operator's metrics are read."""

import json
from typing import Any

from barbershop.smoke.cast import FLOODER, FLOODER_ID, SETTLE_SECONDS, Play, check
from barbershop.smoke.play import BOOK
from barbershop.smoke.stage import BURST

_DENIED, _THROTTLED = "barbershop_rbac_denials_total", "barbershop_throttled_total"
_FLOOD = BURST + 60
_DESK = "dayoff"


async def client_is_refused_at_the_desk(play: Play) -> None:
    """Politely; there is a line about it, a count and a row."""
    before = await play.stage.bot_metric(_DENIED, command=_DESK)
    screen = await play.anna.say(f"/{_DESK}", "В меню")
    check("только для мастеров" in screen.text, f"a client at the desk reads {screen.text!r}")
    line = await _line(play, "rbac_deny")
    wanted = {"role": "client", "command": _DESK, "reason_code": "wrong_role"}
    check(wanted.items() <= line.items(), f"the refusal is logged as {line}")
    rows = await play.stage.rows("SELECT actor_id FROM audit_events WHERE action = 'access_denied'")
    check([row["actor_id"] for row in rows] == [line["actor_id"]], f"the trail has {rows}")
    after = await play.stage.bot_metric(_DENIED, command=_DESK)
    check(after == before + 1, f"{_DENIED} went from {before} to {after}")


async def flood_is_throttled(play: Play) -> None:
    """One warning, then silence, a line and a count; the next person is served meanwhile."""
    chat = play.stage.chat
    flooder = await chat.person(FLOODER_ID, first_name=FLOODER, language_code="ru")
    for _ in range(_FLOOD):
        await chat.text(flooder, "/start")
    await play.viktor.start()
    await play.stage.settled(seconds=SETTLE_SECONDS)
    line = await _line(play, "abuse_throttled")
    check(line["what"] == "user", f"the throttle is logged as {line}")
    heard = [message for message in await chat.history(flooder) if message.from_bot]
    menus = [message for message in heard if message.has_button(BOOK)]
    check(len(heard) - len(menus) == 1, f"warned {len(heard) - len(menus)} times")
    check(BURST <= len(menus) < _FLOOD, f"{len(menus)} of {_FLOOD} are answered")
    let_go = await play.stage.bot_metric(_THROTTLED, command="start")
    check(let_go == _FLOOD - len(menus), f"{_THROTTLED} says {let_go}, {len(menus)} of {_FLOOD} are answered")


async def _line(play: Play, event: str) -> dict[str, Any]:
    """The first line of the bot's log about an event."""

    async def is_written() -> bool:
        return any(f'"{event}"' in line for line in play.stage.output["bot"])

    await play.stage.children.until(f"the line {event} is", is_written, seconds=SETTLE_SECONDS)
    line: dict[str, Any] = json.loads(next(line for line in play.stage.output["bot"] if f'"{event}"' in line))
    return line

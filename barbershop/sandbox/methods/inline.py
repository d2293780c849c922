"""answerInlineQuery: https://core.telegram.org/bots/api#answerinlinequery."""

import re
from typing import Any

from barbershop.sandbox.call import Call, method
from barbershop.sandbox.errors import QUERY_TOO_OLD, bad_request
from barbershop.sandbox.state import Json

MAX_RESULTS = 50
_START_PARAMETER = re.compile(r"[A-Za-z0-9_-]{1,64}")


@method(
    "answerInlineQuery",
    "inline_query_id",
    "results",
    "cache_time",
    "is_personal",
    "next_offset",
    "button",
)
async def answer_inline_query(call: Call) -> bool:
    world = call.world
    results, button = _results(call), _button(call)
    query = world.inline_queries.get(call.params.text("inline_query_id"))
    age = world.clock() - query.at if query else 0.0
    if (query is None or age > world.query_answer_seconds) and "query_age" in world.rules:
        raise bad_request(QUERY_TOO_OLD)
    if query is None:
        return True
    query.answer = {"results": results, "button": button, "is_personal": call.params.flag("is_personal")}
    world.feed.add("inline", person=query.person_id, query=query.id)
    return True


def _results(call: Call) -> list[Any]:
    results = call.params.json("results")
    if not isinstance(results, list):
        raise bad_request("can't parse inline query results JSON object")
    if len(results) > MAX_RESULTS and "inline_results" in call.world.rules:
        raise bad_request("RESULTS_TOO_MUCH")
    return results


def _button(call: Call) -> Json | None:
    if not call.params.text("button"):
        return None
    button = call.params.json("button")
    if not isinstance(button, dict):
        raise bad_request("can't parse button JSON object")
    if not isinstance(button.get("text"), str):
        raise bad_request("can't parse inline query results button: Can't find field \"text\"")
    if "inline_button" in call.world.rules:
        _check_button(button)
    return button


def _check_button(button: Json) -> None:
    parameter = button.get("start_parameter")
    if parameter is None and "web_app" not in button:
        raise bad_request("InlineQueryResultsButton must have exactly one optional field")
    if parameter is not None and not _START_PARAMETER.fullmatch(str(parameter)):
        raise bad_request("START_PARAM_INVALID")

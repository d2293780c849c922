"""answerCallbackQuery: https://core.telegram.org/bots/api#answercallbackquery."""

from barbershop.sandbox.call import Call, method
from barbershop.sandbox.errors import QUERY_TOO_OLD, bad_request

MAX_ANSWER = 200


@method("answerCallbackQuery", "callback_query_id", "text", "show_alert", "url", "cache_time")
async def answer_callback_query(call: Call) -> bool:
    world, text = call.world, call.params.text("text")
    query = world.queries.get(call.params.text("callback_query_id"))
    age = world.clock() - query.at if query else 0.0
    if (query is None or age > world.query_answer_seconds) and "query_age" in world.rules:
        raise bad_request(QUERY_TOO_OLD)
    if len(text) > MAX_ANSWER and "answer_length" in world.rules:
        raise bad_request("MESSAGE_TOO_LONG")
    if query is None:
        return True
    if query.answer is not None:
        world.counters.complain("answerCallbackQuery: answered twice, the second answer is never shown")
        return True
    query.answer = {"text": text, "show_alert": call.params.flag("show_alert")}
    query.answered_after = round(age, 3)
    world.feed.add("answer", person=query.chat_id, query=query.id, message=query.message_id, **query.answer)
    return True

"""The control API under /control/: JSON in and out, for the page, for tests and for the demo."""

from collections.abc import Awaitable, Callable
from dataclasses import fields
from typing import Any

from aiohttp import web

from barbershop.sandbox.faults import Fault, RandomFaults
from barbershop.sandbox.keys import WORLD
from barbershop.sandbox.rules import RULES
from barbershop.sandbox.state import Json, Person
from barbershop.sandbox.world import RefusedError, World, find_button

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAX_WAIT = 50.0
routes = web.RouteTableDef()
_PERSON_FIELDS = ("first_name", "last_name", "username", "language_code", "phone_number", "label")


@web.middleware
async def refusals_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What can't be done is a 409 with the reason, what can't be understood a 400."""
    if not request.path.startswith("/control/"):
        return await handler(request)
    try:
        return await handler(request)
    except (RefusedError, LookupError) as error:
        reason = error.args[0] if error.args else str(error)
        return web.json_response({"ok": False, "error": str(reason)}, status=409)
    except (ValueError, TypeError) as error:
        return web.json_response({"ok": False, "error": f"not understood: {error}"}, status=400)


@routes.get("/control/people")
async def list_people(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    people = [person.card() for person in world.people.values()]
    return _json({"seq": world.feed.seq, "bot": world.bot, "people": people})


@routes.post("/control/people")
async def put_person(request: web.Request) -> web.Response:
    """Create a person or rename one; a chat that exists stays as it is."""
    body = await _body(request)
    given = {name: str(body[name]) for name in _PERSON_FIELDS if body.get(name)}
    given.setdefault("first_name", f"Person {body['id']}")
    person = request.app[WORLD].add_person(Person(int(body["id"]), **given))  # type: ignore[arg-type]  # strings
    return _json({"person": person.card()})


@routes.get("/control/people/{id}/history")
async def history(request: web.Request) -> web.Response:
    """Oldest first; at most `limit`, and only those changed after the event `changed_since`."""
    world, person = _person(request)
    limit, since = int(request.query.get("limit", 0)), int(request.query.get("changed_since", -1))
    messages = [message for message in person.messages[-limit:] if message.changed > since]
    return _json(
        {
            "seq": world.feed.seq,
            "person": person.card(),
            "commands": world.profile.commands_for(person),
            "messages": [message.view() for message in messages],
        }
    )


@routes.post("/control/people/{id}/text")
async def say(request: web.Request) -> web.Response:
    world, person = _person(request)
    mark = world.feed.seq
    message = world.say(person, str((await _body(request))["text"]))
    return _json({"mark": mark, "message": message.view()})


@routes.post("/control/people/{id}/tap")
async def tap(request: web.Request) -> web.Response:
    """`button` (data or text) on the newest message that has it, or on `message_id`; data that is on
    no button needs `forge`, as a modified client would send it."""
    world, person = _person(request)
    body = await _body(request)
    messages = person.messages
    if body.get("message_id") is not None:
        messages = [m for m in messages if m.message_id == int(body["message_id"])]
    wanted = str(body.get("button") or body.get("data") or "")
    if body.get("forge"):
        own = [m for m in messages if m.from_bot]
        if not own:
            raise RefusedError("no message of the bot to tap on")
        message, data = own[-1], wanted
    else:
        message, button = find_button(messages, wanted)
        data = button["callback_data"]
    mark = world.feed.seq
    query = world.tap(person, message, data)
    return _json({"mark": mark, "query": query.view()})


@routes.post("/control/people/{id}/contact")
async def share_contact(request: web.Request) -> web.Response:
    """One's own contact, or somebody else's with `contact`: {phone_number, first_name, user_id?}."""
    world, person = _person(request)
    own = {"phone_number": person.phone_number, "first_name": person.first_name, "user_id": person.id}
    contact = (await _body(request)).get("contact") or own
    mark = world.feed.seq
    message = world.share_contact(person, contact)
    return _json({"mark": mark, "message": message.view()})


@routes.post("/control/people/{id}/block")
async def block(request: web.Request) -> web.Response:
    world, person = _person(request)
    world.block(person, blocked=bool((await _body(request)).get("blocked", True)))
    return _json({"person": person.card()})


@routes.get("/control/queries/{id}")
async def query(request: web.Request) -> web.Response:
    found = request.app[WORLD].queries.get(request.match_info["id"])
    if found is None:
        raise RefusedError("no such callback query")
    return _json({"query": found.view()})


@routes.get("/control/events")
async def events(request: web.Request) -> web.Response:
    """Events after `after`, of all or of one `person`, waiting `timeout` seconds for the first one."""
    feed, query = request.app[WORLD].feed, request.query
    timeout = min(float(query.get("timeout", 0)), MAX_WAIT)
    person = int(query["person"]) if "person" in query else None
    found = await feed.wait(int(query.get("after", 0)), timeout, person)
    return _json({"seq": feed.seq, "events": found})


@routes.post("/control/updates/raw")
async def inject(request: web.Request) -> web.Response:
    """Any JSON object as an update; an update_id is given to it unless it has one."""
    update = (await _body(request))["update"]
    if not isinstance(update, dict):
        raise TypeError("an update is an object")
    return _json({"update_id": request.app[WORLD].updates.push_raw(update)})


@routes.post("/control/redeliver")
async def redeliver(request: web.Request) -> web.Response:
    update_id = (await _body(request)).get("update_id")
    update = request.app[WORLD].updates.redeliver(None if update_id is None else int(update_id))
    return _json({"update_id": update["update_id"]})


@routes.get("/control/faults")
async def list_faults(request: web.Request) -> web.Response:
    return _json(request.app[WORLD].faults.view())


@routes.post("/control/faults")
async def plan_fault(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    world.faults.plan(_built(Fault, await _body(request)))
    return _json(world.faults.view())


@routes.post("/control/faults/random")
async def random_faults(request: web.Request) -> web.Response:
    """{probability, kinds, seed?, seconds?, method?}; probability 0 ends it."""
    world, body = request.app[WORLD], await _body(request)
    body["kinds"] = tuple(body.get("kinds", ()))
    faults = _built(RandomFaults, body) if body.get("probability") else None
    world.faults.at_random(faults)
    return _json(world.faults.view())


@routes.post("/control/faults/clear")
async def clear_faults(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    world.faults.clear()
    return _json(world.faults.view())


@routes.get("/control/counters")
async def counters(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    unanswered = world.unanswered()
    return _json(
        {
            **world.counters.summary(),
            "unanswered": len(unanswered),
            "unanswered_queries": [query.id for query in unanswered],
            "pending_updates": len(world.updates),
            "pollers": world.updates.pollers,
            "bot_seen": world.updates.seen_recently(),
            "webhook": world.updates.webhook is not None,
            "faults_met": world.faults.met,
        }
    )


@routes.get("/control/requests")
async def requests(request: web.Request) -> web.Response:
    return _json({"requests": request.app[WORLD].counters.requests()})


@routes.get("/control/rules")
async def list_rules(request: web.Request) -> web.Response:
    on = set(request.app[WORLD].rules)
    return _json(
        {"rules": [{"name": r.name, "source": r.source, "says": r.says, "on": r.name in on} for r in RULES.values()]}
    )


@routes.post("/control/rules")
async def switch_rules(request: web.Request) -> web.Response:
    """{name: true|false, ...}"""
    world = request.app[WORLD]
    for name, on in (await _body(request)).items():
        world.rules.switch(name, on=bool(on))
    return _json({"on": list(world.rules)})


@routes.post("/control/clock")
async def advance_clock(request: web.Request) -> web.Response:
    """{advance: seconds}: ages of messages, updates and callback queries grow at once."""
    world = request.app[WORLD]
    world.ahead += float((await _body(request))["advance"])
    return _json({"ahead": world.ahead})


@routes.post("/control/reset")
async def reset(request: web.Request) -> web.Response:
    request.app[WORLD].reset()
    return _json({})


@routes.get("/control/files/{file_id}")
async def download(request: web.Request) -> web.Response:
    """Never shown in place: whatever a bot sends is saved, as octets."""
    stored = request.app[WORLD].files.get(request.match_info["file_id"])
    if stored is None:
        raise RefusedError("no such file")
    name = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in stored.file_name)
    return web.Response(
        body=stored.content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{name or "file"}"'},
    )


def _person(request: web.Request) -> tuple[World, Person]:
    world = request.app[WORLD]
    return world, world.person(int(request.match_info["id"]))


async def _body(request: web.Request) -> Json:
    body = await request.json()
    if not isinstance(body, dict):
        raise TypeError("an object is expected")
    return body


def _built(kind: Any, body: Json) -> Any:
    known = {field.name for field in fields(kind)}
    unknown = set(body) - known
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    return kind(**body)


def _json(result: Json) -> web.Response:
    return web.json_response({"ok": True, **result})

"""The sandbox itself: its faults, rules, clock, counters and files."""

from urllib.parse import quote

from aiohttp import web

from barbershop.sandbox.control.wire import built, read_body, reply
from barbershop.sandbox.faults import Fault, RandomFaults
from barbershop.sandbox.keys import WORLD
from barbershop.sandbox.rules import RULES
from barbershop.sandbox.world import RefusedError

routes = web.RouteTableDef()


@routes.get("/control/faults")
async def list_faults(request: web.Request) -> web.Response:
    return reply(request.app[WORLD].faults.view())


@routes.post("/control/faults")
async def plan_fault(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    world.faults.plan(built(Fault, await read_body(request)))
    return reply(world.faults.view())


@routes.post("/control/faults/random")
async def random_faults(request: web.Request) -> web.Response:
    """{probability, kinds, seed?, seconds?, method?}; probability 0 ends it."""
    world, body = request.app[WORLD], await read_body(request)
    body["kinds"] = tuple(body.get("kinds", ()))
    faults = built(RandomFaults, body) if body.get("probability") else None
    world.faults.at_random(faults)
    return reply(world.faults.view())


@routes.post("/control/faults/clear")
async def clear_faults(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    world.faults.clear()
    return reply(world.faults.view())


@routes.get("/control/counters")
async def counters(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    unanswered = world.unanswered()
    return reply(
        {
            **world.counters.summary(),
            "unanswered": len(unanswered),
            "unanswered_queries": [query.id for query in unanswered],
            "unanswered_inline": sum(query.answer is None for query in world.inline_queries.values()),
            "pending_updates": len(world.updates),
            "pollers": world.updates.pollers,
            "bot_seen": world.updates.seen_recently(),
            "webhook": world.updates.has_webhook,
            "faults_met": world.faults.met,
        }
    )


@routes.get("/control/profile")
async def profile(request: web.Request) -> web.Response:
    return reply(request.app[WORLD].profile.view(request.query.get("language_code", "")))


@routes.get("/control/requests")
async def requests(request: web.Request) -> web.Response:
    return reply({"requests": request.app[WORLD].counters.requests()})


@routes.get("/control/rules")
async def list_rules(request: web.Request) -> web.Response:
    on = set(request.app[WORLD].rules)
    return reply(
        {"rules": [{"name": r.name, "source": r.source, "says": r.says, "on": r.name in on} for r in RULES.values()]}
    )


@routes.post("/control/rules")
async def switch_rules(request: web.Request) -> web.Response:
    """{name: true|false, ...}"""
    world = request.app[WORLD]
    for name, on in (await read_body(request)).items():
        world.rules.switch(name, on=bool(on))
    return reply({"on": list(world.rules)})


@routes.post("/control/clock")
async def advance_clock(request: web.Request) -> web.Response:
    """{advance: seconds}: ages of messages, updates and callback queries grow at once."""
    world = request.app[WORLD]
    world.ahead += float((await read_body(request))["advance"])
    return reply({"ahead": world.ahead})


@routes.post("/control/reset")
async def reset(request: web.Request) -> web.Response:
    request.app[WORLD].reset()
    return reply({})


@routes.get("/control/files/{file_id}")
async def download(request: web.Request) -> web.Response:
    """Never shown in place: whatever a bot sends is saved, as octets."""
    stored = request.app[WORLD].files.get(request.match_info["file_id"])
    if stored is None:
        raise RefusedError("no such file")
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in stored.file_name)
    whole = quote("".join(c for c in stored.file_name if c.isprintable() and c not in "/\\"), safe="")
    names = f"filename=\"{plain or 'file'}\"; filename*=UTF-8''{whole or 'file'}"
    return web.Response(
        body=stored.content,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; {names}"},
    )

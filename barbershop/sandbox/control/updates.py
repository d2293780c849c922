"""The updates on their way to the bot, and what happened, in order."""

from aiohttp import web

from barbershop.sandbox.control.wire import read_body, reply
from barbershop.sandbox.keys import WORLD
from barbershop.sandbox.push import view

MAX_WAIT = 50.0
routes = web.RouteTableDef()


@routes.get("/control/events")
async def events(request: web.Request) -> web.Response:
    """Events after `after`, of all or of one `person`, waiting `timeout` seconds for the first one."""
    feed, query = request.app[WORLD].feed, request.query
    timeout = min(float(query.get("timeout", 0)), MAX_WAIT)
    person = int(query["person"]) if "person" in query else None
    found = await feed.wait(int(query.get("after", 0)), timeout, person)
    return reply({"seq": feed.seq, "events": found})


@routes.post("/control/updates/raw")
async def inject(request: web.Request) -> web.Response:
    """Any JSON object as an update; an update_id is given to it unless it has one."""
    update = (await read_body(request))["update"]
    if not isinstance(update, dict):
        raise TypeError("an update is an object")
    return reply({"update_id": request.app[WORLD].updates.push_raw(update)})


@routes.post("/control/redeliver")
async def redeliver(request: web.Request) -> web.Response:
    update_id = (await read_body(request)).get("update_id")
    update = request.app[WORLD].updates.redeliver(None if update_id is None else int(update_id))
    return reply({"update_id": update["update_id"]})


@routes.get("/control/webhook")
async def webhook(request: web.Request) -> web.Response:
    """Where updates are pushed to (null: nowhere), and the latest attempts, oldest first."""
    return reply(view(request.app[WORLD].push))


@routes.post("/control/webhook/hurry")
async def hurry(request: web.Request) -> web.Response:
    """Try again at once what waits for its next attempt."""
    request.app[WORLD].push.hurry()
    return reply({})


@routes.post("/control/queries/expire")
async def expire_queries(request: web.Request) -> web.Response:
    """Every tap and inline query that has no answer yet is too old to get one."""
    return reply({"expired": request.app[WORLD].expire_queries()})

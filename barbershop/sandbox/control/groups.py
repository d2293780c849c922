"""Groups and channels that people bring the bot into."""

from aiohttp import web

from barbershop.sandbox import group_acts
from barbershop.sandbox.control.wire import find_chat, read_body, reply
from barbershop.sandbox.groups import Group
from barbershop.sandbox.keys import WORLD
from barbershop.sandbox.state import Json, Person
from barbershop.sandbox.world import RefusedError, World

routes = web.RouteTableDef()


@routes.get("/control/groups")
async def list_groups(request: web.Request) -> web.Response:
    return reply({"groups": [group.card() for group in request.app[WORLD].groups.values()]})


@routes.post("/control/groups")
async def add_to_group(request: web.Request) -> web.Response:
    """`person` makes a group of this `title` and `kind` and adds the bot."""
    world, body = request.app[WORLD], await read_body(request)
    person = world.person(int(body["person"]))
    group = world.add_group(str(body["title"]), str(body.get("kind", "group")))
    mark = world.feed.seq
    group_acts.add_bot(world, person, group)
    return reply({"mark": mark, "group": group.card()})


@routes.post("/control/groups/{id}/{change:add|remove|promote}")
async def change(request: web.Request) -> web.Response:
    world, group, person, _body = await _read(request)
    acts = {"add": group_acts.add_bot, "remove": group_acts.remove_bot, "promote": group_acts.promote_bot}
    acts[request.match_info["change"]](world, person, group)
    return reply({"group": group.card()})


@routes.post("/control/groups/{id}/text")
async def say(request: web.Request) -> web.Response:
    world, group, person, body = await _read(request)
    mark = world.feed.seq
    message = group_acts.say_there(world, person, group, str(body["text"]))
    return reply({"mark": mark, "message": message.view()})


async def _read(request: web.Request) -> tuple[World, Group, Person, Json]:
    world, group = find_chat(request)
    if not isinstance(group, Group):
        raise RefusedError("not a group")
    body = await read_body(request)
    return world, group, world.person(int(body["person"])), body

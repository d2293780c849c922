"""What the control API's handlers share: reading a request, answering in JSON, refusing with a reason."""

from collections.abc import Awaitable, Callable
from dataclasses import fields
from typing import Any

from aiohttp import web

from barbershop.sandbox.groups import Chat
from barbershop.sandbox.keys import WORLD
from barbershop.sandbox.state import Json, Person
from barbershop.sandbox.world import RefusedError, World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


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


def find_person(request: web.Request) -> tuple[World, Person]:
    world = request.app[WORLD]
    return world, world.person(int(request.match_info["id"]))


def find_chat(request: web.Request) -> tuple[World, Chat]:
    """A person's private chat or a group."""
    world = request.app[WORLD]
    return world, world.chat(int(request.match_info["id"]))


async def read_body(request: web.Request) -> Json:
    body = await request.json()
    if not isinstance(body, dict):
        raise TypeError("an object is expected")
    return body


def built(kind: Any, body: Json) -> Any:
    known = {field.name for field in fields(kind)}
    unknown = set(body) - known
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    return kind(**body)


def reply(result: Json) -> web.Response:
    return web.json_response({"ok": True, **result})

"""The Bot API over HTTP: `/bot<token>/<method>`, faults included, and `/file/bot<token>/<path>`."""

import asyncio
import logging
from typing import Any

from aiohttp import web

from barbershop.sandbox import methods as _registered  # noqa: F401 -- fills METHODS
from barbershop.sandbox.call import METHODS, Call, Method, Params, read_params, same_token
from barbershop.sandbox.errors import ApiError, too_many_requests
from barbershop.sandbox.faults import Fault
from barbershop.sandbox.keys import WORLD
from barbershop.sandbox.state import Json
from barbershop.sandbox.world import World

logger = logging.getLogger(__name__)

_BAD_GATEWAY = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"


class _DroppedError(Exception):
    """The connection was broken on purpose."""


async def handle_call(request: web.Request) -> web.StreamResponse:
    world = request.app[WORLD]
    name = request.match_info["method"]
    if not same_token(request.match_info["token"], world.token) and "token" in world.rules:
        return _refusal(world, name, None, ApiError(401, "Unauthorized"))
    found = METHODS.get(name.lower())
    if found is None:
        world.counters.unknown_methods[name] += 1
        if "known_method" in world.rules:
            return _refusal(world, name, None, ApiError(404, "Not Found: method not found"))
        return _answer(world, Call(world, name, Params()), result=True)
    world.counters.calls[found.name] += 1
    try:
        call = Call(world, found.name, await read_params(request))
    except ApiError as error:
        return _refusal(world, found.name, None, error)
    try:
        return await _with_fault(request, found, call)
    except _DroppedError:
        return web.Response(status=500)


async def handle_file(request: web.Request) -> web.Response:
    world = request.app[WORLD]
    stored = world.files.get(request.match_info["file_id"])
    if stored is None or not same_token(request.match_info["token"], world.token):
        raise web.HTTPNotFound
    return web.Response(body=stored.content, content_type="application/octet-stream")


async def _with_fault(request: web.Request, found: Method, call: Call) -> web.StreamResponse:
    fault = call.world.faults.take(found.name, call.chat_id)
    if fault is None:
        return await _run(found, call)
    instead = await _instead(request, call, fault)
    if instead is not None:
        return instead
    response = await _run(found, call, fault=fault.kind)
    if fault.kind == "slow":
        await _pause(call.world, fault.seconds)
    if fault.kind == "drop_after":
        _drop(request)
    return response


async def _instead(request: web.Request, call: Call, fault: Fault) -> web.Response | None:
    """What a fault answers without running the method; `None` lets it run."""
    seconds = max(int(fault.seconds), 1)
    match fault.kind:
        case "retry_after":
            return _refusal(call.world, call.method, call.chat_id, too_many_requests(seconds), fault=fault.kind)
        case "server_error":
            error = ApiError(500, "Internal Server Error")
            return _refusal(call.world, call.method, call.chat_id, error, fault=fault.kind)
        case "bad_gateway":
            _record(call, 502, fault.kind)
            return web.Response(status=502, text=_BAD_GATEWAY, content_type="text/html")
        case "garbage":
            _record(call, 500, fault.kind)
            return web.Response(text='{"ok": tru', content_type="application/json")
        case "drop_before" | "hang":
            _record(call, 500, fault.kind)
            if fault.kind == "hang":
                await call.world.faults.released(call.world.stopping)
            _drop(request)
    return None


async def _run(found: Method, call: Call, *, fault: str = "") -> web.Response:
    for name in call.params.values.keys() - found.parameters:
        call.world.counters.complain(f"{found.name}: unknown parameter {name}")
    try:
        result = await found.handler(call)
    except ApiError as error:
        return _refusal(call.world, call.method, call.chat_id, error)
    except Exception:
        logger.exception("the sandbox broke in %s", found.name)
        return _refusal(call.world, call.method, call.chat_id, ApiError(500, "Internal Server Error: sandbox"))
    return _answer(call.world, call, result=result, fault=fault)


def _answer(world: World, call: Call, *, result: Any, fault: str = "") -> web.Response:
    if call.method != "getUpdates" or result:
        world.counters.record(call.method, chat_id=call.chat_id, code=200, fault=fault)
    if call.method != "getUpdates":
        world.feed.add("call", method=call.method, chat=call.chat_id, ok=True)
    return web.json_response({"ok": True, "result": result})


def _refusal(world: World, method: str, chat_id: int | None, error: ApiError, *, fault: str = "") -> web.Response:
    world.counters.record(method, chat_id=chat_id, code=error.code, description=error.description, fault=fault)
    world.feed.add("call", method=method, chat=chat_id, ok=False, description=error.description)
    body: Json = {"ok": False, "error_code": error.code, "description": error.description}
    headers = {}
    if error.retry_after is not None:
        body["parameters"] = {"retry_after": error.retry_after}
        headers["Retry-After"] = str(error.retry_after)
    return web.json_response(body, status=error.code, headers=headers)


def _record(call: Call, code: int, fault: str) -> None:
    call.world.counters.record(call.method, chat_id=call.chat_id, code=code, description=fault, fault=fault)
    call.world.feed.add("call", method=call.method, chat=call.chat_id, ok=False, description=fault)


def _drop(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
    raise _DroppedError


async def _pause(world: World, seconds: float) -> None:
    try:
        await asyncio.wait_for(world.stopping.wait(), seconds)
    except TimeoutError:
        return

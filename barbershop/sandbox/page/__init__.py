"""The chat page: plain HTML, CSS and ES modules, served as they are; nothing is fetched from elsewhere."""

from pathlib import Path

from aiohttp import web

_FOLDER = Path(__file__).parent
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FILES = {path.name: path for path in sorted(_FOLDER.iterdir()) if path.suffix in _TYPES}

routes = web.RouteTableDef()


@routes.get("/")
async def index(_request: web.Request) -> web.Response:
    return _send("index.html")


@routes.get("/page/{name}")
async def part(request: web.Request) -> web.Response:
    return _send(request.match_info["name"])


@routes.get("/favicon.ico")
async def icon(_request: web.Request) -> web.Response:
    return _send("icon.svg")


def _send(name: str) -> web.Response:
    path = _FILES.get(name)
    if path is None:
        raise web.HTTPNotFound
    return web.Response(text=path.read_text("utf-8"), content_type=_TYPES[path.suffix], charset="utf-8")

"""The configured server as a DATABASE_URL, for a child process and perhaps for another database on it."""

from urllib.parse import quote, urlencode

from django.conf import settings

_OWN_OPTIONS = {"options", "pool", "server_side_binding", "prepare_threshold"}


def database_url(name: str | None = None) -> str:
    """What DATABASE_URL has to be to reach the configured server; it may hold a password: for environments only."""
    database = settings.DATABASES["default"]
    host, port = str(database.get("HOST") or ""), str(database.get("PORT") or "")
    user = quote(str(database.get("USER") or ""), safe="")
    password = quote(str(database.get("PASSWORD") or ""), safe="")
    who = f"{user}:{password}" if password else user
    folder = quote(host) if host.startswith("/") else ""
    place = "" if folder else f"[{host}]" if ":" in host else host
    options = {key: value for key, value in database["OPTIONS"].items() if key not in _OWN_OPTIONS}
    query = f"?{urlencode(options)}" if options else ""
    network = f"{who}@{place}" + (f":{port}" if port else "")
    return f"postgres://{network}/{folder and folder + '/'}{quote(name or str(database['NAME']), safe='')}{query}"

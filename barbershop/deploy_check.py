"""`python -m barbershop.deploy_check`: would this code start in production? Part of `make lint`; needs no server.

Runs `manage.py check --deploy` with production-like settings made up on the spot, compiles the apps' own templates,
and compares the names that docker-compose.yml hands to the processes with the ones that settings.py reads.
"""

import os
import re
import secrets
import subprocess
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
_READ = re.compile(r'\benv\.\w+\(\s*"([A-Z][A-Z0-9_]+)"')
# `NAME: value` and `NAME:` in the blocks that the application's services share; their names are all capitals.
_HANDED = re.compile(r"^ +([A-Z][A-Z0-9_]+):", re.MULTILINE)
_OF_THE_DATABASE_IMAGE = {"POSTGRES_PASSWORD_FILE", "POSTGRES_INITDB_ARGS", "PGHOST"}
_COMPILE = """
import django; django.setup()
from django.apps import apps
from django.conf import settings
from django.template.loader import get_template
for app in apps.get_app_configs():
    folder = settings.BASE_DIR / app.name / "templates"
    for path in sorted(folder.rglob("*.*")):
        get_template(str(path.relative_to(folder)))
"""


def production_environment() -> dict[str, str]:
    """What a production process gets, with throw-away secrets and a database that nobody connects to."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SYSTEMROOT") if name in os.environ}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "barbershop.settings",
        "DEBUG": "off",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "ALLOWED_HOSTS": "shop.example",
        "DATABASE_URL": f"postgres://nobody:{secrets.token_hex(16)}@localhost:1/nothing",
        "TELEGRAM_BOT_TOKEN": f"1:{secrets.token_hex(16)}",
    }


def settings_read() -> set[str]:
    """The names that settings.py reads from the environment."""
    return set(_READ.findall((BASE_DIR / "barbershop" / "settings.py").read_text()))


def names_handed_over() -> set[str]:
    """The names that docker-compose.yml hands to the processes, a NAME_FILE as its NAME."""
    names = set(_HANDED.findall((BASE_DIR / "docker-compose.yml").read_text())) - _OF_THE_DATABASE_IMAGE
    return {name.removesuffix("_FILE") for name in names}


def main() -> int:
    environment = production_environment()
    steps = (["manage.py", "check", "--deploy", "--fail-level", "WARNING"], ["-c", _COMPILE])
    for step in steps:
        code = subprocess.run([sys.executable, *step], cwd=BASE_DIR, env=environment, check=False).returncode
        if code:
            return code
    unknown = names_handed_over() - settings_read()
    if unknown:
        names = ", ".join(sorted(unknown))
        sys.stderr.write(f"docker-compose.yml hands over what settings.py does not read: {names}\n")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())

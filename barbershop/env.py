"""Typed reading of the environment that never shows a value it could not read."""

import logging
import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured
from environ.fileaware_mapping import FileAwareMapping


class _Variables(FileAwareMapping):
    """The environment with `NAME_FILE` secrets, taken literally: no trailing newline, and `$` is just a character."""

    def __getitem__(self, key: str) -> str:
        value: str = super().__getitem__(key)
        return value.rstrip("\r\n").replace("$", r"\$")


class SafeEnv(environ.Env):
    """django-environ that raises ImproperlyConfigured with a variable's name, never its value.

    An empty variable counts as unset, as the `NAME: ${NAME:-}` of a compose file means it.
    """

    ENVIRON = _Variables(cache=False)

    def __init__(self) -> None:
        super().__init__()
        self.escape_proxy = True

    def get_value(self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, **options: Any) -> Any:
        if not self.is_set(var):
            if default is self.NOTSET:
                raise ImproperlyConfigured(f"{var}: set it, or {var}_FILE.")
            return default
        try:
            return super().get_value(var, cast=cast, default=default, **options)
        except OSError:
            raise ImproperlyConfigured(f"{var}_FILE: names a file that can't be read.") from None
        except Exception:
            raise ImproperlyConfigured(f"{var}: not readable as {getattr(cast, '__name__', 'a value')}.") from None

    def is_set(self, var: str) -> bool:
        """Whether the variable or its file is named in the environment."""
        return bool(os.environ.get(var) or os.environ.get(f"{var}_FILE"))

    def switch(self, var: str, *, default: bool) -> bool:
        """A boolean; unlike `bool()`, a word that is neither yes nor no is an error."""
        word = str(self.get_value(var, cast=str, default="on" if default else "off")).strip().lower()
        if word in self.BOOLEAN_TRUE_STRINGS:
            return True
        if word in {"false", "off", "no", "n", "0", ""}:
            return False
        raise ImproperlyConfigured(f"{var}: not readable as bool.")

    def choice(self, var: str, *, default: str, of: Iterable[str]) -> str:
        """One of a few words."""
        value = str(self.get_value(var, cast=str, default=default))
        if value not in of:
            raise ImproperlyConfigured(f"{var}: must be one of {', '.join(of)}.")
        return value

    def whole(self, var: str, *, default: int, low: int, high: int) -> int:
        """A whole number between two bounds, both included."""
        value = int(self.get_value(var, cast=int, default=default))
        if not low <= value <= high:
            raise ImproperlyConfigured(f"{var}: must be from {low} to {high}.")
        return value

    def words(self, var: str, *, default: Iterable[str] = ()) -> list[str]:
        """What stands between the commas, without the spaces around it."""
        text = self.get_value(var, cast=str, default=",".join(default))
        return [word.strip() for word in str(text).split(",") if word.strip()]

    def postgres_url(self, var: str) -> dict[str, Any]:
        """A postgres:// address as Django's DATABASES takes it."""
        # The library reads the URL outside `get_value`: it quotes parts of it in errors, and all of it in a warning.
        url = str(self.get_value(var, cast=str))
        try:
            with warnings.catch_warnings(action="ignore"):
                config: dict[str, Any] = self.db_url_config(url)
        except ValueError:
            hint = "not readable as a URL; percent-encode what is special in the password"
            raise ImproperlyConfigured(f"{var}: {hint}.") from None
        if "postgresql" not in config.get("ENGINE", ""):
            raise ImproperlyConfigured(f"{var}: only postgres:// is supported.")
        return config


def read_dotenv(path: Path) -> None:
    """Put a file's NAME=value lines into the environment, where what is there already wins; no file is no error.

    A line of another form raises ImproperlyConfigured; the library would show it in a log line instead.
    """
    logger = logging.getLogger("environ.environ")
    refused: list[int] = []

    def refuse(record: logging.LogRecord) -> bool:
        refused.append(record.levelno)
        return False

    logger.addFilter(refuse)
    try:
        environ.Env.read_env(path)
    finally:
        logger.removeFilter(refuse)
    if logging.WARNING in refused:
        raise ImproperlyConfigured(f"{path.name}: holds a line that is not NAME=value, empty or a # comment.")

"""Typed reading of the environment that never shows a value it could not read."""

import os
from collections.abc import Iterable
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
    """django-environ that raises ImproperlyConfigured with a variable's name, never its value."""

    ENVIRON = _Variables(cache=False)

    def __init__(self) -> None:
        super().__init__()
        self.escape_proxy = True

    def get_value(self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, **options: Any) -> Any:
        if default is self.NOTSET and not self.is_set(var):
            raise ImproperlyConfigured(f"{var}: set it, or {var}_FILE.")
        try:
            return super().get_value(var, cast=cast, default=default, **options)
        except OSError:
            raise ImproperlyConfigured(f"{var}_FILE: names a file that can't be read.") from None
        except Exception:
            raise ImproperlyConfigured(f"{var}: not readable as {getattr(cast, '__name__', 'a value')}.") from None

    def is_set(self, var: str) -> bool:
        """Whether the variable or its file is named in the environment."""
        return var in os.environ or f"{var}_FILE" in os.environ

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

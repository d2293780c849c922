"""Collects the words of the code into `locale/*/LC_MESSAGES/django.po` and compiles them; gettext is not needed.

    python -m barbershop.catalogues

Russian is the source of truth for what people read, English is complete; a test fails on a missing or fuzzy entry.
"""

import datetime as dt
import io
import sys
from collections.abc import Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "barbershop" / "locale"
LANGUAGES = ("ru", "en")
BIRTHDAY = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
PACKAGES = ("observability", "accounts", "schedules", "bookings", "barbershop")


def collect() -> Catalog:
    """Every message of the code, without line numbers (they would change with each commit)."""
    template = Catalog(charset="utf-8")
    for package in PACKAGES:
        for filename, _line, message, comments, context in extract_from_dir(
            str(ROOT / package), method_map=[("**/tests/**", "ignore"), ("**.py", "python")]
        ):
            template.add(message, locations=[(f"{package}/{filename}", 0)], auto_comments=comments, context=context)
    return template


def load(language: str) -> Catalog:
    path = po_path(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def po_path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue as gettext's binary form."""
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def update(language: str) -> list[str]:
    """Bring a catalogue up to date with the code and compile it; the messages that still need words."""
    path = po_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = load(language) if path.exists() else Catalog(locale=language, charset="utf-8")
    catalogue.update(collect(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    _still(catalogue)
    if language == "en":
        for message in catalogue:
            if message.id and not _complete(message.string):
                message.string = message.id
    with path.open("wb") as file:
        write_po(file, catalogue, width=100, sort_output=True, include_lineno=False)
    path.with_suffix(".mo").write_bytes(compiled(catalogue))
    return [str(message.id) for message in catalogue if message.id and not _complete(message.string)]


def _still(catalogue: Catalog) -> None:
    """A header that says the same on every day and every machine."""
    catalogue.project, catalogue.version = "Barbershop", "1"
    catalogue.header_comment = "# Words of Barbershop. Made complete by `make messages`."
    catalogue.creation_date = catalogue.revision_date = BIRTHDAY
    catalogue.last_translator = catalogue.language_team = catalogue.msgid_bugs_address = "Barbershop maintainers"
    catalogue.fuzzy = False


def _complete(words: str | Sequence[str] | None) -> bool:
    return all(words) and bool(words) if words else False


def main() -> int:
    missing = {language: update(language) for language in LANGUAGES}
    for language, messages in missing.items():
        for message in messages:
            sys.stdout.write(f"{language}: no words for {message!r}\n")
    return 1 if any(missing.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

"""The pictures: PNG files that name the buttons they show, by which a test can tell a picture that is out of date."""

import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from barbershop.screenshots.errors import PictureTooBig

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
# Of one phone, and of a whole window.
LIMIT_BYTES, WIDE_LIMIT_BYTES = 120_000, 240_000
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER_ENDS = len(_SIGNATURE) + 25
# An international text chunk, not compressed: https://www.w3.org/TR/png-3/#11iTXt
_KIND, _KEYWORD = b"iTXt", b"Buttons\0\0\0\0\0"


class Album:
    """Keeps pictures in a folder; `taken` are their names in order."""

    def __init__(self, folder: Path = IMAGES) -> None:
        self._folder = folder
        self.taken: list[str] = []

    def add(self, name: str, png: bytes, buttons: Iterable[str] = (), *, limit: int = LIMIT_BYTES) -> None:
        """Keep a picture as `<name>.png`, where the name may begin with a folder; PictureTooBig over the limit."""
        picture = with_buttons(png, buttons)
        if len(picture) > limit:
            raise PictureTooBig(f"{name} has {len(picture)} bytes, more than {limit}")
        path = self._folder / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(picture)
        self.taken.append(name)


def with_buttons(png: bytes, buttons: Iterable[str]) -> bytes:
    """The picture with the words of its buttons written into it."""
    content = _KIND + _KEYWORD + "\n".join(buttons).encode()
    chunk = struct.pack(">I", len(content) - len(_KIND)) + content + struct.pack(">I", zlib.crc32(content))
    return png[:_HEADER_ENDS] + chunk + png[_HEADER_ENDS:]


def buttons_of(png: bytes) -> list[str] | None:
    """The words of the buttons in a picture; None when it was not made by this script."""
    for kind, content in _chunks(png):
        if kind == _KIND and content.startswith(_KEYWORD):
            return content.removeprefix(_KEYWORD).decode().splitlines()
    return None


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(_SIGNATURE)
    while at < len(png):
        (length,) = struct.unpack_from(">I", png, at)
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += length + 12

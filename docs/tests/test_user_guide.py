"""The user guide shows what the product shows: its pictures are of today, and its words are those on the screen."""

import re
from itertools import chain
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from accounts.models import Language
from barbershop.screenshots.album import IMAGES, LIMIT_BYTES, WIDE_LIMIT_BYTES, buttons_of
from barbershop.screenshots.cast import BORIS, GLEB
from barbershop.screenshots.session import GUIDE, pictures
from bookings.seeding import SERVICES
from docs.tests.pages import PAGES, ROOT, links, prose, text

PLACE = ROOT / "docs" / "06-user-guide"
GUIDES = sorted(PLACE.glob("*.md"))
QUOTED = re.compile(r"«([^»]+)»")
BUTTON = re.compile(r"\*\*«([^»]+)»\*\*")
TECHNICAL = re.compile(r"\b(админк\w*|бот\w*|сервер\w*|интерфейс\w*|callback|inline|webhook|id|url)\b", re.IGNORECASE)
PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)")
# What Telegram itself writes, in its own versions, on the button of an empty chat and in the list of the paper clip.
TELEGRAMS_OWN = {"Начать", "Запустить", "Старт", "Контакт"}
ANEW = "the picture is out of date: `make screenshots` takes it anew"
NAMES_ON_BUTTONS = {*(service.name for service in SERVICES), BORIS.name, GLEB.name, *Language.labels}

each_guide = pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)


def catalogue() -> set[str]:
    """Everything that people may read in Russian, in one line each."""
    with (ROOT / "barbershop" / "locale" / "ru" / "LC_MESSAGES" / "django.po").open("rb") as file:
        messages = [message.string or "" for message in read_po(file) if message.id]
    forms = chain.from_iterable([string] if isinstance(string, str) else string for string in messages)
    return {in_a_line(form) for form in forms}


def in_a_line(words: str) -> str:
    return " ".join(words.split())


def words_of_button(button: str) -> str:
    """What stands on it without its emoji and arrows."""
    return re.sub(r"^\W+|\W+$", "", button)


def on_disk() -> dict[str, Path]:
    return {str(path.relative_to(IMAGES).with_suffix("")): path for path in IMAGES.rglob("*.png")}


def test_there_is_a_guide_for_everybody() -> None:
    assert [guide.name for guide in GUIDES] == ["README.md", "administrator.md", "client.md", "master.md"]


@each_guide
def test_the_guides_quote_words_that_are_on_the_screen(guide: Path) -> None:
    known = catalogue()
    quoted = {in_a_line(words) for words in QUOTED.findall(prose(guide))} - TELEGRAMS_OWN
    assert quoted or guide.name == "README.md"
    strange = {words for words in quoted if not any(words in message for message in known)}
    assert not strange


@each_guide
def test_the_guides_name_buttons_as_a_whole(guide: Path) -> None:
    buttons = {in_a_line(words) for words in BUTTON.findall(prose(guide))} - TELEGRAMS_OWN
    assert buttons <= catalogue()


@each_guide
def test_every_picture_says_what_it_shows(guide: Path) -> None:
    assert all(caption for caption, _ in PICTURE.findall(prose(guide)))


def test_the_guides_show_every_picture_that_is_taken_and_no_other() -> None:
    shown = [
        str((guide.parent / link).resolve().relative_to(IMAGES).with_suffix(""))
        for guide in GUIDES
        for link in links(guide)
        if link.endswith(".png")
    ]
    taken = [name for name in pictures() if name.startswith(f"{GUIDE}/")]
    assert sorted(shown) == sorted(taken)


def test_the_pictures_are_those_that_scenes_take() -> None:
    assert len(pictures()) == len(set(pictures()))
    assert set(on_disk()) == set(pictures())


def test_every_picture_is_on_some_page() -> None:
    linked = {(page.parent / link).resolve() for page in PAGES for link in links(page)}
    assert set(on_disk().values()) <= linked


@pytest.mark.parametrize("name", pictures())
def test_a_picture_is_of_today_and_light(name: str) -> None:
    """Its buttons are the product's."""
    png = (IMAGES / f"{name}.png").read_bytes()
    assert len(png) <= (LIMIT_BYTES if name.startswith(f"{GUIDE}/") else WIDE_LIMIT_BYTES)
    buttons = buttons_of(png)
    assert buttons is not None, ANEW
    worded = {words_of_button(button) for button in buttons if not re.search(r"\d", button)}
    assert worded - NAMES_ON_BUTTONS <= catalogue(), ANEW


def test_the_guides_use_no_technical_words() -> None:
    technical = re.compile(
        r"\b(callback|админк\w*|URL|ID|webhook|бот\w*|сервер\w*|интерфейс\w*|inline)\b", re.IGNORECASE
    )
    for guide in GUIDES:
        assert not technical.findall(text(guide)), guide.name

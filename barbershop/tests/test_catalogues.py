"""The message catalogues: complete, sure of every word, compiled, up to date with the code."""

import ast
import datetime as dt
import html
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from django.utils import translation
from django.utils.translation import ngettext

from barbershop import catalogues
from bookings.texts import day, duration

PLACEHOLDER = re.compile(r"%\((\w+)\)([sd])|(%)(?!\()")
TAG = re.compile(r"</?[a-z]+[^>]*>")
RUSSIAN = re.compile("[а-яё]", re.IGNORECASE)
# Russian that is data: a language's own name, the demo shop, the name of a shop that has none.
DATA = {"accounts/models.py", "bookings/seeding.py", "barbershop/settings.py", "barbershop/demo.py"}

# Buttons and phrases by which people, screenshots, documentation and outside tests find their way.
STAY_PUT = {
    "ru": [
        "Записаться",
        "Мои записи",
        "Помощь",
        "Язык",
        "Подтвердить",
        "Назад",
        "В меню",
        "Отменить",
        "Любой мастер",
        "Перенести",
        "Приду",
        "Сообщить, если освободится",
        "Расписание",
        "Новая запись",
        "Выходной",
        "Обед",
        "Отменить с причиной",
        "Не пришёл",
    ],
    "en": [
        "Book",
        "My bookings",
        "Help",
        "Language",
        "Confirm",
        "Back",
        "Menu",
        "Cancel",
        "Any master",
        "Reschedule",
        "I'll come",
        "Tell me if a slot frees up",
        "Schedule",
        "New booking",
        "Day off",
        "Lunch",
        "Cancel with reason",
        "No-show",
    ],
}
CONTAINED = {"ru": ["Это время только что заняли", "Кнопка устарела"]}


def messages(language: str) -> list[Message]:
    return [message for message in catalogues.load(language) if message.id]


def forms(words: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [words] if isinstance(words, str) else list(words or ())


def placeholders(words: str) -> list[tuple[str, ...]]:
    return sorted(PLACEHOLDER.findall(words))


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_every_message_has_words_and_is_sure_of_them(language: str) -> None:
    catalogue = catalogues.load(language)
    for message in messages(language):
        expected = catalogue.num_plurals if message.pluralizable else 1
        words = forms(message.string)
        assert len(words) == expected, message.id
        assert all(word.strip() for word in words), message.id
        assert not message.fuzzy, message.id
    assert not catalogue.fuzzy
    assert not catalogue.obsolete


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_words_fill_in_what_the_code_gives_them(language: str) -> None:
    for message in messages(language):
        allowed = [placeholders(form) for form in forms(message.id)]
        for words in forms(message.string):
            assert placeholders(words) in allowed, f"{language}: {message.id!r} -> {words!r}"
            assert TAG.findall(words) == TAG.findall(forms(message.id)[0]), words
            assert html.unescape(words) == words, "texts.py escapes; a catalogue holds plain words"


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_the_compiled_catalogue_is_the_catalogue(language: str) -> None:
    compiled = catalogues.po_path(language).with_suffix(".mo").read_bytes()
    assert compiled == catalogues.compiled(catalogues.load(language)), "run `make messages`"


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_the_catalogue_knows_every_message_of_the_code_and_no_other(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = catalogues.po_path(language)
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path)
    fresh = catalogues.po_path(language)
    fresh.parent.mkdir(parents=True)
    shutil.copy(committed, fresh)
    assert catalogues.update(language) == []
    assert fresh.read_text() == committed.read_text(), "run `make messages`"


def test_a_message_without_words_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path)
    missing = catalogues.update("ru")
    assert "My bookings" in missing
    assert "Any master" in missing


@pytest.mark.parametrize(("language", "words"), [(lang, word) for lang, all_ in STAY_PUT.items() for word in all_])
def test_the_words_that_stay_put_are_there(language: str, words: str) -> None:
    assert words in [message.string for message in messages(language)]


@pytest.mark.parametrize("words", CONTAINED["ru"])
def test_the_phrases_that_stay_put_are_there(words: str) -> None:
    assert any(words in form for message in messages("ru") for form in forms(message.string))


def test_russian_is_written_in_russian() -> None:
    """A Russian entry left in English reads as complete, but isn't."""
    for message in messages("ru"):
        for words in forms(message.string):
            assert RUSSIAN.search(words), f"{message.id!r} -> {words!r}"


def test_russian_speaks_in_one_manner() -> None:
    """Polite without the capital letter of a letter by post, with Russian quotation marks."""
    for message in messages("ru"):
        for words in forms(message.string):
            assert not re.search(r"[а-яё,;] В(ы|ас|ам|ами|аш\w*)\b", words), words
            assert '"' not in words


def test_english_is_complete_and_in_english() -> None:
    for message in messages("en"):
        assert forms(message.string) == forms(message.id)
        assert not RUSSIAN.search("".join(forms(message.id)))


@pytest.mark.parametrize(
    ("form", "counts"), [(0, (1, 21, 101)), (1, (2, 3, 4, 22, 104)), (2, (0, 5, 11, 12, 14, 20, 25, 111, 112))]
)
def test_a_number_takes_its_russian_form(form: int, counts: tuple[int, ...]) -> None:
    plurals = [message for message in messages("ru") if message.pluralizable]
    assert len(plurals) > 10
    with translation.override("ru"):
        for message in plurals:
            (one, many), written = forms(message.id), forms(message.string)
            assert len({*written}) > 1, written
            assert {ngettext(one, many, count) for count in counts} == {written[form]}


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (1, "1 минута"),
        (21, "21 минута"),
        (42, "42 минуты"),
        (60, "1 час"),
        (120, "2 часа"),
        (300, "5 часов"),
        (660, "11 часов"),
    ],
)
def test_a_stretch_of_time_is_said_as_people_say_it(minutes: int, words: str) -> None:
    with translation.override("ru"):
        assert duration(minutes) == words


@pytest.mark.parametrize(
    ("date", "ru", "en"),
    [
        (dt.date(2025, 12, 5), "пт, 5 декабря", "Fri, 5 December"),
        (dt.date(2026, 3, 1), "вс, 1 марта", "Sun, 1 March"),
        (dt.date(2026, 5, 21), "чт, 21 мая", "Thu, 21 May"),
    ],
)
def test_a_day_is_written_as_people_write_it(date: dt.date, ru: str, en: str) -> None:
    with translation.override("ru"):
        assert day(date) == ru
    with translation.override("en"):
        assert day(date) == en


def literals(path: Path) -> Iterator[str]:
    """The texts of a module, but for its docstrings."""
    tree = ast.parse(path.read_text())
    statements = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in statements:
            yield node.value


def test_no_russian_is_written_past_the_catalogues() -> None:
    files = [
        path for package in ("accounts", "bookings", "schedules") for path in (catalogues.ROOT / package).rglob("*.py")
    ]
    files += (catalogues.ROOT / "barbershop").glob("*.py")
    found = {
        str(path.relative_to(catalogues.ROOT))
        for path in files
        if not {"tests", "migrations"} & set(path.parts) and any(map(RUSSIAN.search, literals(path)))
    }
    assert found == DATA

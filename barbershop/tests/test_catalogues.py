"""The message catalogues: complete, sure of every word, compiled, up to date with the code."""

import html
import re
import shutil
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from barbershop import catalogues

PLACEHOLDER = re.compile(r"%\((\w+)\)([sd])|(%)(?!\()")
TAG = re.compile(r"</?[a-z]+[^>]*>")

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
            assert re.search("[а-яё]", words, re.IGNORECASE), f"{message.id!r} -> {words!r}"

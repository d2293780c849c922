"""What people read, named by its English: the words that stay put, and any other by its entry in the catalogues."""

import re

from django.utils import translation

RUSSIAN, ENGLISH = "ru", "en"
# People, screenshots and outside programs find these, so they are spelled out here and not read from a catalogue.
STAYING_PUT = {
    "Book": "Записаться",
    "My bookings": "Мои записи",
    "Help": "Помощь",
    "Language": "Язык",
    "Confirm": "Подтвердить",
    "Back": "Назад",
    "Menu": "В меню",
    "Reschedule": "Перенести",
    "Cancel": "Отменить",
    "Add to calendar": "В календарь",
    "I'll come": "Приду",
    "Schedule": "Расписание",
    "New booking": "Новая запись",
    "Day off": "Выходной",
    "Lunch": "Обед",
    "Cancel with reason": "Отменить с причиной",
    "No-show": "Не пришёл",
    "Tell me if a slot frees up": "Сообщить, если освободится",
    "Any master": "Любой мастер",
    "Haircut": "Стрижка",
    "Beard": "Борода",
    "Haircut + beard": "Стрижка + борода",
    "This time has just been taken.": "Это время только что заняли",
    "This button is out of date.": "Кнопка устарела",
}
# Names are what they are, also those of the languages; so are links and commands.
NAMES = re.compile(r"Анна|Anna|Борис|Глеб|Бородач|The Bearded|Русский|English|Telegram|UTC|https?://\S+|/[a-z]+")
_FOREIGN = {RUSSIAN: re.compile(r"[A-Za-z]{2,}"), ENGLISH: re.compile(r"[А-Яа-яЁё]+")}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
_AROUND = re.compile(r"^\W+|\W+$")


def words(english: str, language: str) -> str:
    """The words in the language, placeholders and all; of words that count something, those for one."""
    if english in STAYING_PUT:
        return english if language == ENGLISH else STAYING_PUT[english]
    with translation.override(RUSSIAN):
        russian = translation.gettext(english)
        if russian == english:
            russian = translation.ngettext(english, english, 1)
    assert russian != english, f"no entry in the catalogue: {english!r}"
    if language == RUSSIAN:
        return russian
    with translation.override(language):
        return translation.gettext(english)


def pattern(english: str, language: str) -> re.Pattern[str]:
    """What the words look like when their placeholders are filled in."""
    parts = _PLACEHOLDER.split(words(english, language).replace("%%", "%"))
    return re.compile(".+?".join(map(re.escape, parts)), re.DOTALL)


def is_labelled(button: str, label: str) -> bool:
    """Whether a button says this: an emoji may stand around it; a price, a name or a day may follow."""
    own = _AROUND.sub("", button)
    return own == label or own.startswith((f"{label} · ", f"{label}: "))


def foreign_words(text: str, language: str) -> list[str]:
    """What of a text is in the other language's letters, but for names."""
    return _FOREIGN[language].findall(NAMES.sub("", text))

"""Every button and every answer of the desk, about whatever master and booking one likes."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardButton

from accounts.models import ExpectedInput, User
from accounts.screens import Screen
from bookings.callbacks import pack_services
from bookings.desk import bot, callbacks, days_off, lunches, schedule, walk_ins
from bookings.desk.access import at_desk
from bookings.desk.bot import Build
from bookings.models import Booking, Service
from bookings.tests.offer_factories import TUESDAY, at
from schedules.calendar import to_minute
from schedules.models import Master

_SAID = 7


SECTIONS: dict[callbacks.Section, tuple[Any, Any]] = {
    "schedule": (schedule.today, callbacks.Today),
    "new": (walk_ins.choose_service, callbacks.New),
    "dayoff": (days_off.overview, callbacks.Off),
    "lunch": (lunches.choose_hour, callbacks.LunchHours),
}


class Act(NamedTuple):
    """What is tapped or answered, and the screen that it builds."""

    name: str
    section: callbacks.Section
    build: Build
    about: CallbackData | ExpectedInput
    words: tuple[Any, ...] = ()

    def by(self, user: User) -> Screen:
        return at_desk(user, self.section, self.build, self.about, *self.words)


def every_act(user: User, master: Master, booking: Booking, service: Service) -> Iterator[Act]:
    """Taps and answers of the person about the master's Tuesday, or about the booking."""
    yield from _taps(master, booking, service)
    yield from _answers(user, master, booking, service)


ACTS = (
    *(tapped.__name__ for taps in bot.TAPS.values() for tapped in taps),
    *(schedule.CANCEL_REASON, walk_ins.NAME, walk_ins.PHONE, "without_phone"),
    *(days_off.OFF_REASON, days_off.OFF_CANCEL),
)


def named(name: str, user: User, master: Master, booking: Booking, service: Service) -> Act:
    (act,) = (each for each in every_act(user, master, booking, service) if each.name == name)
    return act


def _taps(master: Master, booking: Booking, service: Service) -> Iterator[Act]:
    values: dict[str, Any] = {
        "master": master.pk,
        "booking": booking.pk,
        "services": pack_services([service.pk]),
        "day": TUESDAY.toordinal(),
        "minute": to_minute(at(15)),
        "begins": to_minute(at(16)),
        "ends": to_minute(at(17)),
        "first": 0,
        "page": 0,
        "kind": "day",
        "reason": 1,
        "sure": True,
        "hour": 15,
    }
    for section, taps in bot.TAPS.items():
        for tapped, build in taps.items():
            about = tapped(**{field: values[field] for field in tapped.model_fields})
            yield Act(tapped.__name__, section, build, about)


def _answers(user: User, master: Master, booking: Booking, service: Service) -> Iterator[Act]:
    visit = {
        "master": master.pk,
        "services": pack_services([service.pk]),
        "minute": to_minute(at(15)),
        "key": "AAAAAAAA",
        "name": "Павел",
        "said": _SAID,
    }
    stretch = {"master": master.pk, "begins": to_minute(at(16)), "ends": to_minute(at(17))}

    def answer(step: str, section: callbacks.Section, build: Build, data: dict[str, Any], *words: Any) -> Act:
        return Act(step, section, build, ExpectedInput(user=user, step=step, data=data), words)

    yield answer(schedule.CANCEL_REASON, "schedule", schedule.cancel_with_words, {"booking": booking.pk}, "Болею")
    yield answer(walk_ins.NAME, "new", walk_ins.name_given, visit, "Павел", _SAID)
    yield answer(walk_ins.PHONE, "new", walk_ins.phone_given, visit, "+79160000001", _SAID + 1)
    yield answer("without_phone", "new", walk_ins.without_phone, visit)
    yield answer(days_off.OFF_REASON, "dayoff", days_off.take_with_words, stretch, "К врачу")
    yield answer(days_off.OFF_CANCEL, "dayoff", days_off.cancel_all_with_words, stretch, "К врачу")


def opens(user: User, section: callbacks.Section, master_id: int = 0) -> Screen:
    build, opening = SECTIONS[section]
    return at_desk(user, section, build, opening(master=master_id))


def buttons(screen: Screen) -> list[InlineKeyboardButton]:
    return [button for row in screen.keyboard.inline_keyboard for button in row]


def words_of(screen: Screen) -> list[str]:
    return [button.text for button in buttons(screen)]


def data_of(screen: Screen, words: str) -> str:
    return next(button.callback_data or "" for button in buttons(screen) if words in button.text)

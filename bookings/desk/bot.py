"""The conversation at the desk, of masters and of staff: parse, one call, reply."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from aiogram import Router
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData
from aiogram.types import CallbackQuery, Message

from accounts.callbacks import Answer
from accounts.expectations import Expects, forget_answered
from accounts.models import ExpectedInput, User
from accounts.screens import Screen, show
from accounts.threads import in_thread
from bookings.desk import access, callbacks, days_off, lunches, schedule, walk_ins
from bookings.desk.access import at_desk
from bookings.desk.callbacks import Section

Build = Callable[..., Screen]

# The screens by the section they belong to, whose name is also the command that opens it.
TAPS: Mapping[Section, Mapping[type[CallbackData], Build]] = {
    "schedule": {
        callbacks.Today: schedule.today,
        callbacks.Day: schedule.day,
        callbacks.Week: schedule.week,
        callbacks.Visit: schedule.visit,
        callbacks.AskReason: schedule.ask_reason,
        callbacks.CancelFor: schedule.cancel_for,
        callbacks.NoShow: schedule.no_show,
        callbacks.MoveDays: schedule.move_days,
        callbacks.MoveTimes: schedule.move_times,
        callbacks.MoveTo: schedule.move_to,
    },
    "new": {
        callbacks.New: walk_ins.choose_service,
        callbacks.NewSeveral: walk_ins.choose_several,
        callbacks.NewDays: walk_ins.choose_day,
        callbacks.NewTimes: walk_ins.choose_time,
        callbacks.NewName: walk_ins.ask_name,
    },
    "dayoff": {
        callbacks.Off: days_off.overview,
        callbacks.OffDays: days_off.choose_day,
        callbacks.OffHours: days_off.choose_hours,
        callbacks.OffAsk: days_off.ask,
        callbacks.OffTake: days_off.take,
        callbacks.OffAskCancel: days_off.ask_cancel,
        callbacks.OffCancel: days_off.cancel_all,
        callbacks.OffMove: days_off.move_all,
        callbacks.OffBack: days_off.take_back,
    },
    "lunch": {
        callbacks.LunchHours: lunches.choose_hour,
        callbacks.LunchDays: lunches.choose_day,
        callbacks.SetLunch: lunches.set_hour,
    },
}


async def on_open(message: Message, user: User, *, section: Section) -> None:
    opening = callbacks.OPENINGS[section]
    await show(message, user, at_desk, section, TAPS[section][opening], opening())


async def on_tap(
    callback: CallbackQuery, callback_data: CallbackData, user: User, *, section: Section, build: Build
) -> None:
    await show(callback, user, at_desk, section, build, callback_data)


async def on_whose(callback: CallbackQuery, callback_data: callbacks.Whose, user: User) -> None:
    await show(callback, user, access.choose_master, callback_data)


async def on_reason(message: Message, user: User, question: ExpectedInput) -> None:
    await _take_words(message, user, question, "schedule", schedule.cancel_with_words, message.text)


async def on_name(message: Message, user: User, question: ExpectedInput) -> None:
    await _take_words(message, user, question, "new", walk_ins.name_given, message.text, message.message_id)


async def on_phone(message: Message, user: User, question: ExpectedInput) -> None:
    contact = message.contact
    words = f"+{contact.phone_number.removeprefix('+')}" if contact else message.text
    await _take_words(message, user, question, "new", walk_ins.phone_given, words, message.message_id)


async def on_off_reason(message: Message, user: User, question: ExpectedInput) -> None:
    await _take_words(message, user, question, "dayoff", days_off.take_with_words, message.text)


async def on_off_cancel(message: Message, user: User, question: ExpectedInput) -> None:
    await _take_words(message, user, question, "dayoff", days_off.cancel_all_with_words, message.text)


async def on_without_phone(
    callback: CallbackQuery, callback_data: Answer, user: User, question: ExpectedInput | None = None
) -> None:
    if question is not None and walk_ins.is_answered(question, callback_data):
        await show(callback, user, at_desk, "new", walk_ins.without_phone, question)
    else:
        await show(callback, user, access.answered_before, callback_data)
    if question is not None:
        await in_thread(forget_answered, question)


async def _take_words(
    message: Message, user: User, question: ExpectedInput, section: Section, build: Build, *words: Any
) -> None:
    """Answer, and only then close the question, unless it was asked once more: an update that is tried again, since
    Telegram was away, finds it as it was.
    """
    await show(message, user, at_desk, section, build, question, *words)
    await in_thread(forget_answered, question)


def build_router() -> Router:
    router = Router(name="desk")
    for section, taps in TAPS.items():
        router.message.register(partial(on_open, section=section), Command(section))
        for tapped, build in taps.items():
            router.callback_query.register(partial(on_tap, section=section, build=build), tapped.filter())
    router.callback_query.register(on_whose, callbacks.Whose.filter())
    router.callback_query.register(on_without_phone, Answer.filter())
    router.message.register(on_reason, Expects(schedule.CANCEL_REASON))
    router.message.register(on_name, Expects(walk_ins.NAME))
    router.message.register(on_phone, Expects(walk_ins.PHONE))
    router.message.register(on_off_reason, Expects(days_off.OFF_REASON))
    router.message.register(on_off_cancel, Expects(days_off.OFF_CANCEL))
    return router

"""The one table of access: what the bot can be asked, who may ask it, and whose what it names has to be.

The middleware asks it before a handler runs, and the services check again. A handler without a rule fails a test.
"""

from collections.abc import Mapping
from typing import Any

from aiogram.dispatcher.event.handler import HandlerObject
from aiogram.filters import Command
from aiogram.filters.callback_data import CallbackData, CallbackQueryFilter

from accounts import callbacks as people
from accounts.access import AT_THE_DESK, OWNER_ONLY, STAFF_ONLY, Ownership, Rule
from accounts.expectations import Expects
from accounts.models import ExpectedInput
from bookings import access, callbacks
from bookings.calendars import callbacks as calendars
from bookings.desk import callbacks as desk
from bookings.desk import days_off, schedule, walk_ins
from bookings.inviting import callbacks as inviting
from bookings.moving import callbacks as moving
from bookings.past import callbacks as past
from bookings.privacy import callbacks as privacy
from bookings.several import callbacks as several
from bookings.waiting import callbacks as waiting
from observability.metrics import RBAC_DENIALS, THROTTLED, start_at_zero

Key = str | type[CallbackData]

_MY_VISIT = Ownership("booking", access.has_booked)
_MY_PLACE = Ownership("entry", access.waits)
_MY_OFFER = Ownership("offer", access.is_offered)
_VISIT_I_RUN = Ownership("booking", access.runs_visit)
# For the buttons and questions of the desk that name a master; 0 is the master who taps, or for staff none yet.
_DAY_I_RUN = Ownership("master", access.runs_day_of)

# A command by its slash, a button by its class, an answer by `?` and its question; the rest by the handler's flag.
RULES: dict[Key, Rule] = {
    "/start": Rule("start"),
    "/help": Rule("help"),
    "/language": Rule("language"),
    "/privacy": Rule("privacy"),
    people.Privacy: Rule("privacy"),
    privacy.Export: Rule("privacy"),
    privacy.AskErase: Rule("privacy"),
    privacy.Erase: Rule("privacy"),
    "/book": Rule("book"),
    "/my": Rule("my"),
    "contact": Rule("contact"),
    "words": Rule("words"),
    "old_button": Rule("old_button"),
    # Before anybody is identified: neither reads or says anything of a person.
    "my_chat_member": Rule("my_chat_member"),
    "inline_query": Rule("inline_query"),
    "second_hand": Rule("words"),
    inviting.Invite: Rule("invite", STAFF_ONLY),
    inviting.InviteMaster: Rule("invite", STAFF_ONLY),
    inviting.InviteAdmin: Rule("invite", OWNER_ONLY),
    people.Menu: Rule("start"),
    people.Help: Rule("help"),
    people.ChooseLanguage: Rule("language"),
    people.SetLanguage: Rule("language"),
    people.ChooseTimeZone: Rule("time_zone"),
    people.SetTimeZone: Rule("time_zone"),
    callbacks.ChooseService: Rule("book"),
    several.ChooseSeveral: Rule("book"),
    callbacks.ChooseMaster: Rule("book"),
    callbacks.ChooseDay: Rule("book"),
    callbacks.ChooseTime: Rule("book"),
    callbacks.Summary: Rule("book"),
    callbacks.Confirm: Rule("book"),
    callbacks.MyBookings: Rule("my"),
    callbacks.Card: Rule("my", own=_MY_VISIT),
    calendars.AddToCalendar: Rule("calendar", own=_MY_VISIT),
    callbacks.AskCancel: Rule("cancel", own=_MY_VISIT),
    callbacks.Cancel: Rule("cancel", own=_MY_VISIT),
    callbacks.Come: Rule("come", own=_MY_VISIT),
    moving.ChooseNewDay: Rule("move", own=_MY_VISIT),
    moving.ChooseNewTime: Rule("move", own=_MY_VISIT),
    moving.AskMove: Rule("move", own=_MY_VISIT),
    moving.Move: Rule("move", own=_MY_VISIT),
    past.PastVisits: Rule("my"),
    past.PastVisit: Rule("my", own=_MY_VISIT),
    past.BookAgain: Rule("book", own=_MY_VISIT),
    waiting.ChooseFullDay: Rule("wait"),
    waiting.Join: Rule("wait"),
    waiting.Leave: Rule("wait", own=_MY_PLACE),
    waiting.Accept: Rule("take", own=_MY_OFFER),
    waiting.Decline: Rule("take", own=_MY_OFFER),
    desk.Whose: Rule("whose", STAFF_ONLY),
    "/schedule": Rule("schedule", AT_THE_DESK),
    desk.Today: Rule("schedule", AT_THE_DESK, _DAY_I_RUN),
    desk.Day: Rule("schedule", AT_THE_DESK, _DAY_I_RUN),
    desk.Week: Rule("schedule", AT_THE_DESK, _DAY_I_RUN),
    desk.Visit: Rule("schedule", AT_THE_DESK, _VISIT_I_RUN),
    desk.AskReason: Rule("cancel", AT_THE_DESK, _VISIT_I_RUN),
    desk.CancelFor: Rule("cancel", AT_THE_DESK, _VISIT_I_RUN),
    f"?{schedule.CANCEL_REASON}": Rule("cancel", AT_THE_DESK, _VISIT_I_RUN),
    desk.NoShow: Rule("no_show", AT_THE_DESK, _VISIT_I_RUN),
    desk.MoveDays: Rule("move", AT_THE_DESK, _VISIT_I_RUN),
    desk.MoveTimes: Rule("move", AT_THE_DESK, _VISIT_I_RUN),
    desk.MoveTo: Rule("move", AT_THE_DESK, _VISIT_I_RUN),
    "/new": Rule("new", AT_THE_DESK),
    desk.New: Rule("new", AT_THE_DESK, _DAY_I_RUN),
    desk.NewSeveral: Rule("new", AT_THE_DESK, _DAY_I_RUN),
    desk.NewDays: Rule("new", AT_THE_DESK, _DAY_I_RUN),
    desk.NewTimes: Rule("new", AT_THE_DESK, _DAY_I_RUN),
    desk.NewName: Rule("new", AT_THE_DESK, _DAY_I_RUN),
    f"?{walk_ins.NAME}": Rule("new", AT_THE_DESK, _DAY_I_RUN),
    f"?{walk_ins.PHONE}": Rule("new", AT_THE_DESK, _DAY_I_RUN),
    people.Answer: Rule("new", AT_THE_DESK, _DAY_I_RUN),
    "/dayoff": Rule("dayoff", AT_THE_DESK),
    desk.Off: Rule("dayoff", AT_THE_DESK, _DAY_I_RUN),
    desk.OffDays: Rule("dayoff", AT_THE_DESK, _DAY_I_RUN),
    desk.OffHours: Rule("dayoff", AT_THE_DESK, _DAY_I_RUN),
    desk.OffAsk: Rule("dayoff", AT_THE_DESK, _DAY_I_RUN),
    desk.OffTake: Rule("dayoff", AT_THE_DESK, _DAY_I_RUN),
    desk.OffAskCancel: Rule("dayoff", AT_THE_DESK, _DAY_I_RUN),
    desk.OffCancel: Rule("dayoff", AT_THE_DESK, _DAY_I_RUN),
    desk.OffMove: Rule("dayoff", AT_THE_DESK, _DAY_I_RUN),
    desk.OffBack: Rule("dayoff", AT_THE_DESK, _DAY_I_RUN),
    f"?{days_off.OFF_REASON}": Rule("dayoff", AT_THE_DESK, _DAY_I_RUN),
    f"?{days_off.OFF_CANCEL}": Rule("dayoff", AT_THE_DESK, _DAY_I_RUN),
    "/lunch": Rule("lunch", AT_THE_DESK),
    desk.LunchHours: Rule("lunch", AT_THE_DESK, _DAY_I_RUN),
    desk.LunchDays: Rule("lunch", AT_THE_DESK, _DAY_I_RUN),
    desk.SetLunch: Rule("lunch", AT_THE_DESK, _DAY_I_RUN),
}
COMMANDS = sorted({rule.command for rule in RULES.values()})
_BY_PREFIX = {key.__prefix__: rule.command for key, rule in RULES.items() if not isinstance(key, str)}


def key_of(handler: HandlerObject) -> Key:
    """Where the table has the handler: by its filter, or by its flag `access` when it has none that says so."""
    for each in handler.filters or ():
        match each.callback:
            case CallbackQueryFilter() as tapped:
                return tapped.callback_data
            case Command() as command:
                return f"/{command.commands[0]}"
            case Expects() as answer:
                return f"?{answer.step}"
    return str(handler.flags.get("access", ""))


def resource_of(rule: Rule, data: Mapping[str, Any]) -> int | None:
    """The id that the tapped button or else the question it answers names, if the rule is about one."""
    if rule.own is None:
        return None
    tapped: CallbackData | None = data.get("callback_data")
    question: ExpectedInput | None = data.get("question")
    named = (question.data if question else {}) | (tapped.model_dump() if tapped else {})
    return int(named[rule.own.resource]) if rule.own.resource in named else None


def command_of(update: Mapping[str, Any]) -> str:
    """What a raw update asks for, out of the closed set of the table."""
    tap, message = update.get("callback_query"), update.get("message")
    if isinstance(tap, dict):
        return _BY_PREFIX.get(str(tap.get("data", "")).partition(":")[0], "old_button")
    if not isinstance(message, dict):
        return "other"
    if "contact" in message:
        return "contact"
    name = str(message.get("text", "")).partition(" ")[0].partition("@")[0]
    rule = RULES.get(name) if name.startswith("/") else None
    return rule.command if rule else "words"


def count_from_zero() -> None:
    """Let the counters have every command from the start."""
    start_at_zero(RBAC_DENIALS, command=COMMANDS)
    start_at_zero(THROTTLED, command=[*COMMANDS, "other"])

"""Whose day a tap or an answer is about, and whether the person runs it: checked once more after the table."""

from collections.abc import Callable
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

from aiogram.filters.callback_data import CallbackData

from accounts import texts as people
from accounts.access import AT_THE_DESK, NOT_OWN, STAFF_ONLY, WRONG_ROLE, deny
from accounts.callbacks import Answer
from accounts.errors import AccountError, NotAllowed
from accounts.keyboards import keyboard, way_back
from accounts.models import ExpectedInput, Role, User
from accounts.screens import Screen
from bookings import texts as shared
from bookings.desk import choice, schedule, selectors, texts
from bookings.desk.callbacks import Section, Visit, Whose
from bookings.desk.menus import menu_of
from bookings.desk.seats import Desk, Seat, seat_of
from bookings.errors import BookingError, BookingNotFound
from bookings.models import Booking
from schedules.errors import MasterUnavailable, ScheduleError
from schedules.models import Master

P = ParamSpec("P")
About = TypeVar("About", bound=CallbackData | ExpectedInput)


def at_desk(
    user: User,
    section: Section,
    build: Callable[Concatenate[Desk, About, P], Screen],
    about: About,
    *args: P.args,
    **kwargs: P.kwargs,
) -> Screen:
    """The screen about the day that the button or the question names; the choice of a master where it names none.

    For who does not run that day, and for what a rule refused, the words that say so.
    """
    seat = seat_of(user)
    if seat is None:
        return _refuse(user, section, AT_THE_DESK)
    try:
        master = _named_master(seat, section, about)
        if master is None:
            return choice.masters(seat, Whose(section=section))
        desk = Desk(user, master, is_staff=seat.is_staff)
        screen = build(desk, about, *args, **kwargs)
    except (BookingError, AccountError, ScheduleError) as error:
        if isinstance(error, NotAllowed):
            master_id = error.data.get("master_id", 0)
            deny(user, command=section, reason_code=NOT_OWN, resource="master", resource_id=master_id)
        return Screen(shared.refusal(error), keyboard(way_back()))
    return screen if desk.is_own else Screen(texts.of_master(master, screen.text), screen.keyboard)


def choose_master(user: User, asked: Whose) -> Screen:
    """The masters whose day a section can be opened for, for staff."""
    seat = seat_of(user)
    if seat is None or not seat.is_staff:
        return _refuse(user, asked.section, STAFF_ONLY)
    return choice.masters(seat, asked)


def answered_before(user: User, answer: Answer) -> Screen:
    """What was booked by this button before, once more; else it is an old one."""
    booked = selectors.visit_by_key(user, answer.key)
    if booked is None:
        return Screen(people.old_button(), menu_of(user))
    return at_desk(user, "new", partial(schedule.visit, note=texts.booked()), Visit(booking=booked.pk))


def _refuse(user: User, section: Section, roles: frozenset[Role]) -> Screen:
    deny(user, command=section, reason_code=WRONG_ROLE)
    return Screen(people.only_for(roles), keyboard(way_back()))


def _named_master(seat: Seat, section: Section, about: CallbackData | ExpectedInput) -> Master | None:
    """The master of the booking, or of the day; oneself or the only one where none is named; None: to be chosen."""
    named: dict[str, Any] = about.data if isinstance(about, ExpectedInput) else about.model_dump()
    if "booking" in named:
        return _master_of_visit(seat, section, named["booking"])
    master_id = named.get("master", 0)
    if not master_id:
        return _usual_master(seat, section)
    if seat.own is not None and seat.own.pk == master_id:
        return seat.own
    if not seat.is_staff:
        raise NotAllowed(user_id=seat.user.pk, master_id=master_id)
    master = Master.objects.filter(pk=master_id).first()
    if master is None:
        raise MasterUnavailable(master_ids=[master_id])
    return master


def _master_of_visit(seat: Seat, section: Section, booking_id: int) -> Master:
    """Anybody's for staff; to a master only their own visits exist, and asking for another is written down."""
    booking = Booking.objects.select_related("master").filter(pk=booking_id).first()
    if not seat.is_staff and (booking is None or booking.master != seat.own):
        deny(seat.user, command=section, reason_code=NOT_OWN, resource="booking", resource_id=booking_id)
        raise BookingNotFound(booking_id=booking_id)
    if booking is None:
        raise BookingNotFound(booking_id=booking_id)
    return booking.master


def _usual_master(seat: Seat, section: Section) -> Master | None:
    if seat.own is not None and (not seat.is_staff or seat.own.is_active):
        return seat.own
    masters = selectors.masters_to_run(section)
    return masters[0] if len(masters) == 1 else None

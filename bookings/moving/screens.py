"""The client moves their own visit: day, time, yes. Service and master stay as they are."""

import datetime as dt

from django.utils import timezone

from accounts.actors import Actor
from accounts.errors import AccountError
from accounts.models import Channel, User
from accounts.screens import Screen
from bookings import selectors, services
from bookings import texts as words
from bookings.errors import BookingError, BookingNotFound, SlotUnavailable
from bookings.models import Booking, CancelledBy
from bookings.moving import keyboards, texts
from bookings.moving.callbacks import AskMove, ChooseNewDay, ChooseNewTime, Move
from bookings.screens import card, gone
from bookings.services.changing import check_active
from schedules.calendar import DayRange, horizon, local_day


def choose_day(user: User, choice: ChooseNewDay) -> Screen:
    """The days that have a time to move to, a page of them."""
    now = timezone.now()
    try:
        booking = _movable(user, choice.booking, now=now)
    except BookingError as error:
        return card(user, choice.booking, note=words.refusal(error))
    dates = selectors.days_of(selectors.slots_to_move(booking=booking, days=horizon(now), now=now))
    if not dates:
        return card(user, booking.pk, note=texts.nothing_free())
    return Screen(texts.choose_day(booking, user.time_zone), keyboards.days(booking, dates, page=choice.page))


def choose_time(user: User, choice: ChooseNewTime) -> Screen:
    """The times of a day to move to."""
    try:
        booking = _movable(user, choice.booking, now=timezone.now())
    except BookingError as error:
        return card(user, choice.booking, note=words.refusal(error))
    return _times(user, booking, choice.date)


def ask(user: User, choice: AskMove) -> Screen:
    """Where the visit would move; or that the time is taken, and what is free."""
    now = timezone.now()
    try:
        booking = _movable(user, choice.booking, now=now)
    except BookingError as error:
        return card(user, choice.booking, note=words.refusal(error))
    day = local_day(choice.starts_at)
    slots = selectors.slots_to_move(booking=booking, days=DayRange(day, day), now=now)
    if choice.starts_at not in selectors.times_of(slots):
        return _times(user, booking, day, note=words.refusal(gone(choice.starts_at)))
    return Screen(texts.ask(booking, choice.starts_at, user.time_zone), keyboards.ask(booking, choice.starts_at))


def move(user: User, choice: Move) -> Screen:
    """Move, and show the card; or say why not and what is free instead."""
    now = timezone.now()
    try:
        booking = _own(user, choice.booking)
        services.reschedule_booking(
            booking_id=booking.pk, starts_at=choice.starts_at, by=Actor(user.pk, Channel.BOT), now=now
        )
    except SlotUnavailable as error:
        return _times(user, booking, local_day(choice.starts_at), note=words.refusal(error))
    except (BookingError, AccountError) as error:
        return card(user, choice.booking, note=words.refusal(error))
    return card(user, choice.booking, note=texts.moved())


def _times(user: User, booking: Booking, date: dt.date, *, note: str = "") -> Screen:
    slots = selectors.slots_to_move(booking=booking, days=DayRange(date, date), now=timezone.now())
    question = texts.choose_time(date, user.time_zone) if slots else words.day_full()
    return Screen(words.paragraphs(note, question), keyboards.times(booking, selectors.times_of(slots)))


def _movable(user: User, booking_id: int, *, now: dt.datetime) -> Booking:
    """The client's own booking, if they may still move it."""
    booking = _own(user, booking_id)
    check_active(booking, CancelledBy.CLIENT, now=now)
    return booking


def _own(user: User, booking_id: int) -> Booking:
    booking = selectors.booking_of(client=user, booking_id=booking_id)
    if booking is None:
        raise BookingNotFound(booking_id=booking_id)
    return booking

"""The client's screens: each reads (or writes once) and says what to show. They run in a thread, language set."""

import datetime as dt
from collections.abc import Sequence

from aiogram.filters.callback_data import CallbackData
from django.conf import settings
from django.utils import timezone

from accounts import texts as people
from accounts.actors import Actor
from accounts.errors import AccountError
from accounts.models import Channel, User
from accounts.screens import Screen
from bookings import keyboards, selectors, services, texts
from bookings.calendar_files import is_worth_a_file
from bookings.callbacks import (
    MOST_SERVICES,
    ChooseDay,
    ChooseMaster,
    ChooseService,
    ChooseTime,
    Confirm,
    MyBookings,
    OfServices,
    Summary,
    pack_services,
)
from bookings.desk.menus import menu_of, welcome_of
from bookings.errors import (
    ActiveBookingExists,
    BookingError,
    BookingNotFound,
    SlotTaken,
    SlotUnavailable,
)
from bookings.models import Booking, BookingStatus, CancelledBy
from bookings.past import texts as history
from bookings.selectors import ANY_MASTER
from bookings.services.changing import check_active
from bookings.several.callbacks import ChooseSeveral
from bookings.waiting import texts as waiting
from schedules.calendar import DayRange, horizon, local_day
from schedules.errors import TimeTaken, TooSoon
from schedules.selectors import Slot


def menu(user: User) -> Screen:
    return Screen(welcome_of(user), menu_of(user))


def stale(user: User) -> Screen:
    """The button is old, forged or from another version: say so and start afresh."""
    return Screen(people.old_button(), menu_of(user))


def not_understood(user: User) -> Screen:
    return Screen(people.not_understood(), menu_of(user))


def choose_service(user: User) -> Screen:
    """The services; straight to the masters when there is one, to the card when the client is booked already."""
    active = selectors.active_booking(client=user, now=timezone.now())
    if active:
        return _card(user, active, note=texts.already_booked())
    offered = selectors.bookable_services()
    if not offered:
        return Screen(texts.nothing_offered(), keyboards.menu())
    if len(offered) == 1:
        return choose_master(user, ChooseMaster(services=pack_services([offered[0].pk])))
    several = bool(selectors.services_together())
    return Screen(texts.choose_service(), keyboards.services(offered, several=several))


def choose_master(user: User, choice: ChooseMaster) -> Screen:
    """The masters who do the services; straight to the days when there is one."""
    chosen = selectors.services_of(service_ids=choice.service_ids)
    offers = selectors.offer_terms(service_ids=choice.service_ids)
    if not chosen or not offers:
        return stale(user)
    if len(offers) == 1:
        return choose_day(user, ChooseDay(services=choice.services, master=offers[0].master_id))
    board = keyboards.masters(choice.services, offers, back=_before_masters(choice))
    return Screen(texts.choose_master(chosen), board)


def choose_day(user: User, choice: ChooseDay) -> Screen:
    """The days that have a free slot, a page of them."""
    chosen = selectors.services_of(service_ids=choice.service_ids)
    if not chosen:
        return stale(user)
    now = timezone.now()
    terms = selectors.offer_terms(service_ids=choice.service_ids, master_id=choice.master)
    dates = selectors.days_of(selectors.free_slots(terms=terms, days=horizon(now), now=now))
    full = selectors.full_days(terms=terms, days=horizon(now), free=dates, now=now)
    back = _before_days(choice)
    if choice.page:
        back = choice.model_copy(update={"page": choice.page - 1})
    board = keyboards.days(choice, dates, back=back, some_full=bool(full))
    return Screen(texts.choose_day(chosen) if dates else texts.nothing_free(), board)


def choose_time(user: User, choice: ChooseTime, *, note: str = "") -> Screen:
    """The free times of a day."""
    slots = _slots(choice, choice.master, DayRange(choice.date, choice.date))
    return _times(user, choice, choice.master, choice.date, slots, note=note)


def summary(user: User, choice: Summary) -> Screen:
    """What would be booked; for any master, the one with the fewest visits that day."""
    day = local_day(choice.starts_at)
    slots = _slots(choice, choice.master, DayRange(day, day))
    free = [slot.master_id for slot in slots if slot.starts_at == choice.starts_at]
    picked = selectors.fewest_visits_first(free, day=day)[:1]
    terms = selectors.offer_terms(service_ids=choice.service_ids, master_id=picked[0]) if picked else []
    if not terms:
        return _times(user, choice, choice.master, day, slots, note=texts.refusal(gone(choice.starts_at)))
    chosen = selectors.services_of(service_ids=choice.service_ids)
    words = texts.summary(chosen, terms[0], choice.starts_at, user.time_zone)
    return Screen(words, keyboards.summary(choice, terms[0].master_id))


def confirm(user: User, choice: Confirm) -> Screen:
    """Book, and show the card; or say why not and what is free instead."""
    try:
        booking = services.create_booking(
            client_id=user.pk,
            service_ids=choice.service_ids,
            master_id=choice.master,
            starts_at=choice.starts_at,
            idempotency_key=choice.key,
            pool=choice.pool,
            now=timezone.now(),
        )
    except SlotUnavailable as error:
        return _fresh_times(user, choice, error)
    except ActiveBookingExists as error:
        return card(user, error.booking.pk, note=texts.refusal(error))
    except (BookingError, AccountError) as error:
        return Screen(texts.refusal(error), keyboards.menu())
    return card(user, booking.pk)


def my_bookings(user: User, *, note: str = "") -> Screen:
    """The visits still to come, the days that are waited for, then the past visits."""
    now, zone = timezone.now(), user.time_zone
    upcoming = selectors.upcoming_bookings(client=user, now=now)
    waits = selectors.waits_of(client=user, now=now)
    past = selectors.past_bookings(client=user, now=now)
    to_come = texts.upcoming_visits(upcoming, zone) if len(upcoming) > 1 else ""
    if len(upcoming) == 1:
        to_come = texts.card(upcoming[0], now=now, zone=zone)
    lists = [waiting.waits(waits) if waits else "", history.earlier(past, zone, now=now) if past else ""]
    words = texts.paragraphs(to_come, *lists) or texts.no_bookings()
    hint = "" if user.phone or upcoming else texts.share_contact()
    board = keyboards.my_bookings(upcoming, waits, past=bool(past), now=now)
    return Screen(texts.paragraphs(note, words, hint), board)


def card(user: User, booking_id: int, *, note: str = "", back: CallbackData | None = None) -> Screen:
    """The client's own booking; Back leads to all of them, or where `back` says."""
    booking = selectors.booking_of(client=user, booking_id=booking_id)
    if booking is None:
        return Screen(texts.refusal(BookingNotFound()), keyboards.menu())
    return _card(user, booking, note=note, back=back)


def ask_cancel(user: User, booking_id: int) -> Screen:
    """Whether to cancel after all; or why it can't be done here."""
    booking = selectors.booking_of(client=user, booking_id=booking_id)
    if booking is None:
        return card(user, booking_id)
    try:
        check_active(booking, CancelledBy.CLIENT, now=timezone.now())
    except BookingError as error:
        return _card(user, booking, note=texts.refusal(error) if booking.status == BookingStatus.CONFIRMED else "")
    return Screen(texts.ask_cancel(booking, user.time_zone), keyboards.ask_cancel(booking))


def cancel(user: User, booking_id: int) -> Screen:
    """Cancel, and show the card as it is then."""
    if selectors.booking_of(client=user, booking_id=booking_id) is None:
        return card(user, booking_id)
    try:
        services.cancel_booking(booking_id=booking_id, by=Actor(user.pk, Channel.BOT), now=timezone.now())
    except (BookingError, AccountError) as error:
        return card(user, booking_id, note=texts.refusal(error))
    return card(user, booking_id)


def come(user: User, booking_id: int) -> Screen:
    """Write down that the client comes, and show the card."""
    if selectors.booking_of(client=user, booking_id=booking_id) is None:
        return card(user, booking_id)
    try:
        services.confirm_attendance(booking_id=booking_id, by=Actor(user.pk, Channel.BOT), now=timezone.now())
    except (BookingError, AccountError) as error:
        return card(user, booking_id, note=texts.refusal(error))
    return card(user, booking_id)


def contact(user: User, phone: str, contact_user_id: int | None) -> Screen:
    """Keep the client's own phone, and show the visits that were booked for it."""
    try:
        linked = services.share_contact(
            user_id=user.pk, phone=phone, contact_user_id=contact_user_id, now=timezone.now()
        )
    except (BookingError, AccountError) as error:
        return Screen(texts.refusal(error), keyboards.menu())
    user.refresh_from_db(fields=["phone"])
    return my_bookings(user, note=texts.contact_kept(len(linked)))


def _slots(choice: OfServices, master_id: int, days: DayRange) -> list[Slot]:
    terms = selectors.offer_terms(service_ids=choice.service_ids, master_id=master_id)
    return selectors.free_slots(terms=terms, days=days, now=timezone.now())


def _times(
    user: User, choice: OfServices, master_id: int, date: dt.date, slots: Sequence[Slot], *, note: str = ""
) -> Screen:
    """The times; a day without any can be waited for, if somebody works on it."""
    chosen = selectors.services_of(service_ids=choice.service_ids)
    if not chosen:
        return stale(user)
    moments = selectors.times_of(slots)
    if moments:
        words = texts.paragraphs(note, texts.choose_time(chosen, date, user.time_zone))
        return Screen(words, keyboards.times(choice.services, master_id, moments))
    terms = selectors.offer_terms(service_ids=choice.service_ids, master_id=master_id)
    full = selectors.full_days(terms=terms, days=DayRange(date, date), free=[], now=timezone.now())
    board = keyboards.times(choice.services, master_id, [], wait_for=date if full else None)
    return Screen(texts.paragraphs(note, texts.day_full()), board)


def gone(starts_at: dt.datetime) -> SlotUnavailable:
    """Why a time that was on a button is free no more: it came too close, or somebody has it."""
    too_soon = starts_at - timezone.now() < dt.timedelta(minutes=settings.BOOKING_MIN_NOTICE_MINUTES)
    return SlotUnavailable(reason=TooSoon.code) if too_soon else SlotTaken(reason=TimeTaken.code)


def _fresh_times(user: User, choice: Confirm, error: SlotUnavailable) -> Screen:
    master_id = ANY_MASTER if choice.pool else choice.master
    day = local_day(choice.starts_at)
    slots = _slots(choice, ANY_MASTER, DayRange(day, day)) if choice.pool else error.slots
    return _times(user, choice, master_id, day, slots, note=texts.refusal(error))


def _card(user: User, booking: Booking, *, note: str = "", back: CallbackData | None = None) -> Screen:
    now = timezone.now()
    to_come = booking.status == BookingStatus.CONFIRMED and booking.starts_at > now
    asked = booking.asked_at is not None and booking.confirm_by is not None and booking.confirmed_at is None
    again = not to_come and not selectors.active_booking(client=user, now=now)
    board = keyboards.card(
        booking,
        can_change=to_come,
        can_come=to_come and asked,
        in_calendar=is_worth_a_file(booking, now=now),
        again=again and bool(selectors.services_again(booking=booking, most=MOST_SERVICES)),
        back=back or MyBookings(),
    )
    return Screen(texts.paragraphs(note, texts.card(booking, now=now, zone=user.time_zone)), board)


def _before_masters(choice: OfServices) -> CallbackData | None:
    """Where Back leads from the masters: the services, unless that step was skipped."""
    if len(choice.service_ids) > 1:
        return ChooseSeveral(services=choice.services)
    return ChooseService() if len(selectors.bookable_services()) > 1 else None


def _before_days(choice: OfServices) -> CallbackData | None:
    """Where Back leads from the days: the masters, unless that step was skipped."""
    if len(selectors.offer_terms(service_ids=choice.service_ids)) > 1:
        return ChooseMaster(services=choice.services)
    return _before_masters(choice)

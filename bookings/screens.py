"""The client's screens: each reads (or writes once) and says what to show. They run in a thread, language set."""

import datetime as dt

from aiogram.filters.callback_data import CallbackData
from django.conf import settings
from django.utils import timezone

from accounts import texts as people
from accounts.keyboards import keyboard, way_back
from accounts.models import User
from accounts.screens import Screen
from bookings import keyboards, selectors, services, texts
from bookings.callbacks import ChooseDay, ChooseMaster, ChooseService, ChooseTime, Confirm, Summary
from bookings.errors import ActiveBookingExists, BookingError, BookingNotFound, SlotTaken, SlotUnavailable
from bookings.models import Booking, BookingStatus, Service
from bookings.selectors import ANY_MASTER
from schedules.calendar import DayRange, horizon, local_day
from schedules.errors import TimeTaken, TooSoon
from schedules.selectors import Slot


def menu(user: User) -> Screen:
    return Screen(people.welcome(user), keyboards.menu())


def stale(_user: User) -> Screen:
    """The button is old, forged or from another version: say so and start afresh."""
    return Screen(people.old_button(), keyboards.menu())


def not_understood(_user: User) -> Screen:
    return Screen(people.not_understood(), keyboards.menu())


def choose_service(user: User) -> Screen:
    """The services; straight to the masters when there is one, to the card when the client is booked already."""
    active = selectors.active_booking(client=user, now=timezone.now())
    if active:
        return _card(active, note=texts.already_booked())
    offered = selectors.bookable_services()
    if not offered:
        return Screen(texts.nothing_offered(), keyboards.menu())
    if len(offered) == 1:
        return choose_master(user, ChooseMaster(service=offered[0].pk))
    return Screen(texts.choose_service(), keyboards.services(offered))


def choose_master(user: User, choice: ChooseMaster) -> Screen:
    """The masters of a service; straight to the days when there is one."""
    service = _service(choice.service)
    offers = selectors.offer_terms(service_id=choice.service)
    if service is None or not offers:
        return stale(user)
    if len(offers) == 1:
        return choose_day(user, ChooseDay(service=service.pk, master=offers[0].master_id))
    return Screen(texts.choose_master(service), keyboards.masters(service, offers, back=_before_masters()))


def choose_day(user: User, choice: ChooseDay) -> Screen:
    """The days that have a free slot, a page of them."""
    service = _service(choice.service)
    if service is None:
        return stale(user)
    back = _before_days(choice.service)
    dates = selectors.days_of(_slots(choice.service, choice.master, horizon(timezone.now())))
    if not dates:
        return Screen(texts.nothing_free(), keyboard(way_back(back)))
    if choice.page:
        back = ChooseDay(service=choice.service, master=choice.master, page=choice.page - 1)
    board = keyboards.days(service, choice.master, dates, page=choice.page, back=back)
    return Screen(texts.choose_day(service), board)


def choose_time(user: User, choice: ChooseTime) -> Screen:
    """The free times of a day."""
    service = _service(choice.service)
    if service is None:
        return stale(user)
    slots = _slots(choice.service, choice.master, DayRange(choice.date, choice.date))
    return _times(service, choice.master, choice.date, slots)


def summary(user: User, choice: Summary) -> Screen:
    """What would be booked; for any master, the one with the fewest visits that day."""
    service = _service(choice.service)
    if service is None:
        return stale(user)
    day = local_day(choice.starts_at)
    slots = _slots(choice.service, choice.master, DayRange(day, day))
    master_id = selectors.least_booked(slots, starts_at=choice.starts_at)
    terms = selectors.offer_terms(service_id=choice.service, master_id=master_id) if master_id else []
    if not terms:
        return _times(service, choice.master, day, slots, note=texts.refusal(_gone(choice.starts_at)))
    back = ChooseTime(service=service.pk, master=choice.master, day=day.toordinal())
    board = keyboards.summary(service, terms[0], choice.starts_at, pool=choice.master == ANY_MASTER, back=back)
    return Screen(texts.summary(service, terms[0], choice.starts_at), board)


def confirm(user: User, choice: Confirm) -> Screen:
    """Book, and show the card; or say why not and what is free instead."""
    try:
        booking = services.create_booking(
            client_id=user.pk,
            service_id=choice.service,
            master_id=choice.master,
            starts_at=choice.starts_at,
            idempotency_key=choice.key,
            now=timezone.now(),
        )
    except SlotUnavailable as error:
        return _fresh_times(user, choice, error)
    except ActiveBookingExists as error:
        return card(user, error.booking.pk, note=texts.refusal(error))
    except BookingError as error:
        return Screen(texts.refusal(error), keyboards.menu())
    return card(user, booking.pk)


def my_bookings(user: User) -> Screen:
    """The booking still to come, then the past ones."""
    now = timezone.now()
    active = selectors.active_booking(client=user, now=now)
    past = selectors.past_bookings(client=user, now=now)
    parts = [texts.card(active)] if active else []
    parts += [texts.past_visits(past)] if past else []
    return Screen("\n\n".join(parts) or texts.no_bookings(), keyboards.my_bookings(active))


def card(user: User, booking_id: int, *, note: str = "") -> Screen:
    booking = selectors.booking_of(client=user, booking_id=booking_id)
    return _card(booking, note=note) if booking else Screen(texts.refusal(BookingNotFound()), keyboards.menu())


def ask_cancel(user: User, booking_id: int) -> Screen:
    booking = selectors.booking_of(client=user, booking_id=booking_id)
    if booking is None or not _can_cancel(booking):
        return card(user, booking_id)
    return Screen(texts.ask_cancel(booking), keyboards.ask_cancel(booking))


def cancel(user: User, booking_id: int) -> Screen:
    """Cancel, and show the card as it is then."""
    try:
        services.cancel_booking(booking_id=booking_id, by=user, now=timezone.now())
    except BookingError as error:
        return card(user, booking_id, note=texts.refusal(error))
    return card(user, booking_id)


def _service(service_id: int) -> Service | None:
    return Service.objects.filter(pk=service_id, is_active=True).first()


def _slots(service_id: int, master_id: int, days: DayRange) -> list[Slot]:
    terms = selectors.offer_terms(service_id=service_id, master_id=master_id)
    return selectors.free_slots(terms=terms, days=days, now=timezone.now())


def _times(service: Service, master_id: int, date: dt.date, slots: list[Slot], *, note: str = "") -> Screen:
    moments = selectors.times_of(slots)
    words = texts.choose_time(service, date) if moments else texts.day_full()
    return Screen("\n\n".join(filter(None, [note, words])), keyboards.times(service, master_id, moments))


def _gone(starts_at: dt.datetime) -> SlotUnavailable:
    """Why a time that was on a button is free no more: it came too close, or somebody has it."""
    too_soon = starts_at - timezone.now() < dt.timedelta(minutes=settings.BOOKING_MIN_NOTICE_MINUTES)
    return SlotUnavailable(reason=TooSoon.code) if too_soon else SlotTaken(reason=TimeTaken.code)


def _fresh_times(user: User, choice: Confirm, error: SlotUnavailable) -> Screen:
    service = _service(choice.service)
    if service is None:
        return stale(user)
    master_id = ANY_MASTER if choice.pool else choice.master
    day = local_day(choice.starts_at)
    slots = _slots(choice.service, ANY_MASTER, DayRange(day, day)) if choice.pool else list(error.slots)
    return _times(service, master_id, day, slots, note=texts.refusal(error))


def _card(booking: Booking, *, note: str = "") -> Screen:
    words = "\n\n".join(filter(None, [note, texts.card(booking)]))
    return Screen(words, keyboards.card(booking, can_cancel=_can_cancel(booking)))


def _can_cancel(booking: Booking) -> bool:
    return booking.status == BookingStatus.CONFIRMED and booking.starts_at > timezone.now()


def _before_masters() -> CallbackData | None:
    """Where Back leads from the masters: the services, unless that step was skipped."""
    return ChooseService() if len(selectors.bookable_services()) > 1 else None


def _before_days(service_id: int) -> CallbackData | None:
    """Where Back leads from the days: the masters, unless that step was skipped."""
    if len(selectors.offer_terms(service_id=service_id)) > 1:
        return ChooseMaster(service=service_id)
    return _before_masters()

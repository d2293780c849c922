"""The client's screens: each reads (or writes once) and says what to show. They run in a thread, language set."""

import datetime as dt

from aiogram.filters.callback_data import CallbackData
from django.conf import settings
from django.utils import timezone

from accounts import texts as people
from accounts.actors import Actor
from accounts.errors import AccountError
from accounts.models import Channel, User
from accounts.screens import Screen
from bookings import keyboards, selectors, services, texts
from bookings.callbacks import ChooseDay, ChooseMaster, ChooseService, ChooseTime, Confirm, Summary
from bookings.desk.menus import menu_of, welcome_of
from bookings.errors import ActiveBookingExists, BookingError, BookingNotFound, SlotTaken, SlotUnavailable
from bookings.models import Booking, BookingStatus, CancelledBy, Service
from bookings.selectors import ANY_MASTER
from bookings.services.changing import check_active
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
        return choose_master(user, ChooseMaster(service=offered[0].pk))
    return Screen(texts.choose_service(), keyboards.services(offered))


def choose_master(user: User, choice: ChooseMaster) -> Screen:
    """The masters of a service; straight to the days when there is one."""
    service = find_service(choice.service)
    offers = selectors.offer_terms(service_ids=[choice.service])
    if service is None or not offers:
        return stale(user)
    if len(offers) == 1:
        return choose_day(user, ChooseDay(service=service.pk, master=offers[0].master_id))
    return Screen(texts.choose_master(service), keyboards.masters(service, offers, back=_before_masters()))


def choose_day(user: User, choice: ChooseDay) -> Screen:
    """The days that have a free slot, a page of them."""
    service = find_service(choice.service)
    if service is None:
        return stale(user)
    back = _before_days(choice.service)
    now = timezone.now()
    terms = selectors.offer_terms(service_ids=[choice.service], master_id=choice.master)
    dates = selectors.days_of(selectors.free_slots(terms=terms, days=horizon(now), now=now))
    full = selectors.full_days(terms=terms, days=horizon(now), free=dates, now=now)
    if choice.page:
        back = ChooseDay(service=choice.service, master=choice.master, page=choice.page - 1)
    board = keyboards.days(service, choice.master, dates, page=choice.page, back=back, some_full=bool(full))
    return Screen(texts.choose_day(service) if dates else texts.nothing_free(), board)


def choose_time(user: User, choice: ChooseTime, *, note: str = "") -> Screen:
    """The free times of a day."""
    service = find_service(choice.service)
    if service is None:
        return stale(user)
    slots = _slots(choice.service, choice.master, DayRange(choice.date, choice.date))
    return _times(user, service, choice.master, choice.date, slots, note=note)


def summary(user: User, choice: Summary) -> Screen:
    """What would be booked; for any master, the one with the fewest visits that day."""
    service = find_service(choice.service)
    if service is None:
        return stale(user)
    day = local_day(choice.starts_at)
    slots = _slots(choice.service, choice.master, DayRange(day, day))
    free = [slot.master_id for slot in slots if slot.starts_at == choice.starts_at]
    picked = selectors.fewest_visits_first(free, day=day)[:1]
    terms = selectors.offer_terms(service_ids=[choice.service], master_id=picked[0]) if picked else []
    if not terms:
        return _times(user, service, choice.master, day, slots, note=texts.refusal(gone(choice.starts_at)))
    back = ChooseTime(service=service.pk, master=choice.master, day=day.toordinal())
    board = keyboards.summary(service, terms[0], choice.starts_at, pool=choice.master == ANY_MASTER, back=back)
    return Screen(texts.summary(service, terms[0], choice.starts_at, user.time_zone), board)


def confirm(user: User, choice: Confirm) -> Screen:
    """Book, and show the card; or say why not and what is free instead."""
    try:
        booking = services.create_booking(
            client_id=user.pk,
            service_ids=[choice.service],
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
    lists = [waiting.waits(waits) if waits else "", texts.past_visits(past, zone) if past else ""]
    words = texts.paragraphs(to_come, *lists) or texts.no_bookings()
    hint = "" if user.phone or upcoming else texts.share_contact()
    return Screen(texts.paragraphs(note, words, hint), keyboards.my_bookings(upcoming, waits, now=now))


def card(user: User, booking_id: int, *, note: str = "") -> Screen:
    booking = selectors.booking_of(client=user, booking_id=booking_id)
    return _card(user, booking, note=note) if booking else Screen(texts.refusal(BookingNotFound()), keyboards.menu())


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


def find_service(service_id: int) -> Service | None:
    return Service.objects.filter(pk=service_id, is_active=True).first()


def _slots(service_id: int, master_id: int, days: DayRange) -> list[Slot]:
    terms = selectors.offer_terms(service_ids=[service_id], master_id=master_id)
    return selectors.free_slots(terms=terms, days=days, now=timezone.now())


def _times(user: User, service: Service, master_id: int, date: dt.date, slots: list[Slot], *, note: str = "") -> Screen:
    """The times; a day without any can be waited for, if somebody works on it."""
    moments = selectors.times_of(slots)
    if moments:
        words = texts.paragraphs(note, texts.choose_time(service, date, user.time_zone))
        return Screen(words, keyboards.times(service, master_id, moments))
    terms = selectors.offer_terms(service_ids=[service.pk], master_id=master_id)
    full = selectors.full_days(terms=terms, days=DayRange(date, date), free=[], now=timezone.now())
    board = keyboards.times(service, master_id, [], wait_for=date if full else None)
    return Screen(texts.paragraphs(note, texts.day_full()), board)


def gone(starts_at: dt.datetime) -> SlotUnavailable:
    """Why a time that was on a button is free no more: it came too close, or somebody has it."""
    too_soon = starts_at - timezone.now() < dt.timedelta(minutes=settings.BOOKING_MIN_NOTICE_MINUTES)
    return SlotUnavailable(reason=TooSoon.code) if too_soon else SlotTaken(reason=TimeTaken.code)


def _fresh_times(user: User, choice: Confirm, error: SlotUnavailable) -> Screen:
    service = find_service(choice.service)
    if service is None:
        return stale(user)
    master_id = ANY_MASTER if choice.pool else choice.master
    day = local_day(choice.starts_at)
    slots = _slots(choice.service, ANY_MASTER, DayRange(day, day)) if choice.pool else list(error.slots)
    return _times(user, service, master_id, day, slots, note=texts.refusal(error))


def _card(user: User, booking: Booking, *, note: str = "") -> Screen:
    now = timezone.now()
    to_come = booking.status == BookingStatus.CONFIRMED and booking.starts_at > now
    asked = booking.asked_at is not None and booking.confirm_by is not None and booking.confirmed_at is None
    words = texts.paragraphs(note, texts.card(booking, now=now, zone=user.time_zone))
    return Screen(words, keyboards.card(booking, can_change=to_come, can_come=to_come and asked))


def _before_masters() -> CallbackData | None:
    """Where Back leads from the masters: the services, unless that step was skipped."""
    return ChooseService() if len(selectors.bookable_services()) > 1 else None


def _before_days(service_id: int) -> CallbackData | None:
    """Where Back leads from the days: the masters, unless that step was skipped."""
    if len(selectors.offer_terms(service_ids=[service_id])) > 1:
        return ChooseMaster(service=service_id)
    return _before_masters()

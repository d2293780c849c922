"""Screens of a booking by hand: services, day, time, the name and perhaps the phone. They run in a thread."""

import datetime as dt
import secrets
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from accounts.callbacks import Answer
from accounts.errors import PhoneInvalid
from accounts.expectations import expect_input
from accounts.keyboards import keyboard
from accounts.models import ExpectedInput
from accounts.screens import Screen
from bookings import services
from bookings import texts as shared
from bookings.callbacks import MOST_SERVICES, pack_services, unpack_services
from bookings.desk import callbacks, choice, keyboards, schedule, selectors, texts
from bookings.desk.seats import Desk
from bookings.errors import NameRequired, ServiceUnavailable, SlotUnavailable
from bookings.models import Service
from bookings.rules import checked_name
from bookings.selectors import OfferTerms, services_of
from bookings.several import texts as several
from schedules.calendar import DayRange, from_minute, local_day
from schedules.errors import MasterUnavailable

NAME, PHONE = "visitor_name", "visitor_phone"


def choose_service(desk: Desk, _tapped: callbacks.New) -> Screen:
    """What the master does; straight to the days when that is one thing."""
    if not desk.master.is_active:
        raise MasterUnavailable(master_ids=[desk.master.pk])
    offered = selectors.offered_services(desk.master)
    ways = choice.ways_out(desk, "new")
    if not offered:
        return Screen(texts.nothing_offered(own=desk.is_own), keyboard(*ways))
    if len(offered) == 1:
        return choose_day(desk, callbacks.NewDays(services=pack_services([offered[0].pk]), master=desk.master.pk))
    return Screen(texts.choose_service(), keyboards.services(desk, offered, ways=ways))


def choose_several(desk: Desk, tapped: callbacks.NewSeveral) -> Screen:
    """Tick what is done in one visit; what is ticked, and what it comes to."""
    ticked, terms = _terms(desk, tapped.service_ids) if tapped.service_ids else ([], None)
    offered = selectors.offered_services(desk.master)
    board = keyboards.several(desk, offered, tapped.service_ids)
    more = len(ticked) < min(len(offered), MOST_SERVICES)
    return Screen(several.choose_several(ticked, [terms] if terms else [], more=more), board)


def choose_day(desk: Desk, tapped: callbacks.NewDays) -> Screen:
    chosen, terms = _terms(desk, tapped.service_ids)
    starts = selectors.starts_for(desk.master, terms.taken_minutes, now=timezone.now())
    dates = list(dict.fromkeys(map(local_day, starts)))
    back = _before_days(desk, tapped)
    if not dates:
        return Screen(texts.nothing_free(own=desk.is_own), keyboards.only_back(back))
    board = keyboards.days(
        dates,
        lambda date: callbacks.NewTimes(services=tapped.services, master=desk.master.pk, day=date.toordinal()),
        lambda page: callbacks.NewDays(services=tapped.services, master=desk.master.pk, page=page),
        page=tapped.page,
        back=back,
    )
    return Screen(shared.choose_day(chosen), board)


def choose_time(desk: Desk, tapped: callbacks.NewTimes) -> Screen:
    return _times(desk, tapped.service_ids, dt.date.fromordinal(tapped.day))


def ask_name(desk: Desk, tapped: callbacks.NewName) -> Screen:
    """Open the question for whom the time is."""
    data = {
        "master": desk.master.pk,
        "services": tapped.services,
        "minute": tapped.minute,
        "key": secrets.token_urlsafe(6),
    }
    return _ask_name(desk, data)


def name_given(desk: Desk, question: ExpectedInput, words: str | None, message_id: int) -> Screen:
    """Go on to the phone; without a name the question stays open."""
    data = question.data
    try:
        name = checked_name(words or "")
    except NameRequired as error:
        return _ask_name(desk, data, note=shared.refusal(error) if words is not None else texts.only_words())
    return _ask_phone(desk, data | {"name": name, "said": message_id})


def phone_given(desk: Desk, question: ExpectedInput, words: str | None, message_id: int) -> Screen:
    """Book; a phone that is none leaves the question open. A name that is delivered again is no phone."""
    if question.data["said"] == message_id:
        return _ask_phone(desk, question.data)
    if words is None:
        return _ask_phone(desk, question.data, note=texts.only_words())
    try:
        return _book(desk, question.data, phone=words.strip() or "?")
    except PhoneInvalid as error:
        return _ask_phone(desk, question.data, note=shared.refusal(error))


def without_phone(desk: Desk, question: ExpectedInput) -> Screen:
    return _book(desk, question.data, phone="")


def is_answered(question: ExpectedInput | None, answer: Answer) -> bool:
    """Whether the button belongs to the question for a phone that is open."""
    return question is not None and question.step == PHONE and question.data["key"] == answer.key


def _book(desk: Desk, data: dict[str, Any], *, phone: str) -> Screen:
    service_ids, starts_at = unpack_services(data["services"]), from_minute(data["minute"])
    try:
        booking = services.create_manual_booking(
            master_id=desk.master.pk,
            service_ids=service_ids,
            starts_at=starts_at,
            name=data["name"],
            phone=phone,
            idempotency_key=data["key"],
            by=desk.by,
            now=timezone.now(),
        )
    except SlotUnavailable as error:
        return _times(desk, service_ids, local_day(starts_at), note=shared.refusal(error))
    return schedule.visit(desk, callbacks.Visit(booking=booking.pk), note=texts.booked())


def _ask_name(desk: Desk, data: dict[str, Any], *, note: str = "") -> Screen:
    chosen, _offered = _terms(desk, unpack_services(data["services"]))
    expect_input(user_id=desk.user.pk, step=NAME, data=data, now=timezone.now())
    starts_at = from_minute(data["minute"])
    day = local_day(starts_at).toordinal()
    back = callbacks.NewTimes(services=data["services"], master=desk.master.pk, day=day)
    return Screen(shared.paragraphs(note, texts.ask_name(chosen, starts_at)), keyboards.only_back(back))


def _ask_phone(desk: Desk, data: dict[str, Any], *, note: str = "") -> Screen:
    expect_input(user_id=desk.user.pk, step=PHONE, data=data, now=timezone.now())
    words = shared.paragraphs(note, texts.ask_phone(data["name"]))
    return Screen(words, keyboards.without_phone(data["key"]))


def _times(desk: Desk, service_ids: Sequence[int], date: dt.date, *, note: str = "") -> Screen:
    chosen, terms = _terms(desk, service_ids)
    days, packed = DayRange(date, date), pack_services(service_ids)
    starts = selectors.starts_for(desk.master, terms.taken_minutes, days=days, now=timezone.now())
    board = keyboards.times(
        starts,
        lambda minute: callbacks.NewName(services=packed, master=desk.master.pk, minute=minute),
        back=callbacks.NewDays(services=packed, master=desk.master.pk),
    )
    words = shared.choose_time(chosen, date, "") if starts else shared.day_full()
    return Screen(shared.paragraphs(note, words), board)


def _before_days(
    desk: Desk, tapped: callbacks.NewDays
) -> callbacks.NewSeveral | callbacks.New | callbacks.Whose | None:
    """Where Back leads from the days: the ticks, the services, or what comes before when there is one service."""
    if len(tapped.service_ids) > 1:
        return callbacks.NewSeveral(services=tapped.services, master=desk.master.pk)
    if len(selectors.offered_services(desk.master)) > 1:
        return callbacks.New(master=desk.master.pk)
    return choice.back_to(desk, "new")


def _terms(desk: Desk, service_ids: Sequence[int]) -> tuple[list[Service], OfferTerms]:
    """The services, and what the master does them for; ServiceUnavailable when they don't do all of them."""
    terms = selectors.terms_of(desk.master, service_ids)
    if terms is None:
        raise ServiceUnavailable(service_ids=list(service_ids), master_id=desk.master.pk)
    return services_of(service_ids=service_ids), terms

"""Screens of a booking by hand: service, day, time, the name and perhaps the phone. They run in a thread."""

import datetime as dt
import secrets

from django.utils import timezone

from accounts import texts as people
from accounts.callbacks import Answer
from accounts.errors import PhoneInvalid
from accounts.expectations import expect_input
from accounts.models import ExpectedInput
from accounts.screens import Screen
from bookings import services
from bookings import texts as shared
from bookings.desk import callbacks, keyboards, schedule, selectors, texts
from bookings.desk.access import Desk
from bookings.errors import NameRequired, ServiceUnavailable, SlotUnavailable
from bookings.models import Service
from bookings.rules import checked_name
from schedules.calendar import DayRange, from_minute, local_day

NAME, PHONE = "walk_in_name", "walk_in_phone"


def choose_service(desk: Desk) -> Screen:
    """What the master does; straight to the days when that is one thing."""
    offered = selectors.offered_services(desk.master)
    if not offered:
        return Screen(texts.nothing_offered(), keyboards.only_back())
    if len(offered) == 1:
        return choose_day(desk, callbacks.NewDays(service=offered[0].pk))
    return Screen(texts.choose_service(), keyboards.services(offered))


def choose_day(desk: Desk, choice: callbacks.NewDays) -> Screen:
    service, taken = _service(desk, choice.service)
    starts = selectors.starts_for(desk.master, taken, now=timezone.now())
    dates = list(dict.fromkeys(map(local_day, starts)))
    if not dates:
        return Screen(texts.nothing_free(), keyboards.only_back(callbacks.New()))
    board = keyboards.days(
        dates,
        lambda date: callbacks.NewTimes(service=service.pk, day=date.toordinal()),
        lambda page: callbacks.NewDays(service=service.pk, page=page),
        page=choice.page,
        back=callbacks.New(),
    )
    return Screen(texts.choose_day(service), board)


def choose_time(desk: Desk, choice: callbacks.NewTimes) -> Screen:
    return _times(desk, choice.service, dt.date.fromordinal(choice.day))


def ask_name(desk: Desk, choice: callbacks.NewName) -> Screen:
    """Open the question for whom the time is."""
    service, _taken = _service(desk, choice.service)
    data = {"service": service.pk, "minute": choice.minute, "key": secrets.token_urlsafe(6)}
    return _ask_name(desk, service, data)


def name_given(desk: Desk, words: str | None, message_id: int, question: ExpectedInput) -> Screen:
    """Go on to the phone; without a name the question stays open."""
    data = question.data
    try:
        name = checked_name(words or "")
    except NameRequired as error:
        service, _taken = _service(desk, data["service"])
        note = shared.refusal(error) if words is not None else texts.only_words()
        return _ask_name(desk, service, data, note=note)
    return _ask_phone(desk, data | {"name": name, "said": message_id})


def phone_given(desk: Desk, words: str | None, message_id: int, question: ExpectedInput) -> Screen:
    """Book; a phone that is none leaves the question open. A name that is delivered again is no phone."""
    if question.data["said"] == message_id:
        return _ask_phone(desk, question.data)
    if words is None:
        return _ask_phone(desk, question.data, note=texts.only_words())
    try:
        return _book(desk, question, phone=words.strip() or "?")
    except PhoneInvalid as error:
        return _ask_phone(desk, question.data, note=shared.refusal(error))


def without_phone(desk: Desk, answer: Answer, question: ExpectedInput | None) -> Screen:
    """Book without a phone; what was booked by this button before is shown again."""
    if question is not None and question.step == PHONE and question.data["key"] == answer.key:
        return _book(desk, question, phone="")
    booked = selectors.visit_by_key(desk.master, answer.key)
    if booked is not None:
        return schedule.card(booked, note=texts.booked())
    return Screen(people.old_button(), keyboards.menu())


def _book(desk: Desk, question: ExpectedInput, *, phone: str) -> Screen:
    data = question.data
    try:
        booking = services.create_manual_booking(
            master_id=desk.master.pk,
            service_ids=[data["service"]],
            starts_at=from_minute(data["minute"]),
            name=data["name"],
            phone=phone,
            idempotency_key=data["key"],
            by=desk.by,
            now=timezone.now(),
        )
    except SlotUnavailable as error:
        day = local_day(from_minute(data["minute"]))
        return _times(desk, data["service"], day, note=shared.refusal(error))
    visit = selectors.visit_of(desk.master, booking.pk) or booking
    return schedule.card(visit, note=texts.booked())


def _ask_name(desk: Desk, service: Service, data: dict[str, object], *, note: str = "") -> Screen:
    expect_input(user_id=desk.user.pk, step=NAME, data=data, now=timezone.now())
    starts_at = from_minute(int(str(data["minute"])))
    back = callbacks.NewTimes(service=service.pk, day=local_day(starts_at).toordinal())
    words = shared.paragraphs(note, texts.ask_name(service, starts_at))
    return Screen(words, keyboards.only_back(back))


def _ask_phone(desk: Desk, data: dict[str, object], *, note: str = "") -> Screen:
    expect_input(user_id=desk.user.pk, step=PHONE, data=data, now=timezone.now())
    words = shared.paragraphs(note, texts.ask_phone(str(data["name"])))
    return Screen(words, keyboards.without_phone(str(data["key"])))


def _times(desk: Desk, service_id: int, date: dt.date, *, note: str = "") -> Screen:
    service, taken = _service(desk, service_id)
    starts = selectors.starts_for(desk.master, taken, days=DayRange(date, date), now=timezone.now())
    board = keyboards.times(
        starts,
        lambda minute: callbacks.NewName(service=service.pk, minute=minute),
        back=callbacks.NewDays(service=service.pk),
    )
    words = texts.choose_time(service, date) if starts else shared.day_full()
    return Screen(shared.paragraphs(note, words), board)


def _service(desk: Desk, service_id: int) -> tuple[Service, int]:
    """The service, and the minutes that the master takes for it; ServiceUnavailable when they don't offer it."""
    terms = selectors.terms_of(desk.master, service_id)
    if terms is None:
        raise ServiceUnavailable(service_ids=[service_id], master_id=desk.master.pk)
    return Service.objects.get(pk=service_id), terms.taken_minutes

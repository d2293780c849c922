"""Forms of staff about bookings. A service has the last word, and what it refuses stands by its field."""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime, AdminTextareaWidget, AdminTextInputWidget
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts import phones
from accounts.actors import Actor
from accounts.errors import AccountError, PhoneInvalid
from bookings.admin import texts
from bookings.errors import (
    BookingError,
    BookingsInTheWay,
    NameRequired,
    NoTimeToOffer,
    ReasonRequired,
    ReasonTooLong,
    ServiceUnavailable,
    SlotUnavailable,
)
from bookings.models import Booking, Service
from bookings.rules import MOST_SERVICES, checked_name, checked_reason
from bookings.services import (
    Conflicts,
    TimeOff,
    cancel_booking,
    create_manual_booking,
    mark_no_show,
    reschedule_booking,
    take_time_off,
)
from schedules.errors import InvalidRange, MasterUnavailable, PastDay, ScheduleError
from schedules.models import Master

REFUSALS = (AccountError, BookingError, ScheduleError)


@contextmanager
def in_words() -> Iterator[None]:
    """A refusal becomes the error of the field that is being cleaned."""
    try:
        yield
    except REFUSALS as error:
        raise ValidationError(texts.refused(error)) from error


class ServiceForm(forms.Form):
    """Filled in by staff and done by one service. `beside` says at which field each of its refusals stands."""

    beside: ClassVar[Mapping[type[Exception], str]] = {}

    def saved(self, *, by: Actor, now: dt.datetime) -> bool:
        """Whether the service did it: then `done` is what it returned; else the form has an error, and nothing is."""
        if not self.is_valid():
            return False
        try:
            self.done = self.call(by=by, now=now)
        except REFUSALS as error:
            field = next((name for kind, name in self.beside.items() if isinstance(error, kind)), None)
            self.add_error(field, ValidationError(texts.refused(error), code=error.code))
            return False
        return True

    def call(self, *, by: Actor, now: dt.datetime) -> Any:
        """The one call of the service, with what was filled in."""
        raise NotImplementedError


def _moment(label: Any) -> forms.SplitDateTimeField:
    """A day and a time by the shop's clock."""
    return forms.SplitDateTimeField(label=capfirst(label), widget=AdminSplitDateTime)


def _text(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(label=capfirst(label), **{"widget": AdminTextInputWidget} | options)


class ManualBookingForm(ServiceForm):
    """Sent twice as it is, it is one booking; sent again with something changed, it is another one."""

    beside = {
        SlotUnavailable: "starts_at",
        ServiceUnavailable: "services",
        NameRequired: "name",
        PhoneInvalid: "phone",
    }

    master = forms.ModelChoiceField(Master.objects.filter(is_active=True), label=capfirst(_("master")))
    services = forms.ModelMultipleChoiceField(
        Service.objects.filter(is_active=True),
        label=capfirst(_("services")),
        widget=forms.CheckboxSelectMultiple,
    )
    starts_at = _moment(_("when"))
    name = _text(_("name"))
    phone = _text(_("phone"), required=False)
    key = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def clean_services(self) -> "QuerySet[Service]":
        services: QuerySet[Service] = self.cleaned_data["services"]
        if len(services) > MOST_SERVICES:
            raise ValidationError(texts.too_many_services())
        return services

    def clean_name(self) -> str:
        with in_words():
            return checked_name(self.cleaned_data["name"])

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        with in_words():
            return phones.clean_phone(phone) if phone else ""

    def call(self, *, by: Actor, now: dt.datetime) -> Booking:
        values = self.cleaned_data
        wish: dict[str, Any] = {
            "master_id": values["master"].pk,
            "service_ids": [service.pk for service in values["services"]],
            "starts_at": values["starts_at"],
            "name": values["name"],
            "phone": values["phone"],
        }
        key = uuid.uuid5(values["key"], repr(sorted(wish.items()))).hex
        return create_manual_booking(**wish, idempotency_key=key, by=by, now=now)


class _OfBookingForm(ServiceForm):
    def __init__(self, *args: Any, booking: Booking, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.booking = booking


class CancelForm(_OfBookingForm):
    beside = {ReasonRequired: "reason", ReasonTooLong: "reason"}

    reason = _text(_("reason"), widget=AdminTextareaWidget, help_text=_("The client gets to read it."))

    def clean_reason(self) -> str:
        with in_words():
            return checked_reason(self.cleaned_data["reason"], required=True)

    def call(self, *, by: Actor, now: dt.datetime) -> Booking:
        return cancel_booking(booking_id=self.booking.pk, by=by, reason=self.cleaned_data["reason"], now=now)


class MoveForm(_OfBookingForm):
    beside = {SlotUnavailable: "starts_at"}

    starts_at = _moment(_("when"))

    def __init__(self, *args: Any, booking: Booking, **kwargs: Any) -> None:
        super().__init__(*args, booking=booking, initial={"starts_at": booking.starts_at}, **kwargs)

    def call(self, *, by: Actor, now: dt.datetime) -> Booking:
        return reschedule_booking(booking_id=self.booking.pk, starts_at=self.cleaned_data["starts_at"], by=by, now=now)


class NoShowForm(_OfBookingForm):
    """Nothing to fill in: a question with a button."""

    def call(self, *, by: Actor, now: dt.datetime) -> Booking:
        return mark_no_show(booking_id=self.booking.pk, by=by, now=now)


class TimeOffForm(ServiceForm):
    beside = {
        BookingsInTheWay: "conflicts",
        NoTimeToOffer: "conflicts",
        ReasonRequired: "cancel_reason",
        InvalidRange: "ends_at",
        PastDay: "ends_at",
        MasterUnavailable: "master",
    }

    master = forms.ModelChoiceField(Master.objects.all(), label=capfirst(_("master")))
    starts_at = _moment(_("from"))
    ends_at = _moment(_("until"))
    reason = _text(_("reason"), required=False)
    conflicts = forms.TypedChoiceField(
        label=_("Bookings in the way"),
        choices=[
            (Conflicts.STEP_BACK.value, _("change nothing, and list them")),
            (Conflicts.CANCEL.value, _("cancel all of them")),
            (Conflicts.MOVE.value, _("offer each another time")),
        ],
        coerce=Conflicts,
        initial=Conflicts.STEP_BACK.value,
        widget=forms.RadioSelect,
    )
    cancel_reason = _text(
        _("reason of the cancellations"),
        required=False,
        widget=AdminTextareaWidget,
        help_text=_("The clients get to read it."),
    )

    def clean_reason(self) -> str:
        with in_words():
            return checked_reason(self.cleaned_data["reason"], required=False)

    def clean_cancel_reason(self) -> str:
        with in_words():
            return checked_reason(self.cleaned_data["cancel_reason"], required=False)

    def call(self, *, by: Actor, now: dt.datetime) -> TimeOff:
        values = self.cleaned_data
        return take_time_off(
            master_id=values["master"].pk,
            starts_at=values["starts_at"],
            ends_at=values["ends_at"],
            reason=values["reason"],
            conflicts=values["conflicts"],
            cancel_reason=values["cancel_reason"],
            by=by,
            now=now,
        )

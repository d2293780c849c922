"""Forms of staff about schedules. They ask the rules that the services ask, so that a refusal stands by its field."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from schedules import texts
from schedules.errors import InvalidHours, MasterUnavailable, ScheduleError
from schedules.hours import check_day, check_lunch, checked_cycle, checked_hours
from schedules.models import Lunch, Master, Rota, Shift


class _AskingForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs only
    """Its rules are the service's: the table's constraints would say them again, without words for people.

    That a row from this day is there already is no error either: the service puts the new one in its place.
    """

    def _get_validation_exclusions(self) -> set[str]:
        return set(self.fields)

    @contextmanager
    def asking(self, field: str) -> Iterator[None]:
        """A refusal becomes the error of the field that it names, or else of this one."""
        try:
            yield
        except ScheduleError as error:
            self.add_error(error.data.get("field", field), texts.refusal(error))

    def require(self, *names: str) -> None:
        """An error at each of these fields that is empty."""
        for name in names:
            if self.cleaned_data.get(name) is None and name not in self.errors:
                self.add_error(name, ValidationError(self.fields[name].error_messages["required"], code="required"))


class MasterForm(forms.ModelForm):  # type: ignore[type-arg] # generic in the stubs only
    class Meta:
        model = Master
        fields = ["user", "name", "is_active"]

    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        if not user.is_active:
            raise ValidationError(texts.refusal(MasterUnavailable()))
        return user


class RotaForm(_AskingForm):
    class Meta:
        model = Rota
        fields = ["master", "from_day", "one_day", "cycle_days", "cycle_anchor"]
        help_texts = {"one_day": _("The cycle is left empty then; a day without shifts is a day off.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"cycle_days", "cycle_anchor"} & self.fields.keys():  # none when the page only shows
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("from_day"):
            with self.asking("from_day"):
                check_day(values["from_day"], now=timezone.now())
        if values.get("one_day"):
            values |= {"cycle_days": 1, "cycle_anchor": values.get("from_day")}
        else:
            self.require("cycle_days", "cycle_anchor")
        if values.get("cycle_days") is not None:
            with self.asking("cycle_days"):
                checked_cycle(values["cycle_days"], {})
        return values


class ShiftForm(_AskingForm):
    class Meta:
        model = Shift
        fields = ["cycle_day", "starts", "ends"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "cycle_day" in self.fields:
            self.fields["cycle_day"].required = False

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("starts") and values.get("ends"):
            with self.asking("starts"):
                checked_hours([(values["starts"], values["ends"])])
        return values


class ShiftFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg] # generic in the stubs only
    """A rota's shifts; once it is valid, `hours` is what the service takes."""

    def clean(self) -> None:
        self.hours: dict[int, list[Any]] = defaultdict(list)
        for form in self.forms:
            if not form.has_changed() or not isinstance(form, ShiftForm):
                continue
            if self.instance.one_day and form.cleaned_data.get("cycle_day") is None:
                form.cleaned_data["cycle_day"] = 0
            form.require("cycle_day")
            if form.is_valid():
                self._add(form)

    def _add(self, form: ShiftForm) -> None:
        day, stretch = form.cleaned_data["cycle_day"], (form.cleaned_data["starts"], form.cleaned_data["ends"])
        try:
            checked_cycle(self.instance.cycle_days, {day: [*self.hours[day], stretch]})
        except InvalidHours as error:
            if error.data["field"] in form.fields:  # the rota's own fields are its form's
                form.add_error(error.data["field"], texts.refusal(error))
        else:
            self.hours[day].append(stretch)


class LunchForm(_AskingForm):
    class Meta:
        model = Lunch
        fields = ["master", "from_day", "one_day", "starts", "ends"]
        help_texts = {"starts": _("Without hours there is no lunch.")}

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("from_day"):
            with self.asking("from_day"):
                check_day(values["from_day"], now=timezone.now())
        if values.get("starts") or values.get("ends"):
            self.require("starts", "ends")
        if values.get("starts") and values.get("ends"):
            with self.asking("starts"):
                check_lunch((values["starts"], values["ends"]))
        return values

"""Masters and when they work, as staff change them: every form saves by a service."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.errors import AccountError
from accounts.models import Channel
from schedules import texts
from schedules.errors import ScheduleError
from schedules.forms import LunchForm, MasterForm, RotaForm, ShiftForm, ShiftFormSet
from schedules.models import Lunch, Master, Rota, Shift
from schedules.services import (
    ScheduleChange,
    clear_day_hours,
    create_master,
    set_day_hours,
    set_lunch,
    set_rota,
    update_master,
)


class ByServiceAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # generic in the stubs only
    """Saved by a service, which has the last word: what it refuses then is said on the form, and nothing is kept."""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().changeform_view(request, *args, **kwargs)
        except (ScheduleError, AccountError) as error:
            self.message_user(request, texts.refusal(error), messages.ERROR)
            return redirect(request.get_full_path())


class FromADayAdmin(ByServiceAdmin):
    """What is in force from a day on: a change is a new row, and what was in force stays to be looked at."""

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def say_what_is_in_the_way(self, request: HttpRequest, *changes: ScheduleChange) -> None:
        """A warning, when bookings are in the way of what was done."""
        if moments := [block.during.lower for change in changes for block in change.in_the_way]:
            self.message_user(request, texts.in_the_way(moments), messages.WARNING)


@admin.register(Master)
class MasterAdmin(ByServiceAdmin):
    form = MasterForm
    list_display = ["id", "name", "user", "is_active"]
    list_display_links = ["name"]
    list_filter = ["is_active"]
    list_select_related = ["user"]
    search_fields = ["name"]
    autocomplete_fields = ["user"]

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[Any]:
        return ["user", "name", "is_active"] if obj else ["user", "name"]

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> list[str]:
        return ["user"] if obj else []

    def save_model(self, request: HttpRequest, obj: Master, form: Any, change: bool) -> None:  # noqa: FBT001
        by = _actor(request)
        if change:
            update_master(master_id=obj.pk, name=obj.name, is_active=obj.is_active, by=by)
        else:
            obj.pk = create_master(user_id=obj.user_id, name=obj.name, by=by).pk


class ShiftInline(admin.TabularInline):  # type: ignore[type-arg] # generic in the stubs only
    """Made and seen with the rota, by whoever may make or see one."""

    model = Shift
    form = ShiftForm
    formset = ShiftFormSet
    extra = 7
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return obj is None and request.user.has_perm("schedules.add_rota")

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.has_perm("schedules.view_rota")


@admin.register(Rota)
class RotaAdmin(FromADayAdmin):
    form = RotaForm
    list_display = ["from_day", "master", "one_day", "cycle_days", "hours"]
    list_filter = ["one_day", "master"]
    list_select_related = ["master"]
    ordering = ["-from_day", "master__name", "-one_day", "id"]
    inlines = [ShiftInline]
    actions = ["let_the_cycle_decide"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Rota]":
        return super().get_queryset(request).prefetch_related("shifts")

    @admin.display(description=_("shifts"))
    def hours(self, rota: Rota) -> str:
        return texts.cycle((shift.cycle_day, shift.starts, shift.ends) for shift in rota.shifts.all())

    @admin.action(description=_("Let the cycle decide about these single days again"), permissions=["add"])
    def let_the_cycle_decide(self, request: HttpRequest, queryset: "QuerySet[Rota]") -> None:
        """All of them or, when one is refused, none."""
        days = list(queryset.filter(one_day=True).values_list("master_id", "from_day").order_by("master_id"))
        by, now = _actor(request), timezone.now()
        try:
            with transaction.atomic():
                changes = [clear_day_hours(master_id=master_id, day=day, by=by, now=now) for master_id, day in days]
        except (ScheduleError, AccountError) as error:
            self.message_user(request, texts.refusal(error), messages.ERROR)
            return
        self.message_user(request, texts.cleared(len(days)))
        self.say_what_is_in_the_way(request, *changes)

    def save_model(self, request: HttpRequest, obj: Rota, form: Any, change: bool) -> None:  # noqa: FBT001
        """Not without its shifts, which come below."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        rota: Rota = form.instance
        who: dict[str, Any] = {"master_id": rota.master_id, "by": _actor(request), "now": timezone.now()}
        hours = next(formset.hours for formset in formsets)
        if rota.one_day:
            made = set_day_hours(day=rota.from_day, hours=hours[0], **who)
        else:
            made = set_rota(
                from_day=rota.from_day,
                cycle_days=rota.cycle_days,
                cycle_anchor=rota.cycle_anchor,
                hours=hours,
                **who,
            )
        rota.pk = Rota.objects.get(master=rota.master_id, one_day=rota.one_day, from_day=rota.from_day).pk
        self.say_what_is_in_the_way(request, made)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:  # noqa: FBT001, FBT002
        """The shifts were saved by the service: their formset doesn't know."""
        return super().construct_change_message(request, form, [], add)


@admin.register(Lunch)
class LunchAdmin(FromADayAdmin):
    form = LunchForm
    list_display = ["from_day", "master", "one_day", "starts", "ends"]
    list_filter = ["one_day", "master"]
    list_select_related = ["master"]
    ordering = ["-from_day", "master__name", "-one_day", "id"]

    def save_model(self, request: HttpRequest, obj: Lunch, form: Any, change: bool) -> None:  # noqa: FBT001
        made = set_lunch(
            master_id=obj.master_id,
            lunch=(obj.starts, obj.ends) if obj.starts and obj.ends else None,
            from_day=obj.from_day,
            one_day=obj.one_day,
            by=_actor(request),
            now=timezone.now(),
        )
        obj.pk = Lunch.objects.get(master=obj.master_id, one_day=obj.one_day, from_day=obj.from_day).pk
        self.say_what_is_in_the_way(request, made)


def _actor(request: HttpRequest) -> Actor:
    return Actor(request.user.pk, Channel.ADMIN)

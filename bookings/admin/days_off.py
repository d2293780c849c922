"""Time off of every master: given by a form, taken back by an action. What is booked then has its say first."""

import datetime as dt
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.admin import texts
from bookings.admin.forms import REFUSALS, TimeOffForm
from bookings.admin.pages import FormPagesAdmin, actor, sent
from bookings.services import TimeOff, take_back_time_off
from schedules.models import AvailabilityBlock, BlockKind


class MasterFilter(admin.RelatedFieldListFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("master")


@admin.register(AvailabilityBlock)
class TimeOffAdmin(FormPagesAdmin):
    """Of the blocks, those that are time off: every other kind belongs to something that has a page of its own."""

    fields = ["who", "begins", "ends", "why"]
    readonly_fields = ["who", "begins", "ends", "why"]
    list_display = ["id", "who", "begins", "ends", "why"]
    list_filter = [("master", MasterFilter)]
    list_select_related = ["master"]
    ordering = ["-starts_at", "master__name"]
    search_fields = ["reason"]
    actions = ["take_back"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[AvailabilityBlock]":
        return super().get_queryset(request).filter(kind=BlockKind.TIME_OFF)

    @admin.display(description=_("master"), ordering="master__name")
    def who(self, block: AvailabilityBlock) -> str:
        return block.master.name

    @admin.display(description=_("from"), ordering="starts_at")
    def begins(self, block: AvailabilityBlock) -> dt.datetime:
        begins: dt.datetime = block.during.lower
        return begins

    @admin.display(description=_("until"))
    def ends(self, block: AvailabilityBlock) -> dt.datetime:
        ends: dt.datetime = block.during.upper
        return ends

    @admin.display(description=_("reason"))
    def why(self, block: AvailabilityBlock) -> str:
        return block.reason

    @admin.action(description=_("Take back"), permissions=["run"])
    def take_back(self, request: HttpRequest, queryset: "QuerySet[AvailabilityBlock]") -> None:
        """Each by itself: what is refused of one is said, and the others are taken back."""
        by, now, given_back = actor(request), timezone.now(), 0
        for block in queryset.order_by("starts_at", "pk"):
            begins, ends = block.during.lower, block.during.upper
            try:
                take_back_time_off(master_id=block.master_id, starts_at=begins, ends_at=ends, by=by, now=now)
            except REFUSALS as error:
                self.say(request, texts.not_taken_back(block, error), messages.ERROR)
            else:
                given_back += 1
        if given_back:
            self.say(request, texts.taken_back(given_back))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Time off, and what becomes of the bookings in the way."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = TimeOffForm(sent(request))
        page = self.form_page(request, form, title=_("Day off"))
        return page or self._given(request, form.done)

    def _given(self, request: HttpRequest, made: TimeOff) -> HttpResponse:
        self.say(request, texts.day_off_given())
        if made.cancelled:
            self.say(request, texts.cancelled_for_it(len(made.cancelled)))
        if made.offers:
            self.say(request, texts.offered_for_it(len(made.offers)))
        if made.to_call:
            self.say(request, texts.to_call(made.to_call), messages.WARNING)
        return self.redirect_to_list(request)

"""Bookings: looked at as rows; made, moved, cancelled and marked as missed by the services."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.admin import texts
from bookings.admin.forms import REFUSALS, CancelForm, ManualBookingForm, MoveForm, NoShowForm
from bookings.admin.pages import FormPagesAdmin, actor, sent
from bookings.models import Booking, BookingService, BookingStatus
from bookings.services import mark_no_show

# What may be done to one booking: the end of the address, and what it is called.
CANCEL, MOVE, NO_SHOW = "cancel", "move", "no-show"
TITLES = {CANCEL: _("Cancel with reason"), MOVE: _("Reschedule"), NO_SHOW: _("No-show")}


class BookingLineInline(admin.TabularInline):  # type: ignore[type-arg] # generic in the stubs only
    model = BookingService
    extra = 0
    can_delete = False


@admin.register(Booking)
class BookingAdmin(FormPagesAdmin):
    list_display = ["id", "starts_at", "master", "who", "what", "total_price", "status", "source"]
    list_filter = ["status", "source", "master"]
    list_select_related = ["master", "client"]
    search_fields = ["client__name", "walk_in_name"]
    date_hierarchy = "starts_at"
    exclude = ["idempotency_key", "block"]
    inlines = [BookingLineInline]
    actions = ["mark_as_missed"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Booking]":
        return super().get_queryset(request).prefetch_related("services")

    @admin.display(description=_("client"), ordering="client__name")
    def who(self, booking: Booking) -> str:
        return str(booking.client) if booking.client else booking.walk_in_name

    @admin.display(description=_("services"))
    def what(self, booking: Booking) -> str:
        return " + ".join(service.name for service in booking.services.all())

    @admin.action(description=TITLES[NO_SHOW], permissions=["run"])
    def mark_as_missed(self, request: HttpRequest, queryset: "QuerySet[Booking]") -> None:
        """Each by itself: what is refused of one is said, and the others are marked."""
        by, now, marked = actor(request), timezone.now(), 0
        for booking in queryset.select_related("client").order_by("starts_at", "pk"):
            try:
                mark_no_show(booking_id=booking.pk, by=by, now=now)
            except REFUSALS as error:
                self.say(request, texts.not_marked(booking, error), messages.ERROR)
            else:
                marked += 1
        if marked:
            self.say(request, texts.missed(marked))

    def get_urls(self) -> list[URLPattern]:
        views = {CANCEL: self.cancel_view, MOVE: self.move_view, NO_SHOW: self.no_show_view}
        return [
            path(f"<int:booking_id>/{name}/", self.admin_site.admin_view(view), name=f"bookings_booking_{name}")
            for name, view in views.items()
        ] + super().get_urls()

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A visit for somebody who isn't in the bot."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ManualBookingForm(sent(request))
        page = self.form_page(request, form, title=_("New booking"))
        return page or self._done(request, form.done, texts.booked(form.done))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The booking, with links to what may be done to it."""
        names = TITLES if self.has_run_permission(request) else ()
        booking = self.get_object(request, object_id) if names else None
        tools = [
            (self._address(name, booking), TITLES[name]) for name in names if booking and _makes_sense(name, booking)
        ]
        return super().change_view(request, object_id, form_url, (extra_context or {}) | {"tools": tools})

    def cancel_view(self, request: HttpRequest, booking_id: int) -> HttpResponse:
        booking = self._booking(request, booking_id)
        form = CancelForm(sent(request), booking=booking)
        page = self.form_page(request, form, title=TITLES[CANCEL], original=booking)
        return page or self._done(request, form.done, texts.cancelled(form.done))

    def move_view(self, request: HttpRequest, booking_id: int) -> HttpResponse:
        booking = self._booking(request, booking_id)
        form = MoveForm(sent(request), booking=booking)
        page = self.form_page(request, form, title=TITLES[MOVE], original=booking)
        return page or self._done(request, form.done, texts.moved(form.done))

    def no_show_view(self, request: HttpRequest, booking_id: int) -> HttpResponse:
        booking = self._booking(request, booking_id)
        form = NoShowForm(sent(request), booking=booking)
        page = self.form_page(request, form, title=TITLES[NO_SHOW], original=booking)
        return page or self._done(request, form.done, texts.missed(1))

    def _booking(self, request: HttpRequest, booking_id: int) -> Booking:
        if not self.has_run_permission(request):
            raise PermissionDenied
        booking: Booking | None = self.get_object(request, str(booking_id))
        if booking is None:
            raise Http404
        return booking

    def _done(self, request: HttpRequest, booking: Booking, words: str) -> HttpResponse:
        self.say(request, words)
        if not self.has_view_permission(request):
            return self.redirect_to_list(request)
        return redirect(self._address("change", booking))

    def _address(self, name: str, booking: Booking) -> str:
        return reverse(f"{self.admin_site.name}:bookings_booking_{name}", args=[booking.pk])


def _makes_sense(name: str, booking: Booking) -> bool:
    """Whether a link to it is worth showing; the service decides what may be done."""
    begun = booking.starts_at <= timezone.now()
    if name == NO_SHOW:
        return begun and booking.status in (BookingStatus.CONFIRMED, BookingStatus.COMPLETED)
    return booking.status == BookingStatus.CONFIRMED

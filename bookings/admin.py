from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import AuditedAdmin, ReadOnlyAdmin
from bookings.models import Booking, BookingService, Notification, Offer, Service


class OfferInline(admin.TabularInline):  # type: ignore[type-arg] # generic in the stubs only
    model = Offer
    extra = 0
    autocomplete_fields = ["master"]


@admin.register(Service)
class ServiceAdmin(AuditedAdmin):
    list_display = ["name", "name_en", "price", "duration_minutes", "buffer_minutes", "position", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name", "name_en"]
    inlines = [OfferInline]


class BookingLineInline(admin.TabularInline):  # type: ignore[type-arg] # generic in the stubs only
    model = BookingService
    extra = 0
    can_delete = False


@admin.register(Booking)
class BookingAdmin(ReadOnlyAdmin):
    list_display = ["id", "starts_at", "master", "who", "what", "total_price", "status", "source"]
    list_filter = ["status", "source", "master"]
    list_select_related = ["master", "client"]
    search_fields = ["client__name", "walk_in_name"]
    date_hierarchy = "starts_at"
    exclude = ["idempotency_key", "block"]
    inlines = [BookingLineInline]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Booking]":
        return super().get_queryset(request).prefetch_related("services")

    @admin.display(description=_("client"), ordering="client__name")
    def who(self, booking: Booking) -> str:
        return str(booking.client) if booking.client else booking.walk_in_name

    @admin.display(description=_("services"))
    def what(self, booking: Booking) -> str:
        return " + ".join(service.name for service in booking.services.all())


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = [
        "id",
        "kind",
        "recipient",
        "booking",
        "status",
        "attempts",
        "last_error",
        "created_at",
        "sent_at",
    ]
    list_filter = ["status", "kind"]
    list_select_related = ["recipient", "booking"]
    search_fields = ["correlation_id"]

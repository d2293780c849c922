"""What is only looked at: the news, the times held for somebody, the waiting list."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin import ReadOnlyAdmin
from bookings.models import Notification, SlotOffer, WaitlistEntry


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


@admin.register(SlotOffer)
class SlotOfferAdmin(ReadOnlyAdmin):
    fields = ["client", "master", "starts_at", "ends_at", "status", "expires_at", "what_for"]
    readonly_fields = ["what_for"]
    list_display = ["id", "client", "master", "starts_at", "ends_at", "status", "expires_at", "what_for"]
    list_filter = ["status", "master"]
    list_select_related = ["client", "master", "waitlist_entry", "booking"]
    search_fields = ["client__name"]
    date_hierarchy = "starts_at"

    @admin.display(description=_("held for"))
    def what_for(self, offer: SlotOffer) -> str:
        return str(offer.waitlist_entry or offer.booking)


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(ReadOnlyAdmin):
    fields = ["day", "client", "master", "what", "status", "created_at"]
    readonly_fields = ["what", "created_at"]
    list_display = ["id", "day", "client", "master", "what", "status", "created_at"]
    list_filter = ["status", "master"]
    list_select_related = ["client", "master"]
    search_fields = ["client__name"]
    date_hierarchy = "day"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[WaitlistEntry]":
        return super().get_queryset(request).prefetch_related("lines__service")

    @admin.display(description=_("services"))
    def what(self, entry: WaitlistEntry) -> str:
        return " + ".join(line.service.name for line in entry.lines.all())

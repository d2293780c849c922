"""What the shop offers, changed by plain forms that the audit trail keeps."""

from django.contrib import admin

from accounts.admin import AuditedAdmin
from bookings.models import Offer, Service


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

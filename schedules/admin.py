from django.contrib import admin

from accounts.admin import AuditedAdmin
from schedules.models import Master, Shift


class ShiftInline(admin.TabularInline):  # type: ignore[type-arg] # generic in the stubs only
    model = Shift
    extra = 0


@admin.register(Master)
class MasterAdmin(AuditedAdmin):
    list_display = [
        "id",
        "name",
        "user",
        "is_active",
        "cycle_days",
        "cycle_anchor",
        "lunch_starts",
        "lunch_ends",
    ]
    list_display_links = ["name"]
    list_filter = ["is_active"]
    list_select_related = ["user"]
    search_fields = ["name"]
    autocomplete_fields = ["user"]
    inlines = [ShiftInline]

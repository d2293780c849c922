from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from accounts.models import User

admin.site.unregister(Group)


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # generic in the stubs only
    """Rows to look at: what changes them is a workflow, not a form."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ["id", "name", "role", "language", "telegram_id", "is_active", "created_at"]
    list_filter = ["role", "is_active", "language"]
    search_fields = ["name", "username", "phone"]
    exclude = ["password", "groups", "user_permissions", "is_superuser"]
    ordering = ["-id"]

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from accounts.audit import record_audit
from accounts.models import Channel, User

admin.site.unregister(Group)


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # generic in the stubs only
    """Rows to look at: what changes them is a workflow, not a form."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class AuditedAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # generic in the stubs only
    """A form whose every change is in the audit trail, with the names of the fields; nothing is deleted by it."""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        super().save_related(request, form, formsets, change)
        changed = [*form.changed_data, *(formset.prefix for formset in formsets if formset.has_changed())]
        name = form.instance._meta.model_name
        record_audit(
            actor_id=request.user.pk,
            channel=Channel.ADMIN,
            action=f"{name}_{'changed' if change else 'created'}",
            object_type=name,
            object_id=form.instance.pk,
            after={"fields": changed},
        )


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ["id", "name", "role", "language", "telegram_id", "is_active", "created_at"]
    list_filter = ["role", "is_active", "language"]
    search_fields = ["name", "username", "phone"]
    exclude = ["password", "groups", "user_permissions", "is_superuser"]
    ordering = ["-id"]

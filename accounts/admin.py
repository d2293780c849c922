from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts import texts
from accounts.actors import Actor
from accounts.audit import record_audit
from accounts.invites import GRANTABLE, create_invite, revoke_invite
from accounts.links import bot_username, link_to
from accounts.models import Channel, Invite, Role, User
from accounts.roles import may_grant

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
    list_display = ["id", "name", "role", "language", "telegram_id", "is_active", "bot_blocked_at", "created_at"]
    list_filter = ["role", "is_active", "language"]
    search_fields = ["name", "username", "phone"]
    exclude = ["password", "groups", "user_permissions", "is_superuser"]
    ordering = ["-id"]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Not by the hash of a password: asked for prefix by prefix, the list would tell the owner's."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)


@admin.register(Invite)
class InviteAdmin(ReadOnlyAdmin):
    """Made by staff with the permission to add them, revoked by those who may change them. A link is shown once."""

    fields = ["role"]
    list_display = ["id", "role", "state", "created_by", "created_at", "expires_at", "used_by", "used_at"]
    list_filter = ["role"]
    list_select_related = ["created_by", "used_by"]
    ordering = ["-id"]
    actions = ["revoke"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.add_invite")

    def has_run_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.change_invite")

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[Any]:
        return list(self.list_display) if obj else ["role"]

    @admin.display(description=_("state"))
    def state(self, invite: Invite) -> str:
        return str(invite.state(now=timezone.now()).label)

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only the roles that this person may give."""
        kwargs["choices"] = [(role.value, role.label) for role in GRANTABLE if may_grant(_actor(request), role)]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Invite, form: Any, change: bool) -> None:  # noqa: FBT001
        invite, token = create_invite(role=Role(obj.role), by=_actor(request), now=timezone.now())
        obj.pk, obj.expires_at = invite.pk, invite.expires_at
        obj.token = token  # type: ignore[attr-defined] # for the page that follows, and nothing else

    def response_add(self, request: HttpRequest, obj: Invite, post_url_continue: str | None = None) -> HttpResponse:
        """The page with the link; nothing else has it, neither a message, nor a cookie, nor the browser's cache."""
        token: str = obj.token  # type: ignore[attr-defined] # set above
        username = bot_username()
        context = self.admin_site.each_context(request) | {
            "title": capfirst(_("invite")),
            "opts": self.opts,
            "notice": texts.invite_made(obj),
            "link": link_to(username, token) if username else "",
            "no_link": texts.bot_unknown(),
            "message": f"/start {token}",
        }
        page = TemplateResponse(request, "admin/accounts/invite/made.html", context)
        patch_cache_control(page, no_store=True)
        return page

    @admin.action(description=_("Revoke"), permissions=["run"])
    def revoke(self, request: HttpRequest, queryset: "QuerySet[Invite]") -> None:
        """Each by itself: one that is of no use any more stays as it is, one for a higher role than one's own, too."""
        by, now = _actor(request), timezone.now()
        may = [invite.pk for invite in queryset if may_grant(by, Role(invite.role))]
        revoked = sum(revoke_invite(invite_id=pk, by=by, now=now) for pk in may)
        self.message_user(request, texts.invites_revoked(revoked), messages.SUCCESS if revoked else messages.WARNING)


def _actor(request: HttpRequest) -> Actor:
    return Actor(request.user.pk, Channel.ADMIN)

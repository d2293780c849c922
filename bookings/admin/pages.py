"""Pages of admin with a form that a service does."""

from typing import Any

from django.contrib import messages
from django.contrib.admin.helpers import AdminForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import capfirst

from accounts.actors import Actor
from accounts.admin import ReadOnlyAdmin
from accounts.models import Channel
from bookings.admin import texts
from bookings.admin.forms import ServiceForm
from bookings.models import Booking


class FormPagesAdmin(ReadOnlyAdmin):
    """Rows to look at. Who has the permission to add them or to change them does so on pages of their own."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.add_{self.opts.model_name}")

    def has_run_permission(self, request: HttpRequest) -> bool:
        """Whether what is there may be changed, in the ways that the pages and the actions offer."""
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")

    def form_page(
        self, request: HttpRequest, form: ServiceForm, *, title: Any, original: Booking | None = None
    ) -> TemplateResponse | None:
        """The page with the form, its errors beside the fields; or None: it was sent, and what it asks for is done."""
        if form.saved(by=actor(request), now=timezone.now()):
            return None
        request.current_app = self.admin_site.name
        context = self.admin_site.each_context(request) | {
            "title": capfirst(title),
            "subtitle": texts.visits([original]) if original else None,
            "opts": self.opts,
            "original": original,
            "adminform": _laid_out(form),
            "media": self.media + form.media,
            "has_view_permission": self.has_view_permission(request),
        }
        return TemplateResponse(request, "admin/bookings/form_page.html", context)

    def redirect_to_list(self, request: HttpRequest) -> HttpResponse:
        """The list, for who may see it."""
        if not self.has_view_permission(request):
            return redirect(f"{self.admin_site.name}:index")
        return redirect(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def say(self, request: HttpRequest, text: str, level: int = messages.SUCCESS) -> None:
        self.message_user(request, text, level)


def _laid_out(form: ServiceForm) -> AdminForm:
    return AdminForm(form, [(None, {"fields": list(form.fields)})], {})  # type: ignore[arg-type] # any form will do


def sent(request: HttpRequest) -> Any:
    """What a form is made of: what was posted, or nothing."""
    return request.POST if request.method == "POST" else None


def actor(request: HttpRequest) -> Actor:
    return Actor(request.user.pk, Channel.ADMIN)

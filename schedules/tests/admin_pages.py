"""The pages of schedules in admin: where they are, their forms filled in, what they say."""

from typing import Any

from django.contrib.messages import get_messages

from schedules.models import Master
from schedules.tests.changes import DAY
from schedules.tests.factories import MONDAY

TUESDAY = MONDAY + DAY
ROTA, LUNCH, MASTER = (f"/admin/schedules/{model}/" for model in ("rota", "lunch", "master"))
# What a refused form leaves as it was; that somebody signed in stands in `users`.
UNCHANGED = ("masters", "rotas", "shifts", "lunches", "audit_events")


def rota(master: Master, /, *rows: tuple[Any, Any, Any], **fields: Any) -> dict[str, Any]:
    """The form of a rota, filled in; its rows are the day of the cycle, from, until."""
    form = {"master": master.pk, "from_day": TUESDAY, "cycle_days": 7, "cycle_anchor": MONDAY} | fields
    form |= {"shifts-TOTAL_FORMS": len(rows), "shifts-INITIAL_FORMS": 0}
    for number, values in enumerate(rows):
        form |= {
            f"shifts-{number}-{name}": value
            for name, value in zip(("cycle_day", "starts", "ends"), values, strict=True)
        }
    return form


def lunch(master: Master, /, starts: str = "12:00", ends: str = "13:00", **fields: Any) -> dict[str, Any]:
    """The form of a lunch, filled in."""
    return {"master": master.pk, "from_day": TUESDAY, "starts": starts, "ends": ends} | fields


def said(answer: Any) -> list[str]:
    """The messages that a client's answer brings, with their levels."""
    return [f"{message.level_tag}: {message}" for message in get_messages(answer.wsgi_request)]


def error_beside(answer: Any, field: str, row: int | None = None) -> list[str]:
    """The errors of a field, after a look that the page shows them."""
    context = answer.context
    form = context["adminform"].form if row is None else context["inline_admin_formsets"][0].formset.forms[row]
    assert answer.status_code == 200
    errors = [str(error) for error in form.errors.get(field, [])]
    for error in errors:
        assert error in answer.content.decode()
    return errors

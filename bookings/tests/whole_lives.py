"""Clients of whom the shop knows all that it can know about one: for the tests of exports and erasures."""

import datetime as dt
import json

from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models

from accounts.actors import Actor
from accounts.expectations import expect_input
from accounts.models import Channel, Invite, TelegramUpdate, User
from bookings.models import Booking, Service, SlotOffer
from bookings.services import join_waiting_list
from bookings.tests.factories import (
    BookingFactory,
    BookingServiceFactory,
    NotificationFactory,
    SlotOfferFactory,
    cancelled_booking,
)
from bookings.tests.offer_factories import DAY, TUESDAY, at, book_by_hand, call_off, let_work
from schedules.models import Master

_COLUMNS = """
    SELECT table_name, column_name
      FROM information_schema.tables JOIN information_schema.columns USING (table_schema, table_name)
     WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
"""


def live(user: User, master: Master, haircut: Service, *, number: int, now: dt.datetime) -> User:
    """Let the client have every kind of row; `number` keeps two lives from being in one another's way."""
    visit = BookingFactory.create(client=user, master=master, status="completed", starts_at=now - number * 10 * DAY)
    BookingServiceFactory.create(booking=visit, service=haircut)
    typed = f"{user.name} ({user.phone}) просил"
    off = cancelled_booking(client=user, master=master, cancelled_by="master", cancel_reason=typed)
    BookingFactory.create(
        client=None,
        walk_in_name=user.name,
        walk_in_phone=user.phone,
        source="master",
        master=master,
        status="no_show",
        starts_at=now - (number * 10 + 1) * DAY,
    )
    _ask_to_move(user, visit, reason=typed, now=now)
    NotificationFactory.create(booking=visit, recipient=user, status="dead", last_error="TelegramForbiddenError")
    NotificationFactory.create(booking=off, recipient=user)
    _be_known_outside(user, master, typed, now=now)
    return user


def _ask_to_move(user: User, visit: Booking, *, reason: str, now: dt.datetime) -> None:
    SlotOfferFactory.create(
        client=user,
        waitlist_entry=None,
        booking=visit,
        master=visit.master,
        hold=None,
        status="declined",
        time_off=(visit.starts_at, visit.ends_at),
        time_off_reason=reason,
        starts_at=now - DAY,
    )


def _be_known_outside(user: User, master: Master, typed: str, *, now: dt.datetime) -> None:
    """In the inbox, in a question, in admin, in an invite."""
    expect_input(user_id=user.pk, step="name", data={"name": typed}, now=now)
    said = json.dumps({"message": {"from": {"id": user.telegram_id, "first_name": user.name}, "text": typed}})
    seen = json.dumps({"callback_query": {"from": {"id": master.user.telegram_id}, "message": {"text": typed}}})
    own = user.telegram_id or 0
    for lane, status, payload in [(own, "handled", ""), (own, "failed", said), (0, "failed", seen)]:
        number = TelegramUpdate.objects.count() + 1
        TelegramUpdate.objects.create(update_id=number, lane=lane, status=status, payload=payload, handled_at=now)
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(user.pk),
        object_repr=user.name,
        action_flag=CHANGE,
        change_message=f"phone: {user.phone}",
    )
    Invite.objects.create(
        token_hash=f"{user.pk:064x}",
        role="master",
        created_by=user,
        created_at=now - DAY,
        expires_at=now + DAY,
        used_by=user,
        used_at=now,
    )
    user.groups.add(Group.objects.create(name=f"group {user.pk}"))
    user.user_permissions.add(Permission.objects.order_by("pk")[0])


def offer_of_full_day(user: User, master: Master, haircut: Service, *, now: dt.datetime) -> SlotOffer:
    """The client waited for the full Tuesday, and its only time has come free."""
    let_work(master, (10, 11), now=now)
    visit = book_by_hand(master, at(10), now=now)
    join_waiting_list(
        service_ids=[haircut.pk], master_id=master.pk, day=TUESDAY, by=Actor(user.pk, Channel.BOT), now=now
    )
    call_off(visit, now=now)
    return SlotOffer.objects.get(client=user, status="open")


def pointing_at_people() -> set[str]:
    """Every foreign key of the installed apps to a person or a booking."""
    return foreign_keys(apps.get_models(include_auto_created=True))


def foreign_keys(among: "list[type[models.Model]]") -> set[str]:
    """Those of these models, as app.Model.field."""
    return {
        f"{model._meta.app_label}.{model.__name__}.{field.name}"
        for model in among
        for field in model._meta.concrete_fields
        if field.remote_field and field.related_model in {User, Booking}
    }


def places_of(*words: str) -> set[str]:
    """Every column of every table that holds one of the words, whatever its type, as table.column."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        looks = [
            f"SELECT '{table}.{column}' WHERE EXISTS (SELECT FROM \"{table}\", unnest(%(words)s::text[]) AS word"
            f' WHERE strpos("{table}"."{column}"::text, word) > 0)'
            for table, column in cursor.fetchall()
        ]
        cursor.execute(" UNION ALL ".join(looks), {"words": list(words)})
        return {place for (place,) in cursor.fetchall()}


def words_of(user: User) -> list[str]:
    """What a search for a person looks for: also as ASCII JSON writes it."""
    return [user.name, json.dumps(user.name)[1:-1], user.phone.removeprefix("+"), str(user.telegram_id)]

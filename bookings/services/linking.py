"""A walk-in becomes a client of the bot by the phone they shared."""

import datetime as dt

from django.db import transaction

from accounts.actors import Actor
from accounts.models import Channel, User
from accounts.services import share_phone
from bookings.clients import lock_client
from bookings.journal import record, reported, state_of
from bookings.models import Booking, BookingStatus


def share_contact(*, user_id: int, phone: str, contact_user_id: int | None, now: dt.datetime) -> list[Booking]:
    """Remember the person's own phone, and make the visits to come that were booked by hand for it theirs.

    Raises NotOwnContact when the contact is another's, PhoneInvalid or AccessClosed. Past visits stay as they are.
    """
    by = Actor(user_id, Channel.BOT)
    with reported(by=by), transaction.atomic():
        lock_client(user_id, now=now)
        user = share_phone(user=User.objects.get(pk=user_id), phone=phone, contact_user_id=contact_user_id)
        walk_ins = Booking.objects.select_for_update(no_key=True).filter(
            status=BookingStatus.CONFIRMED, walk_in_phone=user.phone, starts_at__gt=now, client=None
        )
        linked = list(walk_ins.order_by("starts_at", "pk"))
        for booking in linked:
            before = state_of(booking)
            booking.client, booking.walk_in_name, booking.walk_in_phone = user, "", ""
            booking.save(update_fields=["client", "walk_in_name", "walk_in_phone"])
            record(booking, "booking_linked", by=by, before=before)
    return linked

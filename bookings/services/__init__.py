"""Writes: one transaction each. Lock, check, claim, then everything that follows from it, or nothing at all.

The order of locks is the same everywhere: the client's row, the masters' rows by id, then bookings, offers and entries.
"""

from bookings.services.answering import accept_offer, decline_offer, expire_offers
from bookings.services.attending import (
    ask_to_confirm,
    complete_past_bookings,
    confirm_attendance,
    mark_no_show,
    release_unconfirmed,
)
from bookings.services.changing import cancel_booking, reschedule_booking
from bookings.services.creating import create_booking, create_manual_booking
from bookings.services.joining import change_access, change_role, join_by_invite
from bookings.services.linking import share_contact
from bookings.services.privacy import erase_client, export_client
from bookings.services.time_off import Conflicts, TimeOff, take_back_time_off, take_time_off
from bookings.services.waiting import join_waiting_list, leave_waiting_list, serve_waiting_list

__all__ = [
    "Conflicts",
    "TimeOff",
    "accept_offer",
    "ask_to_confirm",
    "cancel_booking",
    "change_access",
    "change_role",
    "complete_past_bookings",
    "confirm_attendance",
    "create_booking",
    "create_manual_booking",
    "decline_offer",
    "erase_client",
    "expire_offers",
    "export_client",
    "join_by_invite",
    "join_waiting_list",
    "leave_waiting_list",
    "mark_no_show",
    "release_unconfirmed",
    "reschedule_booking",
    "serve_waiting_list",
    "share_contact",
    "take_back_time_off",
    "take_time_off",
]

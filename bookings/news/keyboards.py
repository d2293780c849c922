"""Buttons below a notification."""

from aiogram.types import InlineKeyboardMarkup

from accounts.keyboards import Row, button, keyboard, way_back
from bookings import texts
from bookings.callbacks import AskCancel, ChooseService, Come, MyBookings
from bookings.desk.callbacks import Visit
from bookings.models import Notification, NotificationKind
from bookings.moving.callbacks import ChooseNewDay
from bookings.news import texts as news
from bookings.waiting import texts as waiting
from bookings.waiting.callbacks import Accept, Decline, Leave

_OFF = (NotificationKind.CLIENT_CANCELLED, NotificationKind.CLIENT_RELEASED)

_TO_MASTER = (
    NotificationKind.MASTER_NEW,
    NotificationKind.MASTER_MOVED,
    NotificationKind.MASTER_CANCELLED,
    NotificationKind.MASTER_MOVE_REFUSED,
)


def below(row: Notification) -> InlineKeyboardMarkup:
    """The ways to answer the message; at least the way home."""
    return keyboard(*(_ways(row) or [*_card(row), way_back()]))


def _ways(row: Notification) -> list[Row]:
    if row.kind in (NotificationKind.CLIENT_CONFIRMED, NotificationKind.CLIENT_MOVED):
        return [[button(texts.button_my_bookings(), MyBookings())]]
    if row.kind in _OFF:
        return [[button(texts.button_book(), ChooseService())]]
    if row.kind == NotificationKind.CLIENT_ASKED and row.booking_id:
        return _attendance(row.booking_id)
    if row.kind == NotificationKind.CLIENT_SLOT_OFFERED and row.slot_offer_id:
        return _slot(row.slot_offer_id, row.slot_offer.waitlist_entry_id if row.slot_offer else None)
    if row.kind == NotificationKind.CLIENT_MOVE_OFFERED and row.slot_offer_id:
        return _move(row.slot_offer_id)
    return []


def _card(row: Notification) -> list[Row]:
    """The visit, for its master."""
    if row.kind not in _TO_MASTER or not row.booking_id:
        return []
    return [[button(news.button_open(), Visit(booking=row.booking_id))]]


def _attendance(booking_id: int) -> list[Row]:
    return [
        [button(texts.button_come(), Come(booking=booking_id))],
        [
            button(texts.button_move(), ChooseNewDay(booking=booking_id)),
            button(texts.button_cancel(), AskCancel(booking=booking_id)),
        ],
    ]


def _slot(offer_id: int, entry_id: int | None) -> list[Row]:
    leave = [button(waiting.button_leave(), Leave(entry=entry_id))] if entry_id else []
    return [
        [button(waiting.button_take(), Accept(offer=offer_id))],
        [button(waiting.button_pass(), Decline(offer=offer_id)), *leave],
    ]


def _move(offer_id: int) -> list[Row]:
    return [
        [button(waiting.button_take_move(), Accept(offer=offer_id))],
        [button(waiting.button_keep_time(), Decline(offer=offer_id))],
    ]

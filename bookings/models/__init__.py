"""What is booked, and what has to be told about it."""

from bookings.models.booking import (
    IDEMPOTENCY_KEY,
    ONE_ACTIVE_BOOKING,
    Booking,
    BookingService,
    BookingSource,
    BookingStatus,
    CancelledBy,
)
from bookings.models.catalogue import LARGEST_SERVICE_ID, Offer, Service
from bookings.models.notification import Notification, NotificationKind, NotificationStatus
from bookings.models.waitlist import OfferStatus, SlotOffer, WaitlistEntry, WaitlistService, WaitlistStatus

__all__ = [
    "IDEMPOTENCY_KEY",
    "LARGEST_SERVICE_ID",
    "ONE_ACTIVE_BOOKING",
    "Booking",
    "BookingService",
    "BookingSource",
    "BookingStatus",
    "CancelledBy",
    "Notification",
    "NotificationKind",
    "NotificationStatus",
    "Offer",
    "OfferStatus",
    "Service",
    "SlotOffer",
    "WaitlistEntry",
    "WaitlistService",
    "WaitlistStatus",
]

"""Services, offers and bookings for tests."""

# factory-boy's declarations carry no types.
# mypy: disable-error-code="no-untyped-call, untyped-decorator"

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db import transaction
from factory.declarations import LazyAttribute, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory
from factory.helpers import post_generation

from accounts.models import User
from accounts.tests.factories import UserFactory
from bookings.models import (
    Booking,
    BookingService,
    BookingSource,
    BookingStatus,
    CancelledBy,
    Notification,
    NotificationKind,
    NotificationStatus,
    Offer,
    Service,
    SlotOffer,
    WaitlistEntry,
    WaitlistStatus,
)
from bookings.tasks import deliver_notification
from observability.jobs import enqueue
from schedules.models import BlockKind
from schedules.tests.factories import MONDAY, BlockFactory, MasterFactory

# Tuesday at 10 in Moscow: the first slot after the cast's Monday.
TUESDAY_10 = dt.datetime(2026, 3, 3, 7, tzinfo=dt.UTC)


class ServiceFactory(DjangoModelFactory[Service]):
    class Meta:
        model = Service

    name = Sequence(lambda n: f"Service {n}")
    price = Decimal(1000)
    duration_minutes = 60


class OfferFactory(DjangoModelFactory[Offer]):
    class Meta:
        model = Offer

    master = SubFactory(MasterFactory)
    service = SubFactory(ServiceFactory)


class BookingFactory(DjangoModelFactory[Booking]):
    """A confirmed hour on Tuesday at 10, made past the service: block and row only, no line and no message."""

    class Meta:
        model = Booking

    client = SubFactory(UserFactory)
    master = SubFactory(MasterFactory)
    starts_at = TUESDAY_10
    ends_at = LazyAttribute(lambda booking: booking.starts_at + dt.timedelta(hours=1))
    block = SubFactory(
        BlockFactory,
        kind=BlockKind.BOOKING,
        master=SelfAttribute("..master"),
        begins=SelfAttribute("..starts_at"),
        ends=SelfAttribute("..ends_at"),
    )
    total_price = Decimal(1000)
    source = BookingSource.BOT
    idempotency_key = Sequence(lambda n: f"factory-{n}")


def cancelled_booking(**fields: Any) -> Booking:
    """An hour on Tuesday that its client cancelled an hour before."""
    return BookingFactory.create(
        **{
            "status": BookingStatus.CANCELLED,
            "block": None,
            "cancelled_by": CancelledBy.CLIENT,
            "cancelled_at": TUESDAY_10 - dt.timedelta(hours=1),
        }
        | fields
    )


def missed(client: User, *ago: dt.timedelta, now: dt.datetime) -> None:
    """The client did not come to visits that began so long ago."""
    for each in ago:
        BookingFactory.create(client=client, starts_at=now - each, status="no_show")


class BookingServiceFactory(DjangoModelFactory[BookingService]):
    class Meta:
        model = BookingService

    booking = SubFactory(BookingFactory)
    service = SubFactory(ServiceFactory)
    price = Decimal(1000)
    duration_minutes = 60


class NotificationFactory(DjangoModelFactory[Notification]):
    """The news of a booking, still to be sent to its client by the job that goes with it; `job=False` loses the job."""

    class Meta:
        model = Notification
        skip_postgeneration_save = True

    booking = SubFactory(BookingFactory)
    recipient = SelfAttribute("booking.client")
    kind = NotificationKind.CLIENT_CONFIRMED
    dedupe_key = Sequence(lambda n: f"factory-{n}")
    correlation_id = "tg-12345"

    @post_generation
    def job(row: Notification, create: bool, wanted: bool | None) -> None:  # noqa: N805 - factory-boy passes the row
        if create and wanted is not False and row.status == NotificationStatus.PENDING:
            with transaction.atomic():
                enqueue(deliver_notification, [{"notification_id": row.pk}])


class WaitlistEntryFactory(DjangoModelFactory[WaitlistEntry]):
    class Meta:
        model = WaitlistEntry

    client = SubFactory(UserFactory)
    day = MONDAY


class SlotOfferFactory(DjangoModelFactory[SlotOffer]):
    """An hour on Tuesday at 10, held for who waits until half an hour after the cast's now."""

    class Meta:
        model = SlotOffer

    waitlist_entry = SubFactory(WaitlistEntryFactory, status=WaitlistStatus.OFFERED)
    client = SelfAttribute("waitlist_entry.client")
    master = SubFactory(MasterFactory)
    starts_at = TUESDAY_10
    ends_at = LazyAttribute(lambda offer: offer.starts_at + dt.timedelta(hours=1))
    hold = SubFactory(
        BlockFactory,
        kind=BlockKind.HOLD,
        master=SelfAttribute("..master"),
        begins=SelfAttribute("..starts_at"),
        ends=SelfAttribute("..ends_at"),
    )
    expires_at = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)

"""Services, offers and bookings for tests."""

# factory-boy's declarations carry no types.
# mypy: disable-error-code="no-untyped-call"

import datetime as dt
from decimal import Decimal

from factory.declarations import LazyAttribute, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from accounts.tests.factories import UserFactory
from bookings.models import (
    Booking,
    BookingService,
    BookingSource,
    Notification,
    NotificationKind,
    Offer,
    Service,
    WaitlistEntry,
)
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


class BookingServiceFactory(DjangoModelFactory[BookingService]):
    class Meta:
        model = BookingService

    booking = SubFactory(BookingFactory)
    service = SubFactory(ServiceFactory)
    price = Decimal(1000)
    duration_minutes = 60


class NotificationFactory(DjangoModelFactory[Notification]):
    """The news of a booking, still to be sent to its client."""

    class Meta:
        model = Notification

    booking = SubFactory(BookingFactory)
    recipient = SelfAttribute("booking.client")
    kind = NotificationKind.CLIENT_CONFIRMED
    dedupe_key = Sequence(lambda n: f"factory-{n}")
    correlation_id = "tg-12345"


class WaitlistEntryFactory(DjangoModelFactory[WaitlistEntry]):
    class Meta:
        model = WaitlistEntry

    client = SubFactory(UserFactory)
    service = SubFactory(ServiceFactory)
    day = MONDAY

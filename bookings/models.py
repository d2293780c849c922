"""What is booked, and what has to be told about it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.utils import timezone
from django.utils.translation import get_language

from schedules.models import AvailabilityBlock, Master

ONE_ACTIVE_BOOKING = "bookings_one_active_per_client"
IDEMPOTENCY_KEY = "bookings_idempotency_key_unique"


class Service(models.Model):
    """Something a client can book. Prices are in roubles."""

    name = models.CharField(max_length=64)
    name_en = models.CharField("name in English", max_length=64, blank=True)
    price = models.DecimalField(max_digits=9, decimal_places=2)
    duration_minutes = models.PositiveSmallIntegerField(default=60)
    buffer_minutes = models.PositiveSmallIntegerField(default=0, help_text="Time after the visit that counts as taken.")
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "services"
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["name"], name="services_name_unique"),
            models.CheckConstraint(condition=Q(price__gte=0), name="services_price_not_negative"),
            models.CheckConstraint(condition=Q(duration_minutes__range=(5, 720)), name="services_duration"),
            models.CheckConstraint(condition=Q(buffer_minutes__lte=240), name="services_buffer"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The name in the language that is active."""
        return self.name_en or self.name if get_language() == "en" else self.name


class Offer(models.Model):
    """A master does a service, perhaps for a price and a duration of their own."""

    master = models.ForeignKey(Master, on_delete=models.CASCADE, related_name="offers")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="offers")
    own_price = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    own_duration_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "offers"
        ordering = ["service", "master"]
        constraints = [
            models.UniqueConstraint(fields=["master", "service"], name="offers_unique"),
            models.CheckConstraint(condition=Q(own_price__gte=0), name="offers_price_not_negative"),
            models.CheckConstraint(condition=Q(own_duration_minutes__range=(5, 720)), name="offers_duration"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} by {self.master_id}"


class BookingStatus(models.TextChoices):
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"


class BookingSource(models.TextChoices):
    BOT = "bot"
    MASTER = "master"
    ADMIN = "admin"


class CancelledBy(models.TextChoices):
    CLIENT = "client"
    MASTER = "master"
    ADMIN = "admin"


class Booking(models.Model):
    """A visit. Its time is the block's: a deferred composite foreign key ties the two (see the migration)."""

    client = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bookings", null=True, blank=True
    )
    walk_in_name = models.CharField(max_length=64, blank=True)
    walk_in_phone = models.CharField(max_length=16, blank=True)
    master = models.ForeignKey(Master, on_delete=models.PROTECT, related_name="bookings")
    block = models.OneToOneField(AvailabilityBlock, on_delete=models.PROTECT, related_name="booking", null=True)
    block_kind = models.GeneratedField(
        expression=Value("booking"), output_field=models.CharField(max_length=8), db_persist=True
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    total_price = models.DecimalField(max_digits=9, decimal_places=2)
    status = models.CharField(max_length=9, choices=BookingStatus, default=BookingStatus.CONFIRMED)
    source = models.CharField(max_length=6, choices=BookingSource)
    idempotency_key = models.CharField(max_length=64)
    cancelled_by = models.CharField(max_length=6, choices=CancelledBy, blank=True)
    cancel_reason = models.CharField(max_length=500, blank=True)
    cancelled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    services: "models.ManyToManyField[Service, BookingService]" = models.ManyToManyField(
        Service, through="BookingService", related_name="+"
    )

    class Meta:
        db_table = "bookings"
        ordering = ["-starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["idempotency_key"], name=IDEMPOTENCY_KEY),
            models.UniqueConstraint(
                fields=["client"],
                condition=Q(status=BookingStatus.CONFIRMED, source=BookingSource.BOT),
                name=ONE_ACTIVE_BOOKING,
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="bookings_end_after_start"),
            models.CheckConstraint(condition=Q(total_price__gte=0), name="bookings_price_not_negative"),
            models.CheckConstraint(condition=Q(status__in=BookingStatus.values), name="bookings_status_known"),
            models.CheckConstraint(condition=Q(source__in=BookingSource.values), name="bookings_source_known"),
            models.CheckConstraint(
                condition=Q(client__isnull=False, walk_in_name="")
                | (Q(client__isnull=True) & ~Q(walk_in_name="") & ~Q(source=BookingSource.BOT)),
                name="bookings_for_somebody",
            ),
            models.CheckConstraint(
                condition=Q(status=BookingStatus.CANCELLED, block__isnull=True)
                | (~Q(status=BookingStatus.CANCELLED) & Q(block__isnull=False)),
                name="bookings_cancelled_has_no_block",
            ),
            models.CheckConstraint(
                condition=Q(status=BookingStatus.CANCELLED, cancelled_at__isnull=False)
                & Q(cancelled_by__in=CancelledBy.values)
                | (~Q(status=BookingStatus.CANCELLED) & Q(cancelled_at__isnull=True, cancelled_by="")),
                name="bookings_cancelled_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_by__in=("", CancelledBy.CLIENT)) | Q(cancel_reason__regex=r"\S"),
                name="bookings_staff_cancel_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-starts_at"], name="bookings_of_client"),
            models.Index(fields=["master", "starts_at"], name="bookings_of_master"),
        ]

    def __str__(self) -> str:
        return f"booking #{self.pk}"


class BookingService(models.Model):
    """One service of a visit, with its price and duration as they were when it was booked."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="lines")
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    price = models.DecimalField(max_digits=9, decimal_places=2)
    duration_minutes = models.PositiveSmallIntegerField()

    class Meta:
        db_table = "booking_services"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["booking", "position"], name="booking_services_position_unique"),
            models.CheckConstraint(condition=Q(price__gte=0), name="booking_services_price_not_negative"),
            models.CheckConstraint(condition=Q(duration_minutes__gt=0), name="booking_services_duration"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} in booking {self.booking_id}"


class NotificationKind(models.TextChoices):
    """Who is told what: the first word is the recipient."""

    CLIENT_CONFIRMED = "client_confirmed"
    CLIENT_CANCELLED = "client_cancelled"
    MASTER_NEW = "master_new"
    MASTER_CANCELLED = "master_cancelled"


class NotificationStatus(models.TextChoices):
    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    SKIPPED = "skipped"


class Notification(models.Model):
    """The outbox: written with what it tells, kept with what became of it, never with its text."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="notifications", null=True)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notifications")
    kind = models.CharField(max_length=24, choices=NotificationKind)
    dedupe_key = models.CharField(max_length=64, unique=True)
    status = models.CharField(
        max_length=8, choices=NotificationStatus, default=NotificationStatus.PENDING, db_default="pending"
    )
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    last_error = models.CharField(max_length=64, blank=True, db_default="")
    correlation_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notifications"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=NotificationStatus.values), name="notifications_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status=NotificationStatus.SENT, sent_at__isnull=False)
                | (~Q(status=NotificationStatus.SENT) & Q(sent_at__isnull=True)),
                name="notifications_sent_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=(NotificationStatus.DEAD, NotificationStatus.SKIPPED)) | ~Q(last_error=""),
                name="notifications_given_up_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(status=NotificationStatus.PENDING),
                name="notifications_pending",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"


class WaitlistStatus(models.TextChoices):
    WAITING = "waiting"
    OFFERED = "offered"
    TAKEN = "taken"
    GIVEN_UP = "given_up"


class WaitlistEntry(models.Model):
    """A client waits for a day, with one master or with anybody; first come, first offered."""

    client = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="waitlist_entries")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="+")
    master = models.ForeignKey(Master, on_delete=models.CASCADE, related_name="+", null=True, blank=True)
    day = models.DateField()
    status = models.CharField(max_length=8, choices=WaitlistStatus, default=WaitlistStatus.WAITING)
    hold = models.OneToOneField(AvailabilityBlock, on_delete=models.SET_NULL, related_name="waitlist_entry", null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        db_table = "waitlist_entries"
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=WaitlistStatus.values), name="waitlist_status_known"),
            models.CheckConstraint(
                condition=Q(hold__isnull=True) | Q(status=WaitlistStatus.OFFERED),
                name="waitlist_hold_is_offered",
            ),
            models.UniqueConstraint(
                fields=["client", "service", "master", "day"],
                condition=Q(status__in=(WaitlistStatus.WAITING, WaitlistStatus.OFFERED)),
                nulls_distinct=False,
                name="waitlist_asked_once",
            ),
        ]

    def __str__(self) -> str:
        return f"waitlist #{self.pk}"

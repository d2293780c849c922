"""Visits, as they were agreed."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models.catalogue import Service
from schedules.models import AvailabilityBlock, Master

ONE_ACTIVE_BOOKING = "bookings_one_active_per_client"
IDEMPOTENCY_KEY = "bookings_idempotency_key_unique"


class BookingStatus(models.TextChoices):
    CONFIRMED = "confirmed", _("confirmed")
    CANCELLED = "cancelled", _("cancelled")
    COMPLETED = "completed", _("completed")
    NO_SHOW = "no_show", _("did not come")


class BookingSource(models.TextChoices):
    BOT = "bot", _("client in the bot")
    MASTER = "master", _("master")
    ADMIN = "admin", _("administrator")


class CancelledBy(models.TextChoices):
    CLIENT = "client", _("client")
    MASTER = "master", _("master")
    ADMIN = "admin", _("administrator")
    SHOP = "shop", _("the shop's rule")


class Booking(models.Model):
    """A visit. Its time is the block's: a deferred composite foreign key ties the two (see the migration)."""

    client = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("client"),
        on_delete=models.PROTECT,
        related_name="bookings",
        null=True,
        blank=True,
    )
    walk_in_name = models.CharField(verbose_name=_("name of a walk-in"), max_length=64, blank=True)
    walk_in_phone = models.CharField(verbose_name=_("phone of a walk-in"), max_length=16, blank=True)
    master = models.ForeignKey(Master, verbose_name=_("master"), on_delete=models.PROTECT, related_name="bookings")
    block = models.OneToOneField(AvailabilityBlock, on_delete=models.PROTECT, related_name="booking", null=True)
    block_kind = models.GeneratedField(
        expression=Value("booking"), output_field=models.CharField(max_length=8), db_persist=True
    )
    starts_at = models.DateTimeField(verbose_name=_("when"))
    ends_at = models.DateTimeField(verbose_name=_("until"))
    total_price = models.DecimalField(verbose_name=_("price, ₽"), max_digits=9, decimal_places=2)
    status = models.CharField(
        verbose_name=_("status"), max_length=9, choices=BookingStatus, default=BookingStatus.CONFIRMED
    )
    source = models.CharField(verbose_name=_("made by"), max_length=6, choices=BookingSource)
    idempotency_key = models.CharField(max_length=64)
    cancelled_by = models.CharField(verbose_name=_("cancelled by"), max_length=6, choices=CancelledBy, blank=True)
    cancel_reason = models.CharField(verbose_name=_("reason"), max_length=500, blank=True)
    cancelled_at = models.DateTimeField(verbose_name=_("cancelled at"), null=True)
    # Who has missed visits says that they come by then, or loses the time.
    confirm_by = models.DateTimeField(verbose_name=_("to be confirmed by"), null=True)
    asked_at = models.DateTimeField(verbose_name=_("asked at"), null=True)
    confirmed_at = models.DateTimeField(verbose_name=_("confirmed at"), null=True)
    # Counts the moves: tells the news of one from the news of the next.
    revision = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(verbose_name=_("created"), default=timezone.now, editable=False)

    services: "models.ManyToManyField[Service, BookingService]" = models.ManyToManyField(
        Service, through="BookingService", related_name="+"
    )

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
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
                condition=Q(cancelled_by__in=("", CancelledBy.CLIENT, CancelledBy.SHOP))
                | Q(cancel_reason__regex=r"\S"),
                name="bookings_staff_cancel_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(confirm_by__isnull=False),
                name="bookings_confirmed_when_asked",
            ),
        ]
        indexes = [
            models.Index(fields=["client", "-starts_at"], name="bookings_of_client"),
            models.Index(fields=["master", "starts_at"], name="bookings_of_master"),
            models.Index(fields=["ends_at"], condition=Q(status=BookingStatus.CONFIRMED), name="bookings_to_complete"),
            models.Index(
                fields=["confirm_by"],
                condition=Q(status=BookingStatus.CONFIRMED, confirm_by__isnull=False, confirmed_at__isnull=True),
                name="bookings_to_confirm",
            ),
            models.Index(
                fields=["walk_in_phone"],
                condition=Q(status=BookingStatus.CONFIRMED) & ~Q(walk_in_phone=""),
                name="bookings_of_walk_in",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} #{self.pk}"


class BookingService(models.Model):
    """One service of a visit, with its price and duration as they were when it was booked."""

    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="lines")
    service = models.ForeignKey(Service, verbose_name=_("service"), on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(verbose_name=_("place in the list"), default=0)
    price = models.DecimalField(verbose_name=_("price, ₽"), max_digits=9, decimal_places=2)
    duration_minutes = models.PositiveSmallIntegerField(verbose_name=_("duration, minutes"))

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        db_table = "booking_services"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["booking", "position"], name="booking_services_position_unique"),
            models.CheckConstraint(condition=Q(price__gte=0), name="booking_services_price_not_negative"),
            models.CheckConstraint(condition=Q(duration_minutes__gt=0), name="booking_services_duration"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} #{self.service_id}"

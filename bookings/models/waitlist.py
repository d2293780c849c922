"""Who waits for a time to come free, and what is held for whom until they answer."""

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import F, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from bookings.models.catalogue import Service
from schedules.models import REASON_LENGTH, AvailabilityBlock, Master


class WaitlistStatus(models.TextChoices):
    WAITING = "waiting", _("waiting")
    OFFERED = "offered", _("has an offer")
    TAKEN = "taken", _("has got a time")
    GIVEN_UP = "given_up", _("waits no more")


class WaitlistEntry(models.Model):
    """A client waits for a day, with one master or with anybody; first come, first offered."""

    client = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("client"),
        on_delete=models.CASCADE,
        related_name="waitlist_entries",
    )
    master = models.ForeignKey(
        Master, verbose_name=_("master"), on_delete=models.CASCADE, related_name="+", null=True, blank=True
    )
    day = models.DateField(verbose_name=_("day"))
    status = models.CharField(
        verbose_name=_("status"), max_length=8, choices=WaitlistStatus, default=WaitlistStatus.WAITING
    )
    created_at = models.DateTimeField(verbose_name=_("created"), default=timezone.now, editable=False)

    services: "models.ManyToManyField[Service, WaitlistService]" = models.ManyToManyField(
        Service, through="WaitlistService", related_name="+"
    )

    class Meta:
        verbose_name = _("waiting list entry")
        verbose_name_plural = _("waiting list")
        db_table = "waitlist_entries"
        ordering = ["created_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=WaitlistStatus.values), name="waitlist_status_known"),
            models.UniqueConstraint(
                fields=["client", "master", "day"],
                condition=Q(status__in=(WaitlistStatus.WAITING, WaitlistStatus.OFFERED)),
                nulls_distinct=False,
                name="waitlist_asked_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["day", "created_at"], condition=Q(status=WaitlistStatus.WAITING), name="waitlist_in_line"
            )
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} #{self.pk}"

    def service_ids(self) -> list[int]:
        """The services of the visit that is waited for, in their order."""
        return list(self.lines.order_by("position").values_list("service_id", flat=True))


class WaitlistService(models.Model):
    """One service of the visit that is waited for."""

    entry = models.ForeignKey(WaitlistEntry, on_delete=models.CASCADE, related_name="lines")
    service = models.ForeignKey(Service, verbose_name=_("service"), on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(verbose_name=_("place in the list"), default=0)

    class Meta:
        db_table = "waitlist_services"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["entry", "position"], name="waitlist_services_position_unique"),
        ]

    def __str__(self) -> str:
        return f"#{self.service_id}"


class OfferStatus(models.TextChoices):
    OPEN = "open", _("waits for an answer")
    ACCEPTED = "accepted", _("accepted")
    DECLINED = "declined", _("declined")
    EXPIRED = "expired", _("nobody answered")
    WITHDRAWN = "withdrawn", _("taken back")


class SlotOffer(models.Model):
    """A time held for a client until they answer: a freed one for who waits, or another one for a booking in the way.

    `ends_at` is the visit's end; the hold is longer by the buffer. `time_off` is what the booking is in the way of.
    """

    client = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("client"), on_delete=models.PROTECT, related_name="slot_offers"
    )
    waitlist_entry = models.ForeignKey(
        WaitlistEntry, on_delete=models.CASCADE, related_name="slot_offers", null=True, blank=True
    )
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="slot_offers", null=True, blank=True)
    master = models.ForeignKey(Master, verbose_name=_("master"), on_delete=models.PROTECT, related_name="+")
    hold = models.OneToOneField(AvailabilityBlock, on_delete=models.PROTECT, related_name="slot_offer", null=True)
    hold_kind = models.GeneratedField(
        expression=Value("hold"), output_field=models.CharField(max_length=8), db_persist=True
    )
    starts_at = models.DateTimeField(verbose_name=_("when"))
    ends_at = models.DateTimeField(verbose_name=_("until"))
    status = models.CharField(verbose_name=_("status"), max_length=9, choices=OfferStatus, default=OfferStatus.OPEN)
    expires_at = models.DateTimeField(verbose_name=_("held until"))
    time_off = DateTimeRangeField(null=True)
    time_off_reason = models.CharField(max_length=REASON_LENGTH, blank=True, default="")
    created_at = models.DateTimeField(verbose_name=_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("held time")
        verbose_name_plural = _("held times")
        db_table = "slot_offers"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=OfferStatus.values), name="slot_offers_status_known"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="slot_offers_end_after_start"),
            models.CheckConstraint(
                condition=Q(waitlist_entry__isnull=False, booking__isnull=True, time_off__isnull=True)
                | Q(waitlist_entry__isnull=True, booking__isnull=False, time_off__isnull=False),
                name="slot_offers_for_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(status=OfferStatus.OPEN, hold__isnull=False)
                | (~Q(status=OfferStatus.OPEN) & Q(hold__isnull=True)),
                name="slot_offers_open_holds_time",
            ),
            models.UniqueConstraint(
                fields=["waitlist_entry"], condition=Q(status=OfferStatus.OPEN), name="slot_offers_one_per_entry"
            ),
            models.UniqueConstraint(
                fields=["booking"], condition=Q(status=OfferStatus.OPEN), name="slot_offers_one_per_booking"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(status=OfferStatus.OPEN), name="slot_offers_to_expire"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} #{self.pk}"

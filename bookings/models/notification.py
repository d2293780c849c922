"""What has to be told, and what became of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from bookings.models.booking import Booking
from bookings.models.waitlist import SlotOffer


class NotificationKind(models.TextChoices):
    """Who is told what: the first word is the recipient."""

    CLIENT_CONFIRMED = "client_confirmed", _("to the client: booked")
    CLIENT_MOVED = "client_moved", _("to the client: moved")
    CLIENT_CANCELLED = "client_cancelled", _("to the client: cancelled")
    CLIENT_ASKED = "client_asked", _("to the client: will you come?")
    CLIENT_RELEASED = "client_released", _("to the client: not confirmed, so cancelled")
    CLIENT_SLOT_OFFERED = "client_slot_offered", _("to the client: a time has come free")
    CLIENT_MOVE_OFFERED = "client_move_offered", _("to the client: another time instead?")
    MASTER_NEW = "master_new", _("to the master: new booking")
    MASTER_MOVED = "master_moved", _("to the master: moved")
    MASTER_CANCELLED = "master_cancelled", _("to the master: cancelled")
    MASTER_MOVE_REFUSED = "master_move_refused", _("to the master: the client keeps the time")


class NotificationStatus(models.TextChoices):
    PENDING = "pending", _("waiting")
    SENT = "sent", _("sent")
    DEAD = "dead", _("not delivered")
    SKIPPED = "skipped", _("not needed any more")


class Notification(models.Model):
    """The outbox: written with what it tells, kept with what became of it, never with its text."""

    booking = models.ForeignKey(
        Booking, verbose_name=_("booking"), on_delete=models.CASCADE, related_name="notifications", null=True
    )
    slot_offer = models.ForeignKey(
        SlotOffer,
        verbose_name=_("held time"),
        on_delete=models.CASCADE,
        related_name="notifications",
        null=True,
        db_index=False,
    )
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("recipient"), on_delete=models.PROTECT, related_name="notifications"
    )
    kind = models.CharField(verbose_name=_("about"), max_length=24, choices=NotificationKind)
    dedupe_key = models.CharField(max_length=64, unique=True)
    status = models.CharField(
        verbose_name=_("status"),
        max_length=8,
        choices=NotificationStatus,
        default=NotificationStatus.PENDING,
        db_default="pending",
    )
    attempts = models.PositiveSmallIntegerField(verbose_name=_("attempts"), default=0, db_default=0)
    last_error = models.CharField(verbose_name=_("last error"), max_length=64, blank=True, db_default="")
    correlation_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(verbose_name=_("created"), default=timezone.now, editable=False)
    sent_at = models.DateTimeField(verbose_name=_("sent at"), null=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
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
        return f"{self._meta.verbose_name} #{self.pk}"

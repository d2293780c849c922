"""Who waits for a time to come free."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from bookings.models.catalogue import Service
from schedules.models import AvailabilityBlock, Master


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

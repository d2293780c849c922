"""When a master works, and everything that takes a master's time."""

import datetime as dt

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

BLOCKS_NO_OVERLAP = "availability_blocks_no_overlap"
BLOCK_IDENTITY = "availability_blocks_identity"


class Master(models.Model):
    """A person who cuts hair: a repeating cycle of days from an anchor date, and a lunch break.

    A plain week is a cycle of 7 anchored on a Monday; "two on, two off" is a cycle of 4.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="master"
    )
    name = models.CharField(verbose_name=_("name"), max_length=64)
    is_active = models.BooleanField(verbose_name=_("takes bookings"), default=True)
    cycle_days = models.PositiveSmallIntegerField(
        verbose_name=_("days in the cycle"), default=7, help_text=_("7 is a plain week, 4 is two on, two off.")
    )
    cycle_anchor = models.DateField(verbose_name=_("first day of a cycle"), help_text=_("For a plain week, a Monday."))
    lunch_starts = models.TimeField(verbose_name=_("lunch from"), null=True, blank=True, default=dt.time(13))
    lunch_ends = models.TimeField(verbose_name=_("lunch until"), null=True, blank=True, default=dt.time(14))

    class Meta:
        verbose_name = _("master")
        verbose_name_plural = _("masters")
        db_table = "masters"
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(cycle_days__range=(1, 56)), name="masters_cycle_length"),
            models.CheckConstraint(
                condition=Q(lunch_starts__isnull=True, lunch_ends__isnull=True)
                | Q(lunch_starts__isnull=False, lunch_ends__isnull=False, lunch_ends__gt=F("lunch_starts")),
                name="masters_lunch_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Shift(models.Model):
    """Working hours, shop's wall-clock time, on one day of the master's cycle."""

    master = models.ForeignKey(Master, verbose_name=_("master"), on_delete=models.CASCADE, related_name="shifts")
    cycle_day = models.PositiveSmallIntegerField(verbose_name=_("day of the cycle, from 0"))
    starts = models.TimeField(verbose_name=_("from"))
    ends = models.TimeField(verbose_name=_("until"))

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        db_table = "shifts"
        ordering = ["cycle_day", "starts"]
        constraints = [
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="shifts_end_after_start"),
            models.UniqueConstraint(fields=["master", "cycle_day", "starts"], name="shifts_unique_start"),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_day}: {self.starts:%H:%M}–{self.ends:%H:%M}"


class BlockKind(models.TextChoices):
    BOOKING = "booking"
    TIME_OFF = "time_off"
    BREAK = "break"
    HOLD = "hold"


class _Edge(Func):
    output_field = models.DateTimeField()


class AvailabilityBlock(models.Model):
    """One stretch of a master's time that is taken, by whatever. No two of a master overlap: the database says so."""

    master = models.ForeignKey(Master, on_delete=models.PROTECT, related_name="blocks")
    kind = models.CharField(max_length=8, choices=BlockKind)
    during = DateTimeRangeField()
    starts_at = models.GeneratedField(
        expression=_Edge(F("during"), function="lower"), output_field=models.DateTimeField(), db_persist=True
    )
    created_at = models.DateTimeField(default=timezone.now, db_default=Func(function="now"), editable=False)

    class Meta:
        db_table = "availability_blocks"
        constraints = [
            ExclusionConstraint(
                name=BLOCKS_NO_OVERLAP,
                expressions=[
                    (
                        Func(F("master"), F("master"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
            # What a booking's composite foreign key points at.
            models.UniqueConstraint(fields=["id", "master", "kind", "starts_at"], name=BLOCK_IDENTITY),
            models.CheckConstraint(condition=Q(kind__in=BlockKind.values), name="availability_blocks_kind_known"),
        ]
        indexes = [
            # The day's blocks come from the index alone, however long the history.
            models.Index(fields=["master", "starts_at"], include=["during"], name="availability_blocks_by_start"),
            models.Index(
                F("master"),
                _Edge(F("during"), function="upper"),
                condition=Q(kind=BlockKind.TIME_OFF),
                name="availability_blocks_time_off",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

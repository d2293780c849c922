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
DEFAULT_LUNCH = (dt.time(13), dt.time(14))
REASON_LENGTH = 500
NAME_LENGTH = 64


class Master(models.Model):
    """A person who cuts hair. When they work is in `rotas` and `lunches`; what takes their time is in blocks."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="master"
    )
    name = models.CharField(verbose_name=_("name"), max_length=NAME_LENGTH)
    is_active = models.BooleanField(verbose_name=_("takes bookings"), default=True)
    # Never the same twice, raised by `claims.lock_masters`: what was computed from a master's rows is kept by it.
    generation = models.BigIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        verbose_name = _("master")
        verbose_name_plural = _("masters")
        db_table = "masters"
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Rota(models.Model):
    """A repeating cycle of working days, in force from a day until the next rota, or on that one day alone.

    A plain week is a cycle of 7 anchored on a Monday, "two on, two off" a cycle of 4, alternating weeks one of 14. A
    rota of one day is an exception: it has a cycle of 1 and stands before whatever the cycle says of that day.
    """

    master = models.ForeignKey(Master, verbose_name=_("master"), on_delete=models.CASCADE, related_name="rotas")
    from_day = models.DateField(verbose_name=_("from day"))
    one_day = models.BooleanField(verbose_name=_("that day only"), default=False)
    cycle_days = models.PositiveSmallIntegerField(
        verbose_name=_("days in the cycle"), default=7, help_text=_("7 is a plain week, 4 is two on, two off.")
    )
    cycle_anchor = models.DateField(verbose_name=_("first day of a cycle"), help_text=_("For a plain week, a Monday."))

    class Meta:
        verbose_name = _("rota")
        verbose_name_plural = _("rotas")
        db_table = "rotas"
        ordering = ["master", "-from_day", "-one_day"]
        constraints = [
            models.UniqueConstraint(fields=["master", "one_day", "from_day"], name="rotas_one_from_a_day"),
            models.CheckConstraint(condition=Q(cycle_days__range=(1, 56)), name="rotas_cycle_length"),
            models.CheckConstraint(condition=Q(one_day=False) | Q(cycle_days=1), name="rotas_one_day_is_one"),
        ]

    def __str__(self) -> str:
        return f"{self.from_day:%d.%m.%Y}"


class Shift(models.Model):
    """Working hours, shop's wall-clock time in whole minutes, on one day of a rota's cycle."""

    rota = models.ForeignKey(Rota, verbose_name=_("rota"), on_delete=models.CASCADE, related_name="shifts")
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
            models.UniqueConstraint(fields=["rota", "cycle_day", "starts"], name="shifts_unique_start"),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_day}: {self.starts:%H:%M}–{self.ends:%H:%M}"


class Lunch(models.Model):
    """A master's lunch break from a day until the next change, or on that one day alone; without hours, no break.

    Until a master's first row lunch is DEFAULT_LUNCH.
    """

    master = models.ForeignKey(Master, verbose_name=_("master"), on_delete=models.CASCADE, related_name="lunches")
    from_day = models.DateField(verbose_name=_("from day"))
    one_day = models.BooleanField(verbose_name=_("that day only"), default=False)
    starts = models.TimeField(verbose_name=_("from"), null=True, blank=True)
    ends = models.TimeField(verbose_name=_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("lunch")
        verbose_name_plural = _("lunches")
        db_table = "lunches"
        ordering = ["master", "-from_day", "-one_day"]
        constraints = [
            models.UniqueConstraint(fields=["master", "one_day", "from_day"], name="lunches_one_from_a_day"),
            models.CheckConstraint(
                condition=Q(starts__isnull=True, ends__isnull=True)
                | Q(starts__isnull=False, ends__isnull=False, ends__gt=F("starts")),
                name="lunches_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_day:%d.%m.%Y}"


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
    reason = models.CharField(max_length=REASON_LENGTH, blank=True, default="", db_default="")
    starts_at = models.GeneratedField(
        expression=_Edge(F("during"), function="lower"), output_field=models.DateTimeField(), db_persist=True
    )
    created_at = models.DateTimeField(default=timezone.now, db_default=Func(function="now"), editable=False)

    class Meta:
        verbose_name = _("time off")
        verbose_name_plural = _("time off")
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
            models.CheckConstraint(
                condition=Q(reason="") | Q(kind__in=(BlockKind.TIME_OFF, BlockKind.BREAK)),
                name="availability_blocks_reason_of_time_off",
            ),
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

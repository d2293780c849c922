"""The history of backups, for people to read. The truth about a backup is its manifest."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class BackupKind(models.TextChoices):
    BACKUP = "backup"
    RESTORE = "restore"
    REHEARSAL = "rehearsal"


class BackupStatus(models.TextChoices):
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class BackupRun(models.Model):
    """One run of a backup, a restore or a rehearsal."""

    kind = models.CharField(max_length=9, choices=BackupKind)
    status = models.CharField(max_length=9, choices=BackupStatus, default=BackupStatus.RUNNING)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    size_bytes = models.BigIntegerField(null=True)
    reason_code = models.CharField(max_length=32, blank=True)

    class Meta:
        db_table = "backup_runs"
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=BackupKind.values), name="backup_runs_kind_known"),
            models.CheckConstraint(condition=Q(status__in=BackupStatus.values), name="backup_runs_status_known"),
            models.CheckConstraint(
                condition=Q(status=BackupStatus.RUNNING, finished_at__isnull=True)
                | (~Q(status=BackupStatus.RUNNING) & Q(finished_at__isnull=False)),
                name="backup_runs_finished",
            ),
            models.CheckConstraint(condition=Q(size_bytes__gte=0), name="backup_runs_size_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk}"

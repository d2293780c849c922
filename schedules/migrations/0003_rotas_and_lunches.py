import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    """When a master works gets a date: rotas and lunches beside what `masters` and `shifts` said until now."""

    dependencies = [("schedules", "0002_block_bounds")]

    operations = [
        migrations.CreateModel(
            name="Rota",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_day", models.DateField(verbose_name="from day")),
                ("one_day", models.BooleanField(default=False, verbose_name="that day only")),
                (
                    "cycle_days",
                    models.PositiveSmallIntegerField(
                        default=7, help_text="7 is a plain week, 4 is two on, two off.", verbose_name="days in the cycle"
                    ),
                ),
                (
                    "cycle_anchor",
                    models.DateField(help_text="For a plain week, a Monday.", verbose_name="first day of a cycle"),
                ),
                (
                    "master",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rotas",
                        to="schedules.master",
                        verbose_name="master",
                    ),
                ),
            ],
            options={
                "verbose_name": "rota",
                "verbose_name_plural": "rotas",
                "db_table": "rotas",
                "ordering": ["master", "-from_day", "-one_day"],
                "constraints": [
                    models.UniqueConstraint(fields=["master", "one_day", "from_day"], name="rotas_one_from_a_day"),
                    models.CheckConstraint(condition=Q(cycle_days__range=(1, 56)), name="rotas_cycle_length"),
                    models.CheckConstraint(condition=Q(one_day=False) | Q(cycle_days=1), name="rotas_one_day_is_one"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Lunch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_day", models.DateField(verbose_name="from day")),
                ("one_day", models.BooleanField(default=False, verbose_name="that day only")),
                ("starts", models.TimeField(blank=True, null=True, verbose_name="from")),
                ("ends", models.TimeField(blank=True, null=True, verbose_name="until")),
                (
                    "master",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lunches",
                        to="schedules.master",
                        verbose_name="master",
                    ),
                ),
            ],
            options={
                "verbose_name": "lunch",
                "verbose_name_plural": "lunches",
                "db_table": "lunches",
                "ordering": ["master", "-from_day", "-one_day"],
                "constraints": [
                    models.UniqueConstraint(fields=["master", "one_day", "from_day"], name="lunches_one_from_a_day"),
                    models.CheckConstraint(
                        condition=Q(starts__isnull=True, ends__isnull=True)
                        | Q(starts__isnull=False, ends__isnull=False, ends__gt=F("starts")),
                        name="lunches_whole",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="master",
            name="generation",
            field=models.BigIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddField(
            model_name="availabilityblock",
            name="reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        AddConstraintNotValid(
            model_name="availabilityblock",
            constraint=models.CheckConstraint(
                condition=Q(reason="") | Q(kind__in=("time_off", "break")),
                name="availability_blocks_reason_of_time_off",
            ),
        ),
        migrations.AddField(
            model_name="shift",
            name="rota",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="shifts",
                to="schedules.rota",
                verbose_name="rota",
            ),
        ),
        migrations.RunSQL(
            """
            INSERT INTO rotas (master_id, from_day, one_day, cycle_days, cycle_anchor)
            SELECT id, '2000-01-01', false, cycle_days, cycle_anchor FROM masters;
            INSERT INTO lunches (master_id, from_day, one_day, starts, ends)
            SELECT id, '2000-01-01', false, lunch_starts, lunch_ends FROM masters
             WHERE lunch_starts IS DISTINCT FROM '13:00' OR lunch_ends IS DISTINCT FROM '14:00';
            UPDATE shifts SET rota_id = rotas.id FROM rotas WHERE rotas.master_id = shifts.master_id;
            """,
            migrations.RunSQL.noop,
        ),
    ]

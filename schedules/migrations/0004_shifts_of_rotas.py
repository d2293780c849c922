import django.db.models.deletion
from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    """What rotas and lunches say now goes from `masters` and `shifts`: a few rows, locked for a moment.

    Backwards, a master keeps the rota and the lunch of the day; exceptions and planned changes have no place there.
    """

    dependencies = [("schedules", "0003_rotas_and_lunches")]

    operations = [
        migrations.AlterModelOptions(
            name="availabilityblock", options={"verbose_name": "time off", "verbose_name_plural": "time off"}
        ),
        ValidateConstraint("availabilityblock", "availability_blocks_reason_of_time_off"),
        migrations.RunSQL(
            """
            ALTER TABLE shifts
                ALTER COLUMN rota_id SET NOT NULL,
                DROP COLUMN master_id,
                ADD CONSTRAINT shifts_unique_start UNIQUE (rota_id, cycle_day, starts);
            ALTER TABLE masters
                DROP COLUMN cycle_days,
                DROP COLUMN cycle_anchor,
                DROP COLUMN lunch_starts,
                DROP COLUMN lunch_ends;
            """,
            """
            SET CONSTRAINTS ALL IMMEDIATE;
            ALTER TABLE masters
                ADD COLUMN cycle_days smallint NOT NULL DEFAULT 7 CHECK (cycle_days >= 0),
                ADD COLUMN cycle_anchor date NOT NULL DEFAULT date_trunc('week', now()),
                ADD COLUMN lunch_starts time DEFAULT '13:00',
                ADD COLUMN lunch_ends time DEFAULT '14:00',
                ADD CONSTRAINT masters_cycle_length CHECK (cycle_days BETWEEN 1 AND 56),
                ADD CONSTRAINT masters_lunch_whole CHECK (
                    (lunch_starts IS NULL AND lunch_ends IS NULL)
                    OR (lunch_starts IS NOT NULL AND lunch_ends IS NOT NULL AND lunch_ends > lunch_starts)
                );
            CREATE TEMPORARY TABLE kept_rotas ON COMMIT DROP AS
            SELECT DISTINCT ON (master_id) * FROM rotas
             WHERE NOT one_day AND from_day <= current_date ORDER BY master_id, from_day DESC;
            DELETE FROM shifts WHERE rota_id NOT IN (SELECT id FROM kept_rotas);
            UPDATE masters SET cycle_days = r.cycle_days, cycle_anchor = r.cycle_anchor
              FROM kept_rotas r WHERE r.master_id = masters.id;
            UPDATE masters SET lunch_starts = l.starts, lunch_ends = l.ends
              FROM (SELECT DISTINCT ON (master_id) * FROM lunches
                     WHERE NOT one_day AND from_day <= current_date ORDER BY master_id, from_day DESC) l
             WHERE l.master_id = masters.id;
            ALTER TABLE masters
                ALTER COLUMN cycle_days DROP DEFAULT,
                ALTER COLUMN cycle_anchor DROP DEFAULT,
                ALTER COLUMN lunch_starts DROP DEFAULT,
                ALTER COLUMN lunch_ends DROP DEFAULT;
            ALTER TABLE shifts
                DROP CONSTRAINT shifts_unique_start,
                ALTER COLUMN rota_id DROP NOT NULL,
                ADD COLUMN master_id bigint;
            UPDATE shifts SET master_id = rotas.master_id FROM rotas WHERE rotas.id = shifts.rota_id;
            ALTER TABLE shifts
                ALTER COLUMN master_id SET NOT NULL,
                ADD CONSTRAINT shifts_unique_start UNIQUE (master_id, cycle_day, starts),
                ADD CONSTRAINT shifts_master_id_fk FOREIGN KEY (master_id) REFERENCES masters (id)
                    DEFERRABLE INITIALLY DEFERRED;
            CREATE INDEX shifts_master_id ON shifts (master_id);
            """,
            state_operations=[
                migrations.RemoveConstraint(model_name="shift", name="shifts_unique_start"),
                migrations.RemoveField(model_name="shift", name="master"),
                migrations.AlterField(
                    model_name="shift",
                    name="rota",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shifts",
                        to="schedules.rota",
                        verbose_name="rota",
                    ),
                ),
                migrations.AddConstraint(
                    model_name="shift",
                    constraint=models.UniqueConstraint(
                        fields=("rota", "cycle_day", "starts"), name="shifts_unique_start"
                    ),
                ),
                migrations.RemoveConstraint(model_name="master", name="masters_cycle_length"),
                migrations.RemoveConstraint(model_name="master", name="masters_lunch_whole"),
                migrations.RemoveField(model_name="master", name="cycle_days"),
                migrations.RemoveField(model_name="master", name="cycle_anchor"),
                migrations.RemoveField(model_name="master", name="lunch_starts"),
                migrations.RemoveField(model_name="master", name="lunch_ends"),
            ],
        ),
        migrations.RunSQL(
            """
            ALTER TABLE shifts ADD CONSTRAINT shifts_whole_minutes CHECK (
                date_trunc('minute', starts::interval) = starts::interval
                AND date_trunc('minute', ends::interval) = ends::interval
            ) NOT VALID;
            ALTER TABLE lunches ADD CONSTRAINT lunches_whole_minutes CHECK (
                date_trunc('minute', starts::interval) = starts::interval
                AND date_trunc('minute', ends::interval) = ends::interval
            ) NOT VALID;
            """,
            """
            ALTER TABLE lunches DROP CONSTRAINT lunches_whole_minutes;
            ALTER TABLE shifts DROP CONSTRAINT shifts_whole_minutes;
            """,
        ),
    ]

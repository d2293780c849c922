from django.db import migrations


class Migration(migrations.Migration):
    """What a model's CheckConstraint can't say of a range: finite, half-open, not empty, and how long."""

    dependencies = [("schedules", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            ALTER TABLE availability_blocks
                ADD CONSTRAINT availability_blocks_bounds CHECK (
                    NOT isempty(during)
                    AND NOT lower_inf(during) AND NOT upper_inf(during)
                    AND isfinite(lower(during)) AND isfinite(upper(during))
                    AND lower_inc(during) AND NOT upper_inc(during)
                ),
                ADD CONSTRAINT availability_blocks_a_day_at_most CHECK (
                    kind = 'time_off' OR upper(during) - lower(during) <= interval '1 day'
                );
            """,
            """
            ALTER TABLE availability_blocks
                DROP CONSTRAINT availability_blocks_a_day_at_most,
                DROP CONSTRAINT availability_blocks_bounds;
            """,
        )
    ]

from django.db import migrations


class Migration(migrations.Migration):
    """A booking's block is of the same master, begins at the same moment and is a booking's: checked at commit."""

    dependencies = [("bookings", "0001_initial"), ("schedules", "0002_block_bounds")]

    operations = [
        migrations.RunSQL(
            """
            ALTER TABLE bookings
                ADD CONSTRAINT bookings_block_is_its_own
                FOREIGN KEY (block_id, master_id, block_kind, starts_at)
                REFERENCES availability_blocks (id, master_id, kind, starts_at)
                DEFERRABLE INITIALLY DEFERRED;
            """,
            "ALTER TABLE bookings DROP CONSTRAINT bookings_block_is_its_own;",
        )
    ]

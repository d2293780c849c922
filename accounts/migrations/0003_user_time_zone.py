from django.db import migrations, models


class Migration(migrations.Migration):
    """A column with a constant default: PostgreSQL rewrites no row, and the release before inserts without it."""

    dependencies = [("accounts", "0002_audit_append_only")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="time_zone",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="A name of the IANA database, as Asia/Omsk; empty is the barbershop's.",
                max_length=64,
                verbose_name="time zone",
            ),
        ),
    ]

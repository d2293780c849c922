from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """A service's id is short enough for three of them on a button. Nobody waits while the rows are looked at."""

    atomic = False
    dependencies = [("bookings", "0004_checked_and_indexed")]

    operations = [
        AddConstraintNotValid(
            "service",
            models.CheckConstraint(condition=Q(id__lte=2**31 - 1), name="services_id_fits_buttons"),
        ),
        ValidateConstraint("service", "services_id_fits_buttons"),
    ]

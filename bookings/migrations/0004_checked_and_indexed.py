from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """What reads the whole of a big table, without keeping anybody from writing to it."""

    atomic = False
    dependencies = [("bookings", "0003_slot_offers")]

    operations = [
        ValidateConstraint("booking", "bookings_cancelled_by_somebody"),
        ValidateConstraint("booking", "bookings_staff_cancel_with_reason"),
        ValidateConstraint("booking", "bookings_confirmed_when_asked"),
        AddIndexConcurrently(
            "booking",
            models.Index(fields=["ends_at"], condition=Q(status="confirmed"), name="bookings_to_complete"),
        ),
        AddIndexConcurrently(
            "booking",
            models.Index(
                fields=["confirm_by"],
                condition=Q(status="confirmed", confirm_by__isnull=False, confirmed_at__isnull=True),
                name="bookings_to_confirm",
            ),
        ),
        AddIndexConcurrently(
            "booking",
            models.Index(
                fields=["walk_in_phone"],
                condition=Q(status="confirmed") & ~Q(walk_in_phone=""),
                name="bookings_of_walk_in",
            ),
        ),
    ]

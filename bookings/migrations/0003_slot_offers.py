import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import F, Q

CANCELLED_BY = [("client", "client"), ("master", "master"), ("admin", "administrator"), ("shop", "the shop's rule")]
WAITLIST_STATUS = [
    ("waiting", "waiting"),
    ("offered", "has an offer"),
    ("taken", "has got a time"),
    ("given_up", "waits no more"),
]
OFFER_STATUS = [
    ("open", "waits for an answer"),
    ("accepted", "accepted"),
    ("declined", "declined"),
    ("expired", "nobody answered"),
    ("withdrawn", "taken back"),
]
KINDS = [
    ("client_confirmed", "to the client: booked"),
    ("client_moved", "to the client: moved"),
    ("client_cancelled", "to the client: cancelled"),
    ("client_asked", "to the client: will you come?"),
    ("client_released", "to the client: not confirmed, so cancelled"),
    ("client_slot_offered", "to the client: a time has come free"),
    ("client_move_offered", "to the client: another time instead?"),
    ("master_new", "to the master: new booking"),
    ("master_moved", "to the master: moved"),
    ("master_cancelled", "to the master: cancelled"),
    ("master_move_refused", "to the master: the client keeps the time"),
]

WAITLIST = [
    migrations.AlterField(
        model_name="waitlistentry",
        name="service",
        field=models.ForeignKey(
            null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="bookings.service"
        ),
    ),
    migrations.CreateModel(
        name="WaitlistService",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("position", models.PositiveSmallIntegerField(default=0, verbose_name="place in the list")),
            (
                "entry",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="bookings.waitlistentry"
                ),
            ),
            (
                "service",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="bookings.service",
                    verbose_name="service",
                ),
            ),
        ],
        options={
            "db_table": "waitlist_services",
            "ordering": ["position"],
            "constraints": [
                models.UniqueConstraint(fields=["entry", "position"], name="waitlist_services_position_unique")
            ],
        },
    ),
    migrations.RunSQL(
        """
        INSERT INTO waitlist_services (entry_id, service_id, position) SELECT id, service_id, 0 FROM waitlist_entries;
        UPDATE waitlist_entries SET status = 'waiting', hold_id = NULL WHERE status = 'offered';
        DELETE FROM availability_blocks WHERE kind = 'hold';
        UPDATE waitlist_entries SET status = 'given_up'
          FROM waitlist_entries earlier
         WHERE waitlist_entries.status = 'waiting' AND earlier.status = 'waiting'
           AND earlier.client_id = waitlist_entries.client_id AND earlier.day = waitlist_entries.day
           AND earlier.master_id IS NOT DISTINCT FROM waitlist_entries.master_id
           AND (earlier.created_at, earlier.id) < (waitlist_entries.created_at, waitlist_entries.id);
        SET CONSTRAINTS ALL IMMEDIATE;
        """,
        """
        UPDATE waitlist_entries
           SET service_id = line.service_id,
               status = CASE waitlist_entries.status WHEN 'offered' THEN 'waiting' ELSE waitlist_entries.status END
          FROM waitlist_services line WHERE line.entry_id = waitlist_entries.id AND line.position = 0;
        DELETE FROM waitlist_entries WHERE service_id IS NULL;
        DELETE FROM availability_blocks WHERE kind = 'hold';
        SET CONSTRAINTS ALL IMMEDIATE;
        """,
    ),
    migrations.RemoveConstraint(model_name="waitlistentry", name="waitlist_hold_is_offered"),
    migrations.RemoveConstraint(model_name="waitlistentry", name="waitlist_asked_once"),
    migrations.RemoveField(model_name="waitlistentry", name="hold"),
    migrations.RemoveField(model_name="waitlistentry", name="service"),
    migrations.AddField(
        model_name="waitlistentry",
        name="services",
        field=models.ManyToManyField(related_name="+", through="bookings.WaitlistService", to="bookings.service"),
    ),
    migrations.AlterModelOptions(
        name="waitlistentry",
        options={
            "ordering": ["created_at", "id"],
            "verbose_name": "waiting list entry",
            "verbose_name_plural": "waiting list",
        },
    ),
    migrations.AlterField(
        model_name="waitlistentry",
        name="client",
        field=models.ForeignKey(
            on_delete=django.db.models.deletion.CASCADE,
            related_name="waitlist_entries",
            to=settings.AUTH_USER_MODEL,
            verbose_name="client",
        ),
    ),
    migrations.AlterField(
        model_name="waitlistentry",
        name="master",
        field=models.ForeignKey(
            blank=True,
            null=True,
            on_delete=django.db.models.deletion.CASCADE,
            related_name="+",
            to="schedules.master",
            verbose_name="master",
        ),
    ),
    migrations.AlterField("waitlistentry", "day", models.DateField(verbose_name="day")),
    migrations.AlterField(
        model_name="waitlistentry",
        name="status",
        field=models.CharField(choices=WAITLIST_STATUS, default="waiting", max_length=8, verbose_name="status"),
    ),
    migrations.AlterField(
        model_name="waitlistentry",
        name="created_at",
        field=models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
    ),
    migrations.AddConstraint(
        model_name="waitlistentry",
        constraint=models.UniqueConstraint(
            fields=["client", "master", "day"],
            condition=Q(status__in=("waiting", "offered")),
            nulls_distinct=False,
            name="waitlist_asked_once",
        ),
    ),
    migrations.AddIndex(
        model_name="waitlistentry",
        index=models.Index(fields=["day", "created_at"], condition=Q(status="waiting"), name="waitlist_in_line"),
    ),
]

SLOT_OFFERS = [
    migrations.CreateModel(
        name="SlotOffer",
        fields=[
            ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            (
                "hold_kind",
                models.GeneratedField(
                    db_persist=True, expression=models.Value("hold"), output_field=models.CharField(max_length=8)
                ),
            ),
            ("starts_at", models.DateTimeField(verbose_name="when")),
            ("ends_at", models.DateTimeField(verbose_name="until")),
            (
                "status",
                models.CharField(choices=OFFER_STATUS, default="open", max_length=9, verbose_name="status"),
            ),
            ("expires_at", models.DateTimeField(verbose_name="held until")),
            ("time_off", django.contrib.postgres.fields.ranges.DateTimeRangeField(null=True)),
            ("time_off_reason", models.CharField(blank=True, default="", max_length=500)),
            (
                "created_at",
                models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="created"),
            ),
            (
                "booking",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="slot_offers",
                    to="bookings.booking",
                ),
            ),
            (
                "client",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="slot_offers",
                    to=settings.AUTH_USER_MODEL,
                    verbose_name="client",
                ),
            ),
            (
                "hold",
                models.OneToOneField(
                    null=True,
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="slot_offer",
                    to="schedules.availabilityblock",
                ),
            ),
            (
                "master",
                models.ForeignKey(
                    on_delete=django.db.models.deletion.PROTECT,
                    related_name="+",
                    to="schedules.master",
                    verbose_name="master",
                ),
            ),
            (
                "waitlist_entry",
                models.ForeignKey(
                    blank=True,
                    null=True,
                    on_delete=django.db.models.deletion.CASCADE,
                    related_name="slot_offers",
                    to="bookings.waitlistentry",
                ),
            ),
        ],
        options={
            "verbose_name": "held time",
            "verbose_name_plural": "held times",
            "db_table": "slot_offers",
            "ordering": ["-id"],
            "indexes": [
                models.Index(fields=["expires_at"], condition=Q(status="open"), name="slot_offers_to_expire"),
            ],
            "constraints": [
                models.CheckConstraint(
                    condition=Q(status__in=[value for value, _ in OFFER_STATUS]), name="slot_offers_status_known"
                ),
                models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="slot_offers_end_after_start"),
                models.CheckConstraint(
                    condition=Q(waitlist_entry__isnull=False, booking__isnull=True, time_off__isnull=True)
                    | Q(waitlist_entry__isnull=True, booking__isnull=False, time_off__isnull=False),
                    name="slot_offers_for_one_thing",
                ),
                models.CheckConstraint(
                    condition=Q(status="open", hold__isnull=False) | (~Q(status="open") & Q(hold__isnull=True)),
                    name="slot_offers_open_holds_time",
                ),
                models.UniqueConstraint(
                    fields=["waitlist_entry"], condition=Q(status="open"), name="slot_offers_one_per_entry"
                ),
                models.UniqueConstraint(
                    fields=["booking"], condition=Q(status="open"), name="slot_offers_one_per_booking"
                ),
            ],
        },
    ),
    migrations.RunSQL(
        """
        ALTER TABLE slot_offers
            ADD CONSTRAINT slot_offers_hold_is_its_own
            FOREIGN KEY (hold_id, master_id, hold_kind, starts_at)
            REFERENCES availability_blocks (id, master_id, kind, starts_at)
            DEFERRABLE INITIALLY DEFERRED;
        """,
        "ALTER TABLE slot_offers DROP CONSTRAINT slot_offers_hold_is_its_own;",
    ),
    migrations.AddField(
        model_name="notification",
        name="slot_offer",
        field=models.ForeignKey(
            db_index=False,
            null=True,
            on_delete=django.db.models.deletion.CASCADE,
            related_name="notifications",
            to="bookings.slotoffer",
            verbose_name="held time",
        ),
    ),
    migrations.AlterField(
        model_name="notification",
        name="kind",
        field=models.CharField(choices=KINDS, max_length=24, verbose_name="about"),
    ),
    migrations.RunSQL(
        migrations.RunSQL.noop,
        """
        DELETE FROM notifications WHERE booking_id IS NULL;
        UPDATE notifications SET status = 'skipped', last_error = 'rolled_back'
         WHERE status = 'pending'
           AND kind NOT IN ('client_confirmed', 'client_cancelled', 'master_new', 'master_cancelled');
        SET CONSTRAINTS ALL IMMEDIATE;
        """,
    ),
]

BOOKINGS = [
    migrations.AddField("booking", "confirm_by", models.DateTimeField(null=True, verbose_name="to be confirmed by")),
    migrations.AddField("booking", "asked_at", models.DateTimeField(null=True, verbose_name="asked at")),
    migrations.AddField("booking", "confirmed_at", models.DateTimeField(null=True, verbose_name="confirmed at")),
    migrations.AddField("booking", "revision", models.PositiveIntegerField(db_default=0, default=0, editable=False)),
    migrations.AlterField(
        model_name="booking",
        name="cancelled_by",
        field=models.CharField(blank=True, choices=CANCELLED_BY, max_length=6, verbose_name="cancelled by"),
    ),
    migrations.RemoveConstraint(model_name="booking", name="bookings_cancelled_by_somebody"),
    migrations.RemoveConstraint(model_name="booking", name="bookings_staff_cancel_with_reason"),
    migrations.RunSQL(
        migrations.RunSQL.noop,
        """
        UPDATE bookings SET cancelled_by = 'admin', cancel_reason = 'not confirmed' WHERE cancelled_by = 'shop';
        SET CONSTRAINTS ALL IMMEDIATE;
        """,
    ),
    AddConstraintNotValid(
        model_name="booking",
        constraint=models.CheckConstraint(
            condition=Q(status="cancelled", cancelled_at__isnull=False)
            & Q(cancelled_by__in=[value for value, _ in CANCELLED_BY])
            | (~Q(status="cancelled") & Q(cancelled_at__isnull=True, cancelled_by="")),
            name="bookings_cancelled_by_somebody",
        ),
    ),
    AddConstraintNotValid(
        model_name="booking",
        constraint=models.CheckConstraint(
            condition=Q(cancelled_by__in=("", "client", "shop")) | Q(cancel_reason__regex=r"\S"),
            name="bookings_staff_cancel_with_reason",
        ),
    ),
    AddConstraintNotValid(
        model_name="booking",
        constraint=models.CheckConstraint(
            condition=Q(confirmed_at__isnull=True) | Q(confirm_by__isnull=False),
            name="bookings_confirmed_when_asked",
        ),
    ),
    migrations.RunSQL(
        """
        CREATE FUNCTION bookings_refuse_illegal_move() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.status <> NEW.status
               AND NOT (OLD.status = 'confirmed' OR OLD.status = 'completed' AND NEW.status = 'no_show')
               OR OLD.status <> 'confirmed'
               AND (OLD.master_id, OLD.starts_at, OLD.ends_at) IS DISTINCT FROM
                   (NEW.master_id, NEW.starts_at, NEW.ends_at)
            THEN
                RAISE EXCEPTION 'a booking that is % does not become % or move', OLD.status, NEW.status
                    USING ERRCODE = 'check_violation', TABLE = 'bookings', CONSTRAINT = 'bookings_status_moves';
            END IF;
            RETURN NEW;
        END
        $$;
        CREATE TRIGGER bookings_status_moves BEFORE UPDATE OF status, master_id, starts_at, ends_at ON bookings
            FOR EACH ROW EXECUTE FUNCTION bookings_refuse_illegal_move();
        """,
        """
        DROP TRIGGER bookings_status_moves ON bookings;
        DROP FUNCTION bookings_refuse_illegal_move();
        """,
    ),
]


class Migration(migrations.Migration):
    """Times held for who waits or has to move, several services waited for, and how a booking may change."""

    dependencies = [
        ("bookings", "0002_booking_is_its_block"),
        ("schedules", "0004_shifts_of_rotas"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = WAITLIST + SLOT_OFFERS + BOOKINGS

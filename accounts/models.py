"""Who: one row a person, their invites, what was done by whom, and the inbox of what they tapped."""

import datetime as dt
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.phones import E164_PATTERN


class Role(models.TextChoices):
    CLIENT = "client", _("client")
    MASTER = "master", _("master")
    ADMIN = "admin", _("administrator")
    OWNER = "owner", _("owner")


class Language(models.TextChoices):
    RU = "ru", "Русский"
    EN = "en", "English"


class Channel(models.TextChoices):
    """Where an action came from."""

    BOT = "bot"
    ADMIN = "admin"
    COMMAND = "command"
    WORKER = "worker"
    WEBHOOK = "webhook"


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(username=self.model.normalize_username(username), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(username, password, role=Role.OWNER, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A client, a master or staff. Clients and masters come from Telegram; staff also sign in with a password."""

    telegram_id = models.BigIntegerField(verbose_name=_("Telegram id"), null=True, blank=True, unique=True)
    username = models.CharField(
        verbose_name=_("sign-in name"),
        max_length=150,
        null=True,
        blank=True,
        unique=True,
    )
    name = models.CharField(verbose_name=_("name"), max_length=128, blank=True)
    phone = models.CharField(verbose_name=_("phone"), max_length=16, blank=True)
    role = models.CharField(verbose_name=_("role"), max_length=8, choices=Role, default=Role.CLIENT)
    language = models.CharField(verbose_name=_("language"), max_length=2, choices=Language, default=Language.RU)
    time_zone = models.CharField(
        verbose_name=_("time zone"),
        help_text=_("A name of the IANA database, as Asia/Omsk; empty is the barbershop's."),
        max_length=64,
        blank=True,
        default="",
        db_default="",
    )
    is_active = models.BooleanField(verbose_name=_("active"), default=True)
    bot_blocked_at = models.DateTimeField(verbose_name=_("blocked the bot"), null=True, blank=True, editable=False)
    # Which menu of commands Telegram shows in this person's chat (`barbershop.menus`); empty is everybody's.
    menu = models.CharField(max_length=24, blank=True, default="", db_default="", editable=False)
    created_at = models.DateTimeField(verbose_name=_("created"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        db_table = "users"
        constraints = [
            models.CheckConstraint(condition=Q(telegram_id__gt=0), name="users_telegram_id_positive"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="users_role_known"),
            models.CheckConstraint(condition=Q(language__in=Language.values), name="users_language_known"),
            models.CheckConstraint(condition=Q(phone="") | Q(phone__regex=E164_PATTERN), name="users_phone_e164"),
            models.CheckConstraint(
                condition=Q(role=Role.OWNER, is_superuser=True) | (~Q(role=Role.OWNER) & Q(is_superuser=False)),
                name="users_owner_is_superuser",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username or f"#{self.pk}"

    @property
    def is_staff(self) -> bool:
        """Whether the person may sign in to admin; what they may do there is a matter of permissions."""
        return self.role in (Role.ADMIN, Role.OWNER)


class InviteState(models.TextChoices):
    OPEN = "open", _("open")
    USED = "used", _("used")
    REVOKED = "revoked", _("revoked")
    EXPIRED = "expired", _("expired")


class Invite(models.Model):
    """A one-time link that gives its opener a role. Only the token's SHA-256 is kept; without a maker, a command's."""

    token_hash = models.CharField(max_length=64, unique=True)
    role = models.CharField(verbose_name=_("role"), max_length=8, choices=Role)
    created_by = models.ForeignKey(
        User, verbose_name=_("made by"), on_delete=models.PROTECT, related_name="+", null=True
    )
    created_at = models.DateTimeField(verbose_name=_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(verbose_name=_("expires"))
    used_by = models.ForeignKey(User, verbose_name=_("used by"), on_delete=models.PROTECT, related_name="+", null=True)
    used_at = models.DateTimeField(verbose_name=_("used"), null=True)
    revoked_at = models.DateTimeField(verbose_name=_("revoked"), null=True)

    class Meta:
        verbose_name = _("invite")
        verbose_name_plural = _("invites")
        db_table = "invites"
        constraints = [
            models.CheckConstraint(
                condition=Q(token_hash__regex=r"^[0-9a-f]{64}$"),  # noqa: S106 - a pattern
                name="invites_hash_only",
            ),
            models.CheckConstraint(condition=Q(role__in=(Role.MASTER, Role.ADMIN)), name="invites_role_grantable"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="invites_expire"),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, used_by__isnull=True)
                | Q(used_at__isnull=False, used_by__isnull=False),
                name="invites_used_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(revoked_at__isnull=True), name="invites_revoked_is_not_used"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} invite #{self.pk}"

    def state(self, *, now: dt.datetime) -> InviteState:
        if self.used_at is not None:
            return InviteState.USED
        if self.revoked_at is not None:
            return InviteState.REVOKED
        return InviteState.OPEN if self.expires_at > now else InviteState.EXPIRED


class BotAccount(models.Model):
    """A bot that this shop has run, as Telegram calls it: links to it are made where nobody holds its token, too."""

    telegram_id = models.BigIntegerField(primary_key=True)
    username = models.CharField(max_length=32)
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "bot_accounts"

    def __str__(self) -> str:
        return f"@{self.username}"


class AuditEvent(models.Model):
    """Who did what, append-only (a trigger refuses UPDATE, DELETE and TRUNCATE). Identifiers and states only.

    The actor is a plain id, so that nothing cascades into the trail.
    """

    at = models.DateTimeField(default=timezone.now)
    actor_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=8, choices=Channel)
    action = models.CharField(max_length=64)
    object_type = models.CharField(max_length=32)
    object_id = models.BigIntegerField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    correlation_id = models.CharField(max_length=64, blank=True)

    class Meta:
        db_table = "audit_events"
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=Channel.values), name="audit_events_channel_known")
        ]
        indexes = [models.Index(fields=["object_type", "object_id"], name="audit_events_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} #{self.object_id}"


class ExpectedInput(models.Model):
    """The question that a person is to answer by typing: a reason, a name, a phone.

    Identifiers and moments; of the words only a walk-in's name, while the phone that goes with it is asked for.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="expected_input")
    step = models.CharField(max_length=32)
    data = models.JSONField(default=dict)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        db_table = "expected_inputs"

    def __str__(self) -> str:
        return f"{self.step} of #{self.user_id}"


class UpdateStatus(models.TextChoices):
    PENDING = "pending"
    HANDLED = "handled"
    FAILED = "failed"


class TelegramUpdate(models.Model):
    """The inbox: an update is stored before Telegram is told so, and its payload is erased once it is handled.

    `lane` is the Telegram user (or chat) whose updates keep their order; the payload is ASCII JSON as text, because
    jsonb refuses NUL and lone surrogates that a client can type.
    """

    update_id = models.BigIntegerField(primary_key=True)
    lane = models.BigIntegerField(default=0)
    payload = models.TextField(blank=True)
    status = models.CharField(max_length=8, choices=UpdateStatus, default=UpdateStatus.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    error = models.CharField(max_length=128, blank=True)
    received_at = models.DateTimeField(default=timezone.now, editable=False)
    handled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "telegram_updates"
        constraints = [
            models.CheckConstraint(
                condition=~Q(status=UpdateStatus.HANDLED) | Q(payload="", handled_at__isnull=False),
                name="telegram_updates_handled_is_erased",
            ),
            models.CheckConstraint(condition=Q(status__in=UpdateStatus.values), name="telegram_updates_status_known"),
        ]
        indexes = [
            models.Index(
                fields=["lane", "update_id"],
                condition=Q(status=UpdateStatus.PENDING),
                name="telegram_updates_pending",
            )
        ]

    def __str__(self) -> str:
        return f"update {self.update_id}"

"""What the shop offers."""

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from schedules.models import Master

# A button carries three of them within 64 bytes.
LARGEST_SERVICE_ID = 2**31 - 1


class Service(models.Model):
    """Something a client can book. Prices are in roubles."""

    name = models.CharField(verbose_name=_("title"), max_length=64)
    name_en = models.CharField(verbose_name=_("title in English"), max_length=64, blank=True)
    price = models.DecimalField(verbose_name=_("price, ₽"), max_digits=9, decimal_places=2)
    duration_minutes = models.PositiveSmallIntegerField(verbose_name=_("duration, minutes"), default=60)
    buffer_minutes = models.PositiveSmallIntegerField(verbose_name=_("taken after it, minutes"), default=0)
    position = models.PositiveSmallIntegerField(verbose_name=_("place in the list"), default=0)
    is_active = models.BooleanField(verbose_name=_("offered"), default=True)

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        db_table = "services"
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["name"], name="services_name_unique"),
            models.CheckConstraint(condition=Q(price__gte=0), name="services_price_not_negative"),
            models.CheckConstraint(condition=Q(duration_minutes__range=(5, 720)), name="services_duration"),
            models.CheckConstraint(condition=Q(buffer_minutes__lte=240), name="services_buffer"),
            models.CheckConstraint(condition=Q(id__lte=LARGEST_SERVICE_ID), name="services_id_fits_buttons"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The name in the language that is active."""
        return self.name_en or self.name if get_language() == "en" else self.name


class Offer(models.Model):
    """A master does a service, perhaps for a price and a duration of their own."""

    master = models.ForeignKey(Master, verbose_name=_("master"), on_delete=models.CASCADE, related_name="offers")
    service = models.ForeignKey(Service, verbose_name=_("service"), on_delete=models.CASCADE, related_name="offers")
    own_price = models.DecimalField(
        verbose_name=_("own price, ₽"), max_digits=9, decimal_places=2, null=True, blank=True
    )
    own_duration_minutes = models.PositiveSmallIntegerField(
        verbose_name=_("own duration, minutes"), null=True, blank=True
    )
    is_active = models.BooleanField(verbose_name=_("offered"), default=True)

    class Meta:
        verbose_name = _("offer")
        verbose_name_plural = _("offers")
        db_table = "offers"
        ordering = ["service", "master"]
        constraints = [
            models.UniqueConstraint(fields=["master", "service"], name="offers_unique"),
            models.CheckConstraint(condition=Q(own_price__gte=0), name="offers_price_not_negative"),
            models.CheckConstraint(condition=Q(own_duration_minutes__range=(5, 720)), name="offers_duration"),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} by {self.master_id}"

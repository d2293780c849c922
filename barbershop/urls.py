from django.contrib import admin
from django.urls import path

from barbershop import webhook
from observability import health

admin.site.site_header = admin.site.site_title = "Barbershop"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path(webhook.PATH, webhook.receive),
]

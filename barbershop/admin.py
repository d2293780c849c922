"""What the apps' own admin modules leave to the assembly."""

from django.contrib import admin
from procrastinate.contrib.django.models import ProcrastinateJob

# Its actions retry and abort jobs without asking for a permission.
admin.site.unregister(ProcrastinateJob)

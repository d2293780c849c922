import secrets
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.services import create_owner
from bookings.seeding import seed_shop
from schedules.calendar import local_day

OWNER = "owner"


class Command(BaseCommand):
    help = "Create the demo shop: two masters, three services, an owner. Safe to repeat."

    def handle(self, *_args: Any, **_options: Any) -> None:
        seed_shop(today=local_day(timezone.now()))
        password = secrets.token_urlsafe(12)
        _, created = create_owner(username=OWNER, password=password)
        if created:
            self.stdout.write(f"Owner of the demo shop: {OWNER}, password {password} (shown once)")
        else:
            self.stdout.write(f"The demo shop is there; the owner {OWNER} keeps the password.")

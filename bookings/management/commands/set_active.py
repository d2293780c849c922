from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from accounts.actors import THE_OPERATOR
from accounts.models import User
from bookings.management.standing import StandingCommand
from bookings.services import change_access
from bookings.services.joining import Standing


class Command(StandingCommand):
    help = "Close a person's access, or open it, from their next tap on. USER: an id, a sign-in name, telegram:<id>."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        switch = parser.add_mutually_exclusive_group(required=True)
        switch.add_argument("--on", dest="is_active", action="store_true")
        switch.add_argument("--off", dest="is_active", action="store_false")

    def change(self, person: User, options: dict[str, Any]) -> Standing:
        return change_access(user_id=person.pk, is_active=options["is_active"], by=THE_OPERATOR, now=timezone.now())

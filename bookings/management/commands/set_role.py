from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from accounts.actors import THE_OPERATOR
from accounts.models import Role, User
from bookings.management.standing import StandingCommand
from bookings.services import change_role
from bookings.services.joining import Standing


class Command(StandingCommand):
    help = "Give a person a role, from their next tap on. USER: an id, a sign-in name, or telegram:<id>."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--role", required=True, choices=Role.values)

    def change(self, person: User, options: dict[str, Any]) -> Standing:
        return change_role(user_id=person.pk, role=Role(options["role"]), by=THE_OPERATOR, now=timezone.now())

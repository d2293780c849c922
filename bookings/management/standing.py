"""What the commands about a person's standing share: who is meant, what is said, and a refusal in words."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import AccountError, LastOwner, PersonUnknown
from accounts.models import User
from accounts.selectors import find_person
from bookings.services.joining import Standing

_REFUSALS = {
    PersonUnknown: "There is no such person.",
    LastOwner: "They are the only owner whose access is open. Make somebody else the owner first.",
}


class StandingCommand(BaseCommand):
    """Changes what a person may do here, and says how it is then."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER")
        parser.add_argument("--json", action="store_true", help="one JSON object on the last line")

    def change(self, person: User, options: dict[str, Any]) -> Standing:
        """The one call of the service."""
        raise NotImplementedError

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            user, to_come = self.change(find_person(options["user"]), options)
        except AccountError as error:
            if options["json"]:
                self.stdout.write(json.dumps({"ok": False, "reason_code": error.code}))
            raise CommandError(_REFUSALS.get(type(error), f"Refused: {error.code}.")) from error
        if options["json"]:
            shown = {"user_id": user.pk, "role": user.role, "is_active": user.is_active, "visits_to_come": to_come}
            self.stdout.write(json.dumps({"ok": True, **shown}))
            return
        access = "open" if user.is_active else "closed"
        self.stdout.write(f"Person #{user.pk}: role {user.role}, access {access}, visits with them to come {to_come}.")

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.actors import Actor
from accounts.errors import PersonUnknown, WorksHere
from accounts.models import Channel
from accounts.selectors import find_person
from bookings.errors import VisitToCome
from bookings.services import erase_client

_REFUSALS = {
    PersonUnknown: "There is no such person.",
    WorksHere: "They work here, or did: their name belongs to other people's visits.",
    VisitToCome: "They have a visit to come. Cancel it first, or wait until it is over.",
}


class Command(BaseCommand):
    help = "Forget who a client was; their visits stay without a name. USER: an id, a sign-in name, or telegram:<id>."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER")
        parser.add_argument("--json", action="store_true", help="one JSON object on the last line")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            user = find_person(options["user"])
            erase_client(user_id=user.pk, by=Actor(None, Channel.COMMAND), now=timezone.now())
        except (PersonUnknown, WorksHere, VisitToCome) as error:
            if options["json"]:
                self.stdout.write(json.dumps({"ok": False, "reason_code": error.code, **error.data}))
            raise CommandError(_REFUSALS[type(error)]) from error
        if options["json"]:
            self.stdout.write(json.dumps({"ok": True, "user_id": user.pk}))
        else:
            self.stdout.write(f"Person #{user.pk} is forgotten.")

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.actors import Actor
from accounts.errors import PersonUnknown
from accounts.models import Channel
from accounts.selectors import find_person
from bookings.privacy.documents import as_document, as_line
from bookings.services import export_client


class Command(BaseCommand):
    help = "Everything that is stored about a person, as JSON. USER: an id, a sign-in name, or telegram:<id>."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", metavar="USER")
        parser.add_argument("--json", action="store_true", help="on one line, with whether it worked")

    def handle(self, *_args: Any, **options: Any) -> None:
        by = Actor(None, Channel.COMMAND)
        try:
            user = find_person(options["user"])
            data = export_client(user_id=user.pk, by=by, now=timezone.now())
        except PersonUnknown as error:
            if options["json"]:
                self.stdout.write(as_line({"ok": False, "reason_code": error.code}))
            raise CommandError("There is no such person.") from error
        self.stdout.write(as_line({"ok": True, **data}) if options["json"] else as_document(data))

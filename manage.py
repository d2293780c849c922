#!/usr/bin/env python
"""Django's command line; starts the embedded PostgreSQL for the command when no other server is configured."""

import os
import sys
from contextlib import nullcontext


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "barbershop.settings")
    from django.conf import settings
    from django.core.management import execute_from_command_line

    server = settings.EMBEDDED_POSTGRES
    with server.running() if server else nullcontext():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)  # what a shell makes of Ctrl-C; there is nothing to explain

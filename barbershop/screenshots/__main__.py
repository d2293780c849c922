"""`python -m barbershop.screenshots`: takes every picture of the README and of the user guide anew."""

import os
import sys
from contextlib import nullcontext

import django


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "barbershop.settings")
    django.setup()
    from django.conf import settings

    from barbershop.processes import Interrupted, ProcessError, run_interruptible
    from barbershop.screenshots.errors import ScreenshotsError
    from barbershop.screenshots.session import take_all
    from barbershop.smoke.errors import SmokeError

    server = settings.EMBEDDED_POSTGRES
    try:
        with server.running() if server else nullcontext():
            run_interruptible(take_all(say=_say))
    except (ScreenshotsError, SmokeError, ProcessError) as error:
        _say(str(error))
        return 1
    except Interrupted:
        _say("Interrupted; all that was made for the run is removed.")
        return 1
    return 0


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())

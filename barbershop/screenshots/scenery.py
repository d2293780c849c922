"""`python -m barbershop.screenshots.scenery`: what the seeded shop needs for its pictures to look lived in.

It is run against the scratch database only: visits of the past, which no service would write, are made by hand.
"""

import os
import sys

import django


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "barbershop.settings")
    django.setup()
    from django.utils import timezone

    from barbershop.screenshots.furniture import furnish

    furnish(now=timezone.now())
    return 0


if __name__ == "__main__":
    sys.exit(main())

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from referrals.models import Referral
from referrals.seeding.parts import SeedingFailed, seed_in_parts

WIDTH = 40
LEAST = 100
"""Written between two signs of progress where there is no terminal."""


class Command(BaseCommand):
    help = "Fill the demo with a believable year, through the real actions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=int, default=3200)

    def handle(self, *_args: Any, count: int, **_options: Any) -> None:
        if settings.RELAY_ENV == "production":
            raise CommandError("Synthetic activity has no place in production.")
        if Referral.objects.exists():
            self.stdout.write("There is activity already; nothing was added.")
            return
        started = timezone.now()
        shown = 0
        try:
            # All or nothing: an interrupted seeding leaves nothing, so the next start seeds again.
            for done in seed_in_parts(count=count, now=started):
                if sys.stdout.isatty() and done >= shown + LEAST:
                    shown = done
                    bar = "#" * min(WIDTH * done // count, WIDTH)
                    self.stdout.write(f"\r  [{bar:{WIDTH}}] {done} of {count}", ending="")
                    self.stdout.flush()
        except SeedingFailed:
            raise CommandError(
                "A part of the seeding failed; nothing was kept. Try again."
            ) from None
        took = (timezone.now() - started).total_seconds()
        self.stdout.write(f"\n{Referral.objects.count()} synthetic referrals in {took:.0f} s.")

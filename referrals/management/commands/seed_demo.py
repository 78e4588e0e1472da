import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from referrals.models import Referral
from referrals.seed import seed

WIDTH = 40


class Command(BaseCommand):
    help = "Fill the demo with synthetic referrals, through the real actions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--count", type=int, default=240)

    def handle(self, *_args: Any, count: int, **_options: Any) -> None:
        if settings.RELAY_ENV == "production":
            raise CommandError("Synthetic activity has no place in production.")
        if Referral.objects.exists():
            self.stdout.write("There is activity already; nothing was added.")
            return
        # One transaction: an interrupted seeding leaves nothing, so the next start seeds again.
        with transaction.atomic():
            for done in seed(count=count, now=timezone.now()):
                if sys.stdout.isatty() and (done % 10 == 0 or done == count):
                    bar = "#" * (WIDTH * done // count)
                    self.stdout.write(f"\r  [{bar:{WIDTH}}] {done} of {count}", ending="")
                    self.stdout.flush()
        self.stdout.write(f"\n{count} synthetic referrals.")

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from coordination.counting import tallies
from coordination.network.demo_training import train_demo
from coordination.releasing import publishing
from referrals.models import Referral
from referrals.seeding.parts import SeedingFailed, seed_in_parts

LEAST = 200
"""Written between two signs of progress."""

RELEASED = 4
"""Quarters, the newest, that are there at once; without their months, which would hide much."""


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
                if done >= shown + LEAST:
                    shown = done
                    self._say(done, count)
        except SeedingFailed:
            raise CommandError(
                "A part of the seeding failed; nothing was kept. Try again."
            ) from None
        train_demo(at=timezone.now())
        self._count()
        took = (timezone.now() - started).total_seconds()
        self.stdout.write(f"{Referral.objects.count():,} synthetic referrals in {took:.0f} s.")

    def _count(self) -> None:
        """Count the year at once and release its last quarters; the worker releases the rest."""
        tallies.rebuild()
        due = publishing.due(at=timezone.now())
        quarters = [each for each in due if each.quarter and not each.month]
        for period in quarters[-RELEASED:]:
            # The record refuses a moment that is a minute old: a slow machine takes longer in all.
            publishing.publish_or_refuse(period=period, at=timezone.now())

    def _say(self, done: int, count: int) -> None:
        """Say how far it has come: on one line of a terminal, else on a line of its own."""
        on_terminal = sys.stdout.isatty()
        self.stdout.write(
            f"  {done:,} of about {count:,} referrals", ending="\r" if on_terminal else "\n"
        )
        self.stdout.flush()

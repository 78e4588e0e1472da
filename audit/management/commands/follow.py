from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from audit import followers, sweeps


class Command(BaseCommand):
    help = "Do what is owed without Celery: drain the followers, and sweep what is due."

    def handle(self, *_args: Any, **_options: Any) -> None:
        for name in settings.RECORD_FOLLOWERS:
            self.stdout.write(f"{name}: {followers.drain(name)} entries")
        for name in settings.SWEEPS:
            self.stdout.write(f"{name}: {sweeps.sweep(name)} due")
        # What was due has made entries of its own.
        for name in settings.RECORD_FOLLOWERS:
            followers.drain(name)

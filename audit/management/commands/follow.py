from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from audit import followers


class Command(BaseCommand):
    help = "Drain the followers of the record without Celery."

    def handle(self, *_args: Any, **_options: Any) -> None:
        for name in settings.RECORD_FOLLOWERS:
            self.stdout.write(f"{name}: {followers.drain(name)} entries")

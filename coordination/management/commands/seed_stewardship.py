from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from coordination.network.demo_stewards import decide_in_demo


class Command(BaseCommand):
    help = "Let the demo's stewards decide about the quarters that are published."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if settings.RELAY_ENV == "production":
            raise CommandError("Nobody decides in place of a steward in production.")
        done = decide_in_demo(at=timezone.now())
        self.stdout.write(f"{done} decisions of stewards.")

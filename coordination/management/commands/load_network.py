from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from coordination.network.demo import load_demo
from coordination.network.directory import DIRECTORY, BadRows, load_directory
from coordination.training.courses import load_courses


class Command(BaseCommand):
    help = "Load the directory of organizations; with --demo, the demo's invented network too."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, default=DIRECTORY)
        parser.add_argument("--demo", action="store_true")

    def handle(self, *_args: Any, path: Path, demo: bool, **_options: Any) -> None:
        try:
            loaded = load_directory(path, at=timezone.now())
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except BadRows as bad:
            for reason in bad.reasons:
                self.stderr.write(reason)
            raise CommandError("Nothing was loaded: mend the lines above.") from bad
        self.stdout.write(
            f"{loaded.total} organizations: {loaded.created} new, {loaded.changed} changed."
        )
        with transaction.atomic():
            courses = load_courses(at=timezone.now())
        self.stdout.write(f"{courses} new courses.")
        if demo:
            if settings.RELAY_ENV == "production":
                raise CommandError("The demo's network has no place in production.")
            new = load_demo(at=timezone.now())
            self.stdout.write("The demo's network is loaded." if new else "It was there already.")

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from coordination import disposing


class Command(BaseCommand):
    help = "Dispose of what has been kept long enough. Legal holds keep what they name."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count only, change nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        for code in settings.DISPOSERS:
            if options["dry_run"]:
                self.stdout.write(f"{code}: {disposing.count_due(code, at=timezone.now())} due")
                continue
            total = 0
            while taken := disposing.dispose(code, at=timezone.now()):
                total += taken
            self.stdout.write(f"{code}: {total} disposed of")

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import followers
from coordination import vocabularies
from coordination.disclosure.protecting import Unsafe
from coordination.errors import Invalid, Refused
from coordination.releasing.periods import Period
from coordination.releasing.publishing import correct, given_up, publish, refuse
from coordination.vocabularies import UnknownCode


class Command(BaseCommand):
    help = (
        "Publish the statistics of a month, a quarter or a year that has ended."
        " They come by themselves three days after their end: a quarter before those of its months"
        " that are due, so that its third month never does, and a year after its quarters."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--period", required=True, help="2026-09, 2026-Q3 or 2026")
        parser.add_argument(
            "--correct",
            metavar="REASON",
            default="",
            help="publish it again: " + ", ".join(vocabularies.codes("correction_reason")),
        )

    def handle(self, *_args: Any, period: str, **options: Any) -> None:
        followers.drain("count")
        now, reason = timezone.now(), options["correct"]
        try:
            of = Period.named(period)
            release = (
                correct(period=of, reason=reason, at=now) if reason else publish(period=of, at=now)
            )
        except (Invalid, Refused, UnknownCode) as error:
            raise CommandError(str(error)) from error
        except Unsafe as error:
            refuse(period=of, at=now)
            raise CommandError(
                f"Not published: its check failed, and the Office is told. {error}"
            ) from error
        self.stdout.write(
            f"{release.period}, version {release.version}: {len(release.tables)} tables,"
            f" {release.digest}"
        )
        if never := given_up(of):
            names = ", ".join(each.name for each in never)
            self.stdout.write(f"Not published, and no longer can be: {names}.")

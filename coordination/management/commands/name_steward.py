from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email, validate_slug
from django.utils import timezone

from coordination import vocabularies
from coordination.errors import Refused
from coordination.stewards import AgencyNamed, dismiss_steward, name_steward, take_back


class Command(BaseCommand):
    help = "Name the steward of a governance body, take a link back or dismiss one, at its letter."

    def add_arguments(self, parser: CommandParser) -> None:
        bodies = vocabularies.codes("governance_body")
        parser.add_argument("body", choices=bodies, nargs="?")
        parser.add_argument("--letter", required=True, help="its reference, as FN-2026-014")
        parser.add_argument("--agency", default="", help="slug of the body's agency")
        parser.add_argument("--name-en", default="", help="of an agency that Relay has not yet")
        parser.add_argument("--name-fr", default="")
        parser.add_argument("--email", default="")
        parser.add_argument("--language", choices=["en", "fr"], default="en")
        parser.add_argument("--url", default=settings.PUBLIC_URL, help="where Relay is reached")
        parser.add_argument("--dismiss", metavar="USERNAME", default="")
        parser.add_argument("--revoke", action="store_true", help="the body's links not yet used")

    def handle(self, *_args: Any, body: str | None, **options: Any) -> None:
        now, letter = timezone.now(), options["letter"]
        try:
            if options["dismiss"]:
                seat = dismiss_steward(username=options["dismiss"], letter=letter, at=now)
                self.stdout.write(f"{options['dismiss']} sits at {seat.desk.slug} no more.")
                return
            if body and options["revoke"]:
                taken = take_back(body=body, letter=letter, at=now)
                self.stdout.write(f"Links of {body} that lead nowhere now: {taken}.")
                return
            url = options["url"].rstrip("/")
            if not (body and url):
                raise CommandError("Say which body, and --url or PUBLIC_URL.")
            self._validate(options)
            language = options["language"]
            link = name_steward(
                body=body,
                of=AgencyNamed(options["agency"], options["name_en"], options["name_fr"]),
                email=options["email"],
                language=language,
                letter=letter,
                link=lambda secret: f"{url}/{language}/invitation/?key={secret}",
                at=now,
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(
            f"Give this link to the person whom the letter names; it works once:\n{link}"
        )

    def _validate(self, options: dict[str, Any]) -> None:
        try:
            validate_email(options["email"])
            validate_slug(options["agency"])
        except ValidationError as error:
            raise CommandError(f"--email and --agency: {' '.join(error.messages)}") from error

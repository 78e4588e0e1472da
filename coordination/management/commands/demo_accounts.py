import datetime as dt
import hashlib
import hmac
import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from coordination.models import ApiToken, Membership
from coordination.tokens import digest, issue_token

TOKEN_NAME = "demo"  # noqa: S105  the token's name, not its text
VALID = dt.timedelta(days=30)
TABLE = (
    "peel-cas.worker",
    "peel-cas.lead",
    "ottawa-victim-services.worker",
    "ottawa-cas.worker",
    "ottawa-police.worker",
    "toronto-community.worker",
    "kenora-indigenous.worker",
    "northern-light.worker",
    "peel-cas.agency_admin",
    "office.coordinator",
    "office.coordinator-2",
    "office.analyst",
    "office.auditor",
    "privacy.auditor",
    "stewards-first-nations.data_steward",
    "stewards-metis.data_steward",
    "stewards-inuit.data_steward",
    "stewards-urban.data_steward",
)


class Command(BaseCommand):
    help = "Print the demo's accounts as JSON, each with a working API token; or only those named."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", nargs="*", help="for example peel-cas.worker")
        parser.add_argument("--table", action="store_true", help="a few of them, to read")

    def handle(self, *_args: Any, username: list[str], table: bool, **_options: Any) -> None:
        if settings.RELAY_ENV == "production":
            raise CommandError("There are no demo accounts outside the demo.")
        memberships = (
            Membership.objects.current()
            .filter(user__agency__source="demo")
            .select_related("user__agency", "desk__team")
            .order_by("user__username", "pk")
        )
        if username:
            memberships = memberships.filter(user__username__in=username)
            known = {m.user.username for m in memberships}
            if missing := sorted(set(username) - known):
                raise CommandError(f"No demo account is called {', '.join(missing)}.")
        if table:
            self._print_table(memberships)
            return
        accounts = [
            {
                "username": m.user.username,
                "role": m.role,
                "agency": m.user.agency.slug,
                "team": m.desk.team.slug if m.desk.team else None,
                "desk": m.desk.slug,
                "token": _token(m),
            }
            for m in memberships
        ]
        _issue(memberships)
        self.stdout.write(json.dumps(accounts, indent=1, ensure_ascii=False))

    def _print_table(self, memberships: Any) -> None:
        shown = {m.user.username: m for m in memberships if m.user.username in TABLE}
        self.stdout.write(f"\n  password of every account: {settings.DEMO_PASSWORD}\n")
        for name in TABLE:
            if name in shown:
                self.stdout.write(f"  {name:34} {shown[name].user.agency.name_en}")


def _token(membership: Membership) -> str:
    """Return the same text each time, though only its digest is stored: derived from the key."""
    key = settings.SECRET_KEY.encode()
    text = hmac.new(key, membership.user.username.encode(), hashlib.sha256).hexdigest()
    return f"relay_{text}"


@transaction.atomic
def _issue(memberships: Any) -> None:
    now = timezone.now()
    known = set(ApiToken.objects.filter(expires_at__gt=now).values_list("digest", flat=True))
    for membership in memberships:
        text = _token(membership)
        if digest(text) not in known:
            known.add(digest(text))
            issue_token(
                user=membership.user, name=TOKEN_NAME, text=text, expires_at=now + VALID, at=now
            )

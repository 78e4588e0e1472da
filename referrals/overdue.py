"""What is past its time anywhere: for the Office to phone about, without whom it is about."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from audit.verbs import Verb
from coordination import access, references
from coordination.models import Desk, Team

VIEW = "referrals.view_overdue"
MOST = 500
"""As many as the database gives, the longest overdue first."""


@dataclass(frozen=True)
class Late:
    """One referral or hand-off: its code, who has to act, and since when it is late."""

    kind: str
    """`referral` or `handoff`."""

    reference: str
    desks: Sequence[Desk]
    """Who has to act; none, where nobody could see it any more."""

    team: Team | None
    urgency: str
    """Of a referral."""

    due_at: dt.datetime
    last_verb: Verb | None
    last_at: dt.datetime | None

    @property
    def code(self) -> str:
        return references.display(self.reference)

    def late_by(self, at: dt.datetime) -> dt.timedelta:
        return at - self.due_at


def overdue(actor: access.Actor) -> list[Late]:
    """Return what is overdue, the longest first; nothing for whom the list is not for."""
    if not actor.may(VIEW):
        return []
    with connection.cursor() as cursor:
        cursor.execute("select * from overdue()")
        rows = cursor.fetchall()
    keys = {key for row in rows for key in row[1]}
    desks = Desk.objects.select_related("agency", "team").in_bulk(keys)
    teams = Team.objects.in_bulk({row[2] for row in rows if row[2]})
    return [
        Late(
            kind=subject.partition(":")[0],
            reference=subject.partition(":")[2],
            desks=[desks[key] for key in acting],
            team=teams.get(team),
            urgency=urgency,
            due_at=due_at,
            last_verb=Verb(verb) if verb else None,
            last_at=last_at,
        )
        for subject, acting, team, urgency, due_at, verb, last_at in rows
    ]


def count(actor: access.Actor) -> int:
    return len(overdue(actor))

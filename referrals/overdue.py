"""What is past its time anywhere: for the Office to phone about, without whom it is about."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection

from audit.verbs import Verb
from coordination import access, references, vocabularies
from coordination.models import Desk, Team
from referrals.states import Side

VIEW = "referrals.view_overdue"
MOST = 500
"""As many as the database gives: the most urgent, and of one urgency the longest overdue."""

OFFER = "urgent"
"""An offered hand-off has no urgency of its own: it stands where most referrals do."""


@dataclass(frozen=True)
class Followed:
    """What the Office did about it last, if nothing became of it since."""

    how: str
    at: dt.datetime
    promised_by: dt.datetime | None

    def is_broken(self, at: dt.datetime) -> bool:
        """Tell whether the time that was promised has passed."""
        return self.promised_by is not None and self.promised_by <= at


@dataclass(frozen=True)
class Late:
    """One referral or hand-off: its code, who has to act, and since when it is late."""

    kind: str
    """`referral` or `handoff`."""

    reference: str
    version: int
    side: Side
    """Of the desks that have to act."""

    desks: Sequence[Desk]
    """Who has to act; none, where nobody could see it any more."""

    team: Team | None
    urgency: str
    """Of a referral."""

    due_at: dt.datetime
    last_verb: Verb | None
    last_at: dt.datetime | None
    times: int
    """How often the Office asked about it, whatever became of it since."""

    followed: Followed | None

    @property
    def subject(self) -> str:
        return f"{self.kind}:{self.reference}"

    @property
    def code(self) -> str:
        return references.display(self.reference)

    @property
    def regions(self) -> set[str]:
        """Return those of whoever has to act."""
        own = {desk.agency.region for desk in self.desks if desk.team is None}
        return {team.region for team in self._teams} | own

    @property
    def teams(self) -> set[str]:
        """Return the slugs of the teams of whoever has to act."""
        return {team.slug for team in self._teams}

    @property
    def _teams(self) -> list[Team]:
        return [team for team in (self.team, *(desk.team for desk in self.desks)) if team]

    def is_promised(self, at: dt.datetime) -> bool:
        """Tell whether the time that was promised is still to come."""
        promised = self.followed.promised_by if self.followed else None
        return promised is not None and promised > at

    def late_by(self, at: dt.datetime) -> dt.timedelta:
        return at - self.due_at


def overdue(actor: access.Actor, *, of: str | None = None) -> list[Late]:
    """
    Return what is overdue; nothing for whom the list is not for.

    `of` is a subject of the record, where only that one is asked for.
    """
    if not actor.may(VIEW):
        return []
    with connection.cursor() as cursor:
        cursor.execute("select * from overdue(%s)", [of])
        rows = [_Row(*row) for row in cursor.fetchall()]
    keys = {key for row in rows for key in row.desks}
    desks = Desk.objects.select_related("agency", "team").in_bulk(keys)
    teams = Team.objects.in_bulk({row.team for row in rows if row.team})
    return [
        Late(
            kind=row.subject.partition(":")[0],
            reference=row.subject.partition(":")[2],
            version=row.version,
            side=Side(row.side),
            desks=[desks[key] for key in row.desks],
            team=teams.get(row.team or 0),
            urgency=row.urgency,
            due_at=row.due_at,
            last_verb=Verb(row.last_verb) if row.last_verb else None,
            last_at=row.last_at,
            times=row.times,
            followed=Followed(row.how, row.followed_at, row.promised_by)
            if row.how and row.followed_at
            else None,
        )
        for row in rows
    ]


def by_need(found: Sequence[Late], *, at: dt.datetime) -> list[Late]:
    """Return what was promised in vain, then by urgency, then the latest; what is promised last."""
    urgencies = vocabularies.codes("urgency")

    def place(each: Late) -> tuple[int, int, dt.datetime]:
        in_vain = each.followed is not None and each.followed.is_broken(at)
        first = 0 if in_vain else 2 if each.is_promised(at) else 1
        return first, urgencies.index(each.urgency or OFFER), each.due_at

    return sorted(found, key=place)


def count(actor: access.Actor) -> int:
    """Return how many there are, as far as the list goes."""
    if not actor.may(VIEW):
        return 0
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from overdue()")
        (found,) = cursor.fetchone()
    return int(found)


class _Row(NamedTuple):
    """A row as the database's function gives it."""

    subject: str
    version: int
    side: str
    desks: list[int]
    team: int | None
    urgency: str
    due_at: dt.datetime
    last_verb: str | None
    last_at: dt.datetime | None
    times: int
    how: str | None
    followed_at: dt.datetime | None
    promised_by: dt.datetime | None
